"""The doctor of workflows: what lets a stranger in or a pull request past the gate, and what nobody wrote."""

import json
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import team

FOLDER = ".github/workflows"
LOOSE = "on: push\njobs: {a: {runs-on: x, steps: [{uses: actions/setup-python@v6}]}}\n"


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    repo = team(tmp_path)
    assert repo.run("github", "files").exit_code == 0
    repo.commit(message="Files")
    return repo


def found(repo: GitRepo, *, code: int) -> list[tuple[str, str, str]]:
    """Severity, rule and path of what is found in workflows."""
    result = repo.run("doctor", "--format", "json")
    assert result.exit_code == code, result.output
    findings = json.loads(result.stdout)["findings"]
    return [
        (one["severity"], one["rule"], one["path"] or "")
        for one in findings
        if one["rule"] == "doctor/workflow" or (one["path"] or "").startswith(FOLDER)
    ]


def test_those_that_we_wrote_have_no_traps(work: GitRepo) -> None:
    assert found(work, code=0) == [("pass", "doctor/workflow", "")]


def test_a_way_past_the_gate_is_an_error(work: GitRepo) -> None:
    text = (work.root / FOLDER / "gate.yml").read_text()
    work.write(
        {f"{FOLDER}/gate.yml": text.replace(", edited]", "]").replace("    timeout", "    if: false\n    timeout")}
    )
    gate = f"{FOLDER}/gate.yml"
    assert found(work, code=1) == [("error", "gate-edited", gate), ("error", "gate-skipped", gate)]


def test_other_peoples_loose_workflows_are_a_warning_and_so_is_one_that_cannot_be_read(work: GitRepo) -> None:
    work.write({f"{FOLDER}/other.yml": LOOSE, f"{FOLDER}/zanchors.yaml": "on: push\nenv: &a {}\njobs: {}\n"})
    assert found(work, code=0) == [
        ("warning", "unpinned-uses", f"{FOLDER}/other.yml"),
        ("warning", "excessive-permissions", f"{FOLDER}/other.yml"),
        ("warning", "workflow", f"{FOLDER}/zanchors.yaml"),
    ]


def test_a_workflow_that_is_wanted_and_gone_is_named(work: GitRepo) -> None:
    (work.root / FOLDER / "verdict.yml").unlink()
    assert found(work, code=0) == [("warning", "doctor/workflow", f"{FOLDER}/verdict.yml")]


def test_where_there_are_no_workflows_nothing_is_said_of_them(work: GitRepo) -> None:
    for file in (work.root / FOLDER).iterdir():
        file.unlink()
    assert found(work, code=0) == []
