"""Our workflows and those that `init` writes: pinned, least permissions, clean, and executed."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests.actions.conftest import ACTION, Gated
from tests.actions.runner import Runner

from gitmlops.adapters.dvc import versions
from gitmlops.cli.init import TEMPLATES
from gitmlops.records import statement
from gitmlops.scaffold.templates import render

OURS = ACTION / ".github" / "workflows" / "ci.yml"
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
HASHED = re.compile(r"^[a-z0-9][^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.MULTILINE)
VARIABLES = {"project": "flights", "owner": "acme"}


@pytest.fixture(params=TEMPLATES)
def new_project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for file in render(request.param, VARIABLES):
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_bytes(file.content)
    return tmp_path


def tool(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_new_projects_workflows_are_clean_by_the_strictest_rules(new_project: Path) -> None:
    done = tool("zizmor", "--offline", "--persona", "auditor", new_project / ".github")
    assert done.returncode == 0, done.stdout
    done = tool(
        "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *new_project.glob(".github/workflows/*")
    )
    assert done.returncode == 0, done.stdout


def test_actions_of_others_are_pinned_by_commit(new_project: Path) -> None:
    files = [OURS, ACTION / "action.yml", *new_project.glob(".github/workflows/*.yml")]
    uses = [line.strip() for file in files for line in file.read_text().splitlines() if "uses:" in line]
    assert len(uses) == 11
    assert [line for line in uses if not PINNED.search(line) and "gitmlops/gitmlops@v" not in line] == []


def test_workflows_may_read_the_repository_and_the_one_that_runs_on_main_alone_may_write(new_project: Path) -> None:
    for file in (OURS, *new_project.glob(".github/workflows/*.yml")):
        workflow = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {}
        writes = workflow[True] == {"push": {"branches": ["main"]}}  # YAML 1.1 takes `on` for true
        assert writes == (file.name == "receipt.yml")
        expected = {"contents": "write" if writes else "read"}
        if file != OURS:
            expected["pull-requests"] = "read"
        if file.name == "deploy.yml":
            expected["issues"] = "write"
        assert all(job["permissions"] == expected for job in workflow["jobs"].values())


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


@pytest.mark.parametrize("workflow", ["gate.yml", "receipt.yml"])
def test_workflow_is_the_same_in_every_new_project(workflow: str) -> None:
    files = {(ACTION / "templates" / name / ".github/workflows" / workflow).read_bytes() for name in TEMPLATES}
    assert len(files) == 1


def test_gate_of_a_new_project_judges_a_pull_request(gated: Gated) -> None:
    asked: dict[str, str] = {}
    gated.actions["actions/checkout"] = lambda inputs: asked.update(inputs) or {}
    gated.actions["gitmlops/gitmlops"] = ACTION
    gated.checkout("no-better")
    run = gated.runner().job(ACTION / "templates" / TEMPLATES[0] / ".github" / "workflows" / "gate.yml", "gate")
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
    run = runner.job(ACTION / "templates" / TEMPLATES[0] / ".github" / "workflows" / "receipt.yml", "receipt")
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
