"""Traps of workflows: each is found at its line, and ours have none."""

from pathlib import Path

import pytest
from tests.hooks.judging import of

from gitmlops.hooks.workflows import check

HERE = Path(__file__).parents[2]
SHA = "0123456789abcdef0123456789abcdef01234567"
CHECKOUT = f"- uses: actions/checkout@{SHA}\n        with: {{persist-credentials: false}}"
CACHE = f"- uses: actions/cache@{SHA}"
CACHED = f"- uses: actions/setup-python@{SHA}\n        with: {{cache: pip}}"
SCRIPT = f"- uses: actions/github-script@{SHA}\n        with: {{script: \"f('${{{{ github.event.issue.body }}}}')\"}}"
LARGE_LETTERS = f"- uses: Actions/Checkout@{SHA}\n      - uses: GitMLOps/gitmlops@{SHA}"
FORKED = "${{ github.event.pull_request.head.repo.full_name }}"
FORK = f"- uses: actions/checkout@{SHA}\n        with:\n          repository: {FORKED}"
CANCELLED = "permissions: {}\nconcurrency: {group: a, cancel-in-progress: true}"
AFTER, TARGET = "workflow_run:", "pull_request_target: {types: [edited]}"
ASKED = "workflow_dispatch: {inputs: {why: {type: string}}}"
PULLS = "pull_request:\n    types: [opened, synchronize, reopened, edited]"


def workflow(
    *,
    on: str = PULLS,
    top: str = "permissions: {}",
    job: str = "timeout-minutes: 5",
    steps: str = "- run: gitmlops gate",
    ours: bool = True,
) -> str:
    """A workflow of one job. ours: whether it checks out as it should before its steps."""
    step = f"{CHECKOUT}\n      {steps}" if ours else steps
    return f"on:\n  {on}\n{top}\njobs:\n  a:\n    runs-on: x\n    {job}\n    steps:\n      {step}\n"


def fetching(ref: str) -> str:
    """A step that checks out something else."""
    return f"- uses: actions/checkout@{SHA}\n        with:\n          ref: ${{{{ {ref} }}}}"


def rules(text: str) -> list[str]:
    return [finding.rule for finding in of(check, {".github/workflows/a.yml": text}).findings]


def test_a_sound_gate_passes() -> None:
    assert rules(workflow()) == []


def test_our_workflows_and_actions_have_no_findings() -> None:
    # Those that `init` writes: tests/actions/test_templates.py.
    files = [HERE / "action.yml", HERE / "setup/action.yml", *HERE.glob(".github/workflows/*.yml")]
    report = of(check, {str(file.relative_to(HERE)): file.read_bytes() for file in files})
    assert report.passed, report.findings


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("unpinned-uses", workflow(steps="- uses: actions/setup-python@v6")),
        ("unpinned-uses", workflow(steps="- uses: docker://alpine:3")),
        ("unpinned-uses", "on: push\npermissions: {}\njobs: {a: {uses: acme/flows/.github/workflows/x.yml@main}}\n"),
        ("template-injection", workflow(steps="- run: echo ${{ github.event.pull_request.title }}")),
        ("template-injection", workflow(steps="- run: |\n          git log ${{ github.head_ref }}")),
        ("template-injection", workflow(on=ASKED, steps="- run: echo ${{ inputs.why }}")),
        ("template-injection", workflow(steps=SCRIPT)),
        ("template-injection", workflow(steps="- run: echo ${{ github.event['issue'] [ 'title' ] }}")),
        ("template-injection", workflow(steps="- run: echo ${{ GitHub.Head_Ref }}")),
        ("template-injection", workflow(steps="- run: echo '${{ toJSON(github.event) }}'")),
        ("template-injection", workflow(steps="- run: echo ${{ join(github.event.*.title) }}")),
        ("template-injection", workflow(on=ASKED, steps="- run: echo ${{ inputs['why'] }}")),
        ("dangerous-triggers", workflow(on=TARGET, ours=False, steps=fetching("github.event.pull_request.head.sha"))),
        ("dangerous-triggers", workflow(on=AFTER, ours=False, steps=fetching("github.event.workflow_run.head_sha"))),
        ("dangerous-triggers", workflow(on=TARGET, ours=False, steps=fetching("github['head_ref']"))),
        ("dangerous-triggers", workflow(on=TARGET, ours=False, steps=FORK)),
        ("excessive-permissions", workflow(top="env: {}")),
        ("excessive-permissions", workflow(top="permissions: write-all")),
        ("excessive-permissions", workflow(job="permissions: write-all")),
        ("gate-filtered", workflow(on=f"{PULLS}\n    paths: [models/**]")),
        ("gate-filtered", workflow(on=f"{PULLS}\n    branches-ignore: [docs]")),
        ("gate-edited", workflow(on="pull_request:")),
        ("gate-edited", workflow(on="pull_request: {types: [opened]}")),
        ("gate-skipped", workflow(job="if: github.actor != 'bot'")),
        ("gate-skipped", workflow(job="if: always() && github.actor != 'bot'")),
        ("gate-skipped", workflow(job="continue-on-error: true")),
        ("gate-skipped", workflow(steps=f"- uses: gitmlops/gitmlops@{SHA}\n        continue-on-error: true")),
        ("gate-skipped", workflow(steps="- run: gitmlops gate --base main || true")),
        ("gate-writes", workflow(top="permissions: {contents: write}")),
        ("gate-writes", workflow(job="permissions: {id-token: write}")),
        ("artipacked", workflow(ours=False, steps=f"- uses: actions/checkout@{SHA}\n      - run: gitmlops gate")),
        ("artipacked", workflow(ours=False, steps=LARGE_LETTERS)),
        ("cache-poisoning", workflow(on="push:", steps=f"{CACHE}\n      - run: gitmlops model promote a")),
        ("cache-poisoning", workflow(on="push:", steps=f"{CACHED}\n      - run: gitmlops model register a")),
        ("monitor-cancelled", workflow(on="schedule: []", top=CANCELLED, steps="- run: gitmlops monitor run --record")),
        ("workflow", "on: push\non: pull_request\n"),
        ("workflow", "on: [push\n"),
    ],
)  # fmt: skip
def test_a_trap_is_found_and_nothing_else(rule: str, text: str) -> None:
    assert rules(text) == [rule]


@pytest.mark.parametrize(
    "text",
    [
        workflow(steps="- run: echo ${{ github.sha }} ${{ github.event.pull_request.number }}"),
        workflow(steps="- run: echo \"$TITLE\"\n        env: {TITLE: '${{ github.event.pull_request.title }}'}"),
        workflow(on="workflow_dispatch: {inputs: {to: {type: choice}}}", steps="- run: echo ${{ inputs.to }}"),
        workflow(on="push: {paths: [models/**]}", job="if: github.ref == 'x'"),
        workflow(on="workflow_run:", ours=False, steps=f"- uses: actions/checkout@{SHA}"),
        workflow(job="if: always()"),
        workflow(job="if: ${{ always() }}"),
        workflow(steps="- run: |\n          gitmlops gate\n          ls || true"),
        workflow(steps="- run: gitmlops gate || exit 1"),
        workflow(steps="- run: echo '${{ toJSON(github.sha) }}'"),
        workflow(steps="- uses: ./.github/actions/own"),
        workflow(steps="- uses: actions/setup-python@v6 # zizmor: ignore[unpinned-uses] ours"),
        workflow(on="push:", steps=f"- uses: actions/cache@{SHA}\n      - run: pytest"),
        "",
        "just text\n",
        "on: push\n",
    ],
)
def test_what_is_no_trap_passes(text: str) -> None:
    assert rules(text) == []


def test_an_expression_is_told_at_its_own_line() -> None:
    text = workflow(ours=False, steps="- run: |\n          one\n          two ${{ github.head_ref }}")
    (finding,) = of(check, {"a.yml": text}).findings
    assert finding.location
    assert "github.head_ref" in text.splitlines()[finding.location.line - 1]
