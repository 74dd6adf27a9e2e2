"""Several repositories: what runs where is read from their tags alone, wherever one stands."""

import json
import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import GitRepo
from tests.releasing import done, released, team

from gitmlops.cli.main import main


@pytest.fixture
def credit(tmp_path: Path) -> GitRepo:
    """A repository with churn v1.1.0 in production, and no other file that is of use elsewhere."""
    repo = team(tmp_path / "credit")
    released(repo, "one", "two")
    return repo


@pytest.fixture
def fraud(tmp_path: Path) -> GitRepo:
    """A repository without gitmlops.yaml, tagged by GTO's rules by hand."""
    origin = team(tmp_path / "fraud")
    origin.git("rm", "-q", "gitmlops.yaml")
    origin.git("commit", "-q", "-m", "no project")
    origin.git("tag", "-a", "-m", "x", "fraud@v0.1.0")
    origin.git("tag", "-a", "-m", "x", "fraud#live#1")
    origin.git("push", "-q", "--tags", "origin", "HEAD")
    return origin


def address(repo: GitRepo) -> str:
    return f"file://{repo.root.parent / 'origin.git'}"


def rows(repo: GitRepo, *arguments: str) -> list[dict[str, object]]:
    [table] = json.loads(done(repo, "list", "--format", "json", *arguments))["tables"]
    return list(table["rows"])


def test_models_of_several_repositories_stand_in_one_table(credit: GitRepo, fraud: GitRepo) -> None:
    found = rows(credit, "--repo", address(credit), "--repo", address(fraud))
    assert [(row["repository"], row["model"], row["latest"]) for row in found] == [
        (address(credit), "churn", "v1.1.0"),
        (address(fraud), "fraud", "v0.1.0"),
    ]
    assert [(row["prod"], row["live"]) for row in found] == [("v1.1.0", None), (None, "v0.1.0")]


def test_the_registries_of_a_project_come_behind_its_own(credit: GitRepo, fraud: GitRepo) -> None:
    credit.commit({"gitmlops.yaml": f'project: test\nregistries: ["{address(fraud)}"]\n'})
    found = rows(credit, "--registries")
    assert [(row["repository"], row["model"]) for row in found] == [("work", "churn"), (address(fraud), "fraud")]
    assert [row["model"] for row in rows(credit)] == ["churn"]


def test_one_model_of_another_repository_is_shown_with_its_history(credit: GitRepo, fraud: GitRepo) -> None:
    told = done(fraud, "show", "churn#prod", "--repo", address(credit))
    assert "churn v1.1.0" in told
    events = json.loads(done(fraud, "history", "churn", "--repo", address(credit), "--format", "json"))["tables"][0]
    assert len(events["rows"]) == 6


def test_a_past_day_is_asked_of_all_of_them(credit: GitRepo, fraud: GitRepo) -> None:
    both = ("--repo", address(credit), "--repo", address(fraud))
    assert "tables" in done(credit, "list", "--format", "json", *both)
    assert rows_at(credit, "2001-01-01", *both) == []
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))
    assert len(rows_at(credit, tomorrow, *both)) == 2


def rows_at(repo: GitRepo, day: str, *arguments: str) -> list[dict[str, object]]:
    tables = json.loads(done(repo, "list", "--at", day, "--format", "json", *arguments))["tables"]
    return list(tables[0]["rows"]) if tables else []


def test_nobody_has_to_stand_in_a_repository(credit: GitRepo, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = CliRunner().invoke(main, ["model", "list", "--repo", address(credit)])
    assert result.exit_code == 0, result.output
    assert "v1.1.0" in result.output


def test_of_one_that_is_gone_the_last_answer_is_told_with_its_day(credit: GitRepo, fraud: GitRepo) -> None:
    before = rows(credit, "--repo", address(fraud))
    shutil.rmtree(fraud.root.parent / "origin.git")
    result = credit.run("model", "list", "--format", "json", "--repo", address(fraud))
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["tables"][0]["rows"] == before
    assert "does not answer, so this is what its tags told at 20" in result.stderr


def test_one_that_never_answered_is_an_error_without_a_trace_here(credit: GitRepo, tmp_path: Path) -> None:
    result = credit.run("model", "list", "--repo", f"file://{tmp_path}/nowhere.git")
    assert result.exit_code == 4
    assert "see that `git ls-remote file://" in result.stderr
    assert not list((credit.root / ".git").glob("gitmlops/registries/*"))


def test_a_commit_is_no_moment_of_another_repository(credit: GitRepo) -> None:
    result = credit.run("model", "show", "churn", "--repo", address(credit), "--at", "HEAD")
    assert result.exit_code == 3
    assert "'HEAD' is no date; write e.g. 2026-03-03" in result.stderr


def test_a_program_in_an_address_does_not_run(credit: GitRepo, tmp_path: Path) -> None:
    result = credit.run("model", "list", "--repo", f"ext::touch {tmp_path}/canary")
    assert result.exit_code == 4
    assert not (tmp_path / "canary").exists()
