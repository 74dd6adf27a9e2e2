"""What changes a repository: init, commits, branches, work trees. GitPython does it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import git

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError


def initialise(root: Path, *, branch: str = "main", bare: bool = False) -> Repository:
    """A new repository in `root`, or the one that is there."""
    git.Repo.init(root, initial_branch=branch, bare=bare).close()
    return Repository(root)


def set_identity(repository: Repository, *, name: str, email: str) -> None:
    """Commit as this person in this repository, whatever the user's own configuration says."""
    with _opened(repository) as repo, repo.config_writer() as configuration:
        configuration.set_value("user", "name", name)
        configuration.set_value("user", "email", email)


def commit(repository: Repository, message: str, *, paths: Sequence[str]) -> str:
    """SHA of a new commit with the content that `paths` have on disk. Raises ToolError if git refuses."""
    with _opened(repository) as repo:
        repo.git.add("--", *paths)
        repo.git.commit("--quiet", "--message", message)
        return repo.head.commit.hexsha


def add_worktree(repository: Repository, path: Path, *, branch: str, start: str) -> Repository:
    """A second work tree at `path` on a new branch that begins at `start`. Raises ToolError if the branch exists.

    No hook runs: DVC's own would check data out before the new tree knows where the cache is.
    """
    with _opened(repository) as repo:
        repo.git(c="core.hooksPath=/dev/null").worktree("add", "--quiet", "-b", branch, str(path), start)
    return Repository(path)


def remove_worktree(repository: Repository, path: Path) -> None:
    """Remove a second work tree; its branch stays. Raises ToolError if there is none at `path`."""
    with _opened(repository) as repo:
        repo.git.worktree("remove", "--force", str(path))


def delete_branch(repository: Repository, branch: str) -> None:
    """Delete a branch, merged or not, that no work tree has checked out. Raises ToolError."""
    with _opened(repository) as repo:
        repo.git.branch("-D", "--quiet", branch)


def push(repository: Repository, branch: str, *, remote: str = "origin") -> None:
    """Push a branch. Raises ToolError, with the mend, if there is no such remote or it refuses."""
    with _opened(repository) as repo:
        repo.git.push("--quiet", "--set-upstream", remote, branch)


@contextmanager
def _opened(repository: Repository) -> Iterator[git.Repo]:
    """GitPython's view of a repository; what git refuses becomes a ToolError."""
    with git.Repo(repository.root) as repo:
        try:
            yield repo
        except git.GitCommandError as error:
            raise _tool_error(error) from error


def _tool_error(error: git.GitCommandError) -> ToolError:
    words = str(error.stderr or error.stdout or error).replace("stderr:", "").strip().strip("'").strip()
    command = error.command if isinstance(error.command, str) else " ".join(map(str, error.command))
    return ToolError(words or "git failed", where=command[:200])
