"""A branch written in a second work tree: what is left of it, however it ends."""

import os
import signal
from pathlib import Path

import pytest
from tests.conftest import GitRepo

from gitmlops.adapters.git import authoring, second_tree
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError

BRANCH = "retrain/m/2020-05"


@pytest.fixture
def opened(repo: GitRepo) -> Repository:
    repo.commit({"a": "1"})
    return Repository(repo.root)


def state(repo: GitRepo) -> tuple[str, ...]:
    folders = sorted(str(path) for path in (repo.root / ".git/worktrees").glob("*"))
    return (repo.git("for-each-ref"), repo.git("worktree", "list"), *folders, (repo.root / ".git/config").read_text())


def test_a_commit_stays_on_the_branch_when_the_tree_is_gone(repo: GitRepo, opened: Repository) -> None:
    with second_tree.new_branch(opened, BRANCH, start=opened.resolve("main")) as second:
        assert second.branch() == BRANCH
        (second.root / "a").write_text("2")
        sha = authoring.commit(second, "more", paths=["a"])
    assert opened.resolve(BRANCH) == sha
    assert not second.root.exists()
    assert len(repo.git("worktree", "list").splitlines()) == 1


def test_a_commit_stays_when_what_comes_after_it_fails(opened: Repository) -> None:
    with pytest.raises(ValueError), second_tree.new_branch(opened, BRANCH, start=opened.resolve("main")) as second:
        (second.root / "a").write_text("2")
        authoring.commit(second, "more", paths=["a"])
        raise ValueError
    assert opened.resolve(f"{BRANCH}^") == opened.resolve("main")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_without_a_commit_nothing_stays(repo: GitRepo, opened: Repository, error: type[BaseException]) -> None:
    before = state(repo)
    with pytest.raises(error), second_tree.new_branch(opened, BRANCH, start=opened.resolve("main")) as second:
        (second.root / "a").write_text("2")
        raise error
    assert state(repo) == before


def test_a_tree_that_cannot_be_made_leaves_no_branch(repo: GitRepo, opened: Repository) -> None:
    repo.write({".git/worktrees": "a file where git wants a folder"})
    before = repo.git("for-each-ref")
    with pytest.raises(ToolError), second_tree.new_branch(opened, BRANCH, start=opened.resolve("main")):
        raise AssertionError
    assert repo.git("for-each-ref") == before


def test_a_branch_that_was_there_is_refused_and_stays(repo: GitRepo, opened: Repository) -> None:
    repo.git("branch", BRANCH)
    before = state(repo)
    with (
        pytest.raises(ToolError, match="already exists"),
        second_tree.new_branch(opened, BRANCH, start=opened.resolve("main")),
    ):
        raise AssertionError
    assert state(repo) == before


def test_an_interrupt_while_the_tree_is_made_or_removed_waits_until_that_is_done(
    repo: GitRepo, opened: Repository
) -> None:
    """git itself is the one that interrupts us and itself, each time that it moves a ref."""
    before = state(repo)
    hook = repo.root / ".git/hooks/reference-transaction"
    hook.write_text(f"#!/bin/sh\nkill -INT {os.getpid()} $PPID\n")
    hook.chmod(0o755)
    with (
        pytest.raises(KeyboardInterrupt),
        second_tree.new_branch(_with_hooks(opened), BRANCH, start=opened.resolve("main")),
    ):
        raise AssertionError
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    hook.unlink()
    assert state(repo) == before


def _with_hooks(repository: Repository) -> Repository:
    """A repository whose reads and writes run hooks, as those of people do."""

    class Hooked(Repository):
        def git(self, *arguments: str, stdin: bytes | None = None) -> str:
            return super().git("-c", "core.hooksPath=.git/hooks", *arguments, stdin=stdin)

    return Hooked(repository.root)


def test_no_hook_runs(repo: GitRepo, opened: Repository) -> None:
    hook = repo.root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with second_tree.new_branch(opened, BRANCH, start=opened.resolve("main")) as second:
        assert Path(second.root / "a").read_text() == "1"
