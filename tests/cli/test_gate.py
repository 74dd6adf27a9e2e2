"""gitmlops gate, as it is called: what is mistyped or missing is said with the way out."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import GitRepo
from tests.gate_lab import Lab, poor

from gitmlops.cli.main import main
from gitmlops.records import statement


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "toi"), "there is no model 'toi'; did you mean 'toy'?"),
        (("--base", "mian"), "there is no branch 'mian' here"),
        (("--head", "wrok"), "there is no commit 'wrok' here"),
        (("--base", "--output=x"), "there is no branch '--output=x' here"),
    ],
)
def test_what_is_mistyped_is_named(lab: Lab, arguments: tuple[str, ...], said: str) -> None:
    result = lab.run("gate", *arguments)
    assert result.exit_code == 3
    assert said in result.stderr
    assert result.stdout == ""


def test_outside_of_a_repository_there_is_nothing_to_judge(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "gate"])
    assert result.exit_code == 3
    assert "not a git repository" in result.stderr


def test_a_repository_without_commits_has_no_base(repo: GitRepo) -> None:
    result = repo.run("gate")
    assert result.exit_code == 3
    assert "commit to main first, or name the branch with --base" in result.stderr


def test_a_repository_that_is_no_project_is_told_so(repo: GitRepo) -> None:
    repo.commit({"README.md": "words"})
    result = repo.run("gate")
    assert result.exit_code == 3
    assert "gitmlops.yaml" in result.stderr


def test_without_dvc_the_mend_is_dvc_init(lab: Lab) -> None:
    lab.candidate(poor())
    (lab.root / ".dvc").rename(lab.root / "elsewhere")
    result = lab.run("gate")
    assert result.exit_code == 3
    assert "DVC is not initialised; run `dvc init`" in result.stderr


def test_json_tells_what_text_tells_and_the_receipt_goes_to_a_file(lab: Lab, tmp_path: Path) -> None:
    head = lab.candidate(poor())
    result = lab.run("gate", "--head", head[:10], "--format", "json", "--receipt", str(tmp_path / "receipt.json"))
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    told = "toy: roc_auc is 0.5627, policy asks >= 0.7; worst slice of 2: place=JFK, 0.5229"
    assert told in [finding["message"] for finding in report["findings"]]
    kept = (tmp_path / "receipt.json").read_text()
    assert kept.endswith("}\n")
    assert json.loads(kept)["predicate"]["verificationResult"] == "FAILED"
    assert statement.read(kept.encode(), path="receipt.json").head == head
    note = lab.git(
        "notes", "--ref", "refs/notes/gitmlops/receipts", "show", lab.git("rev-parse", f"{head}^{{tree}}").strip()
    )
    assert note == kept
    assert "receipt kept as a note" in result.stderr


def test_the_run_of_a_workflow_is_in_the_receipt(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/toys")
    monkeypatch.setenv("GITHUB_RUN_ID", "17")
    assert lab.run("gate", "--receipt", str(tmp_path / "receipt.json")).exit_code == 0
    kept = statement.read((tmp_path / "receipt.json").read_bytes(), path="receipt.json")
    assert kept.run == "https://github.com/acme/toys/actions/runs/17"
