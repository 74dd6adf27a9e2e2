"""Our workflows and those that `init` writes: pinned, least permissions, clean, and executed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests.actions import generated
from tests.actions.conftest import ACTION, Gated
from tests.actions.runner import Runner

from gitmlops.adapters.dvc import versions
from gitmlops.cli.init import TEMPLATES
from gitmlops.records import statement

OURS = ACTION / ".github" / "workflows" / "ci.yml"
HASHED = re.compile(r"^[a-z0-9][^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.MULTILINE)


@pytest.fixture(params=TEMPLATES)
def new_project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return generated.write(tmp_path, template=request.param)


def test_the_gate_of_a_new_project_runs_again_when_somebody_reviews_or_dismisses(new_project: Path) -> None:
    workflow = yaml.safe_load((new_project / ".github/workflows/gate.yml").read_text())
    assert workflow[True]["pull_request_review"] == {"types": ["submitted", "dismissed"]}
    # Only a run for `pull_request` knows its base by itself.
    (judge,) = [step for step in workflow["jobs"]["gate"]["steps"] if "gitmlops/gitmlops" in step["uses"]]
    assert judge["with"] == {"base-ref": "${{ github.event.pull_request.base.ref }}"}


def test_everything_in_a_new_project_has_an_owner_that_is_a_role(new_project: Path) -> None:
    roles = yaml.safe_load((new_project / "gitmlops.yaml").read_text())["roles"]
    rules = [
        line.split() for line in (new_project / ".github" / "CODEOWNERS").read_text().splitlines() if line[0] != "#"
    ]
    known = {owner for owners in roles.values() for owner in owners}
    assert {owner for _, *owners in rules for owner in owners} <= known
    assert all(owners for _, *owners in rules)
    assert rules[0][0] == "*"
    assert rules[-2:] == [["/policies/", "@acme/risk"], ["/.github/", "@acme/software-engineers"]]


def test_gate_of_a_new_project_judges_a_pull_request(gated: Gated) -> None:
    asked: dict[str, str] = {}
    gated.actions["actions/checkout"] = lambda inputs: asked.update(inputs) or {}
    gated.actions["gitmlops/gitmlops"] = ACTION
    gated.checkout("no-better")
    run = gated.runner().job(generated.workflow(gated.folder, "gate"), "gate")
    assert not run.passed
    assert "performance/auc" in run.summary
    assert asked == {"fetch-depth": "0", "persist-credentials": "false"}


def test_receipt_of_a_merged_commit_is_pushed_where_another_clone_finds_it(gated: Gated) -> None:
    before = gated.origin.git("rev-parse", "main").strip()
    gated.origin.git("merge", "-q", "--no-ff", "--no-edit", "better")
    gated.actions["actions/checkout"] = lambda inputs: {}
    gated.actions["gitmlops/gitmlops"] = ACTION
    gated.checkout("main")
    runner = replace(
        gated.runner(base=""), github={"event": {"before": before}, "token": "secret", "event_name": "push"}
    )
    run = runner.job(generated.workflow(gated.folder, "receipt"), "receipt")
    assert run.passed, run.log
    tree = gated.origin.git("rev-parse", "main^{tree}").strip()
    note = gated.origin.git("notes", "--ref", "refs/notes/gitmlops/receipts", "show", tree)
    receipt = statement.read(note.encode(), path="note")
    assert (receipt.verdict, receipt.base) == ("passed", before)
    assert "secret" not in run.log


def test_continuous_integration_runs_the_repositorys_own_script_with_the_python_of_the_matrix(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text('echo "checked with $PYTHON"\n')
    actions = {
        "actions/checkout": lambda inputs: {},
        "actions/setup-python": lambda inputs: {"python-path": f"/python{inputs['python-version']}"},
    }
    for version in yaml.safe_load(OURS.read_text())["jobs"]["check"]["strategy"]["matrix"]["python"]:
        run = Runner(tmp_path, tmp_path, {}, actions).job(OURS, "check", matrix={"python": version})
        assert run.log == f"checked with /python{version}\n"


def test_runs_are_tested_with_each_release_of_dvc_that_they_know_but_the_locked_one(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text('runs:\n\t@echo "DVC $(DVC), $(PYTHON)"\n')
    actions = {"actions/checkout": lambda inputs: {}, "actions/setup-python": lambda inputs: {"python-path": "/python"}}
    others = yaml.safe_load(OURS.read_text())["jobs"]["runs"]["strategy"]["matrix"]["dvc"]
    for version in others:
        run = Runner(tmp_path, tmp_path, {}, actions).job(OURS, "runs", matrix={"dvc": version})
        assert run.log == f"DVC {version}, /python\n"
    locked = re.search(r"^dvc==(\d+\.\d+)\.", (ACTION / "requirements" / "action.txt").read_text(), re.MULTILINE)
    assert locked
    assert sorted([*others, locked[1]]) == sorted(versions.TESTED)


def test_the_action_installs_what_asks_github_for_reviews() -> None:
    assert re.search(r"^pygithub==", (ACTION / "requirements" / "action.txt").read_text(), re.MULTILINE)


def test_what_the_action_installs_is_pinned_by_hash_and_comes_from_wherever_the_runner_says() -> None:
    for name in ("build", "action"):
        text = (ACTION / "requirements" / f"{name}.txt").read_text()
        requirements = re.findall(
            r"^[a-z0-9][^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE
        )
        assert len(requirements) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 5
        assert all("==" in requirement for requirement in requirements)
        assert "://" not in text
        assert "--index" not in text
