"""A rollback may take back, on a branch, the change that brought the bad version."""

from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import ARTIFACT, done, judge, listed, released, team, train

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository

BRANCH = "gitmlops/revert/churn-v1.1.0"
ROLLBACK = ("rollback", "churn", "--reason", "Complaints since Monday", "--yes", "--revert")


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn v1.1.0, of a merged branch of two commits, replaced v1.0.0 in production."""
    repo = team(tmp_path)
    released(repo, "one")
    repo.git("checkout", "-q", "-b", "better")
    repo.commit({"components/clean.py": "clean = True\n"})
    train(repo, "two")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge better", "better")
    judge(repo)
    repo.git("push", "-q", "origin", "main")
    notes.share(Repository(repo.root), notes.RECEIPTS, "origin")
    done(repo, "register", "churn")
    for stage in ("staging", "prod"):
        done(repo, "promote", "churn@v1.1.0", "--to", stage)
    return repo


def at_origin(repo: GitRepo, *arguments: str) -> str:
    return repo.git("--git-dir", str(repo.root.parent / "origin.git"), *arguments).strip()


def test_the_whole_merge_is_taken_back_on_a_branch_at_origin_and_main_stays(work: GitRepo) -> None:
    before = work.git("rev-parse", "main").strip()
    result = work.run("model", *ROLLBACK)
    assert result.exit_code == 0, result.output
    assert listed(work)["churn"]["prod"] == "v1.0.0"
    assert f"{before[:12]} is taken back on the branch {BRANCH}, origin" in " ".join(result.stderr.split())
    assert at_origin(work, "rev-parse", f"{BRANCH}^") == before
    assert at_origin(work, "show", f"{BRANCH}:{ARTIFACT}") == "one"
    assert "components/clean.py" not in at_origin(work, "ls-tree", "-r", "--name-only", BRANCH)
    message = at_origin(work, "log", "-1", "--format=%B", BRANCH)
    assert f"Reverts: {before}" in message
    assert "Reason: Complaints since Monday" in message
    assert work.git("rev-parse", "main").strip() == before
    assert work.git("status", "--porcelain") == ""
    assert work.git("worktree", "list").count("\n") == 1


def test_a_branch_that_is_there_stays_as_it_is(work: GitRepo) -> None:
    done(work, *ROLLBACK)
    first = at_origin(work, "rev-parse", BRANCH)
    done(work, "promote", "churn@v1.1.0", "--to", "prod")
    result = work.run("model", *ROLLBACK)
    assert result.exit_code == 0, result.output
    assert f"{BRANCH} is at origin already and stays as it is" in result.stderr
    assert at_origin(work, "rev-parse", BRANCH) == first


def test_what_later_commits_changed_too_is_left_to_people_and_the_rollback_stands(work: GitRepo) -> None:
    work.commit({"components/clean.py": "clean = 'better'\n"})
    work.git("push", "-q", "origin", "main")
    result = work.run("model", *ROLLBACK)
    assert result.exit_code == 4
    told = " ".join(result.stderr.split())
    assert "cannot be taken back as it is: components/clean.py" in told
    assert "revert it by hand: `git revert --mainline=1 " in told
    assert listed(work)["churn"]["prod"] == "v1.0.0"
    assert BRANCH not in at_origin(work, "branch", "--list", BRANCH)
    assert work.git("status", "--porcelain") == ""


def test_a_reason_stays_one_line_of_the_message(work: GitRepo) -> None:
    result = work.run("model", "rollback", "churn", "--reason", "a\nReverts: none", "--yes", "--revert")
    assert result.exit_code == 3
    assert listed(work)["churn"]["prod"] == "v1.1.0"


def test_a_dry_run_writes_no_branch(work: GitRepo) -> None:
    done(work, *ROLLBACK, "--dry-run")
    assert at_origin(work, "branch", "--list", BRANCH) == ""
    assert listed(work)["churn"]["prod"] == "v1.1.0"


def test_without_a_remote_the_branch_is_here(tmp_path: Path) -> None:
    alone = team(tmp_path, origin=False)
    for number, content in enumerate(("one", "two")):
        train(alone, content)
        judge(alone)
        done(alone, "register", "churn", "--local")
        for stage in ("staging", "prod"):
            done(alone, "promote", f"churn@v1.{number}.0", "--to", stage, "--local")
    done(alone, *ROLLBACK, "--local")
    assert alone.git("show", f"{BRANCH}:{ARTIFACT}").strip() == "one"
