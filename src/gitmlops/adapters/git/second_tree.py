"""Second work trees: one of a commit, to read, and one for a new branch, which stays if something was committed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.system import process
from gitmlops.adapters.system.sweeping import swept


@contextmanager
def new_branch(repository: Repository, branch: str, *, start: str) -> Iterator[Repository]:
    """A work tree in a temporary folder, on a new branch that begins at the commit `start` (a full SHA).

    However the block ends, the work tree is gone afterwards, and so is the branch unless it has left `start`.
    No hook runs: DVC's own would check data out before the new tree knows where the cache is.
    Raises ToolError if the branch exists or git fails.
    """
    ref = f"refs/heads/{branch}"
    with TemporaryDirectory(prefix="gitmlops-") as folder:
        path = Path(folder).resolve() / "tree"
        begun = False
        try:
            with process.undisturbed():
                # Not `worktree add -b`: this alone fails where somebody else has made the branch a moment ago, so that
                # what is undone below is ours.
                repository.git("update-ref", ref, start, "")
                begun = True
                repository.git("worktree", "add", "--quiet", str(path), branch)
            yield Repository(path)
        finally:
            if begun:
                with process.undisturbed():
                    _remove_tree(repository, path)
                    _remove_branch(repository, ref, unless_left=start)


@contextmanager
def at_commit(repository: Repository, commit: str) -> Iterator[Repository]:
    """A work tree of a commit in a temporary folder of its own, on no branch.

    The folder is gone after the block, and when this process is killed. Raises ToolError.
    """
    with TemporaryDirectory(prefix="gitmlops-") as folder, swept(Path(folder), repository.root):
        path = Path(folder).resolve() / "tree"
        try:
            with process.undisturbed():
                repository.git("worktree", "add", "--quiet", "--detach", str(path), commit)
            yield Repository(path)
        finally:
            with process.undisturbed():
                _remove_tree(repository, path)


def _remove_tree(repository: Repository, path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if f"worktree {path}" in repository.git("worktree", "list", "--porcelain", "-z").split("\0"):
        # Twice: git locks a tree until it is complete.
        repository.git("worktree", "remove", "--force", "--force", str(path))


def _remove_branch(repository: Repository, ref: str, *, unless_left: str) -> None:
    if repository.git("for-each-ref", "--format=%(objectname)", ref).strip() == unless_left:
        repository.git("update-ref", "-d", ref, unless_left)
