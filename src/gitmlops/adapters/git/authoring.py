"""What changes a repository: init, commits, pushes. GitPython does it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import git

from gitmlops.adapters.git.remote_refs import answering, at_remote
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


def require_identity(repository: Repository) -> None:
    """Raises ToolError, with the mend, unless git knows who commits."""
    try:
        repository.git("var", "GIT_COMMITTER_IDENT")
    except ToolError as error:
        mend = "run `git config user.name NAME` and `git config user.email ADDRESS`"
        raise ToolError("git does not know who commits", where=str(repository.root), mend=mend) from error


def push(repository: Repository, branch: str, *, remote: str = "origin") -> None:
    """Push a branch. Raises ToolError, with the mend, if there is no such remote or it refuses."""
    with _opened(repository) as repo:
        repo.git.push("--quiet", "--set-upstream", remote, branch)


def replace(repository: Repository, branch: str, commit: str, *, remote: str, expected: str) -> bool:
    """Put a commit in the place of what a remote's branch was when it was looked at, of nothing if `expected` is empty.

    False if somebody else has moved it since: their work stays. Raises ToolError if the remote refuses or is silent.
    """
    ref = f"refs/heads/{branch}"
    try:
        repository.git(
            "push", "--quiet", "--no-follow-tags", f"--force-with-lease={ref}:{expected}", remote, f"{commit}:{ref}"
        )
    except ToolError:
        there = at_remote(repository, ref, remote)
        if there == commit:
            return True  # only the answer was lost
        if there == expected:
            raise
        return False
    return True


def refresh(repository: Repository, remote: str, branch: str) -> None:
    """Bring the remote's default branch here, as `git fetch` does; nothing if the remote is empty.

    Raises ToolError if the remote cannot be reached, or has another default branch than this clone takes for it.
    """
    ref, tracked = f"refs/heads/{branch}", f"refs/remotes/{remote}/{branch}"
    with answering(remote):
        there = repository.git("ls-remote", "--symref", remote, "HEAD", ref).splitlines()
    known = {name: value for value, _, name in (line.partition("\t") for line in there)}
    heads = [value for value, _, name in (line.partition("\t") for line in there) if name == "HEAD"]
    default = next((value.removeprefix("ref: refs/heads/") for value in heads if value.startswith("ref: ")), branch)
    here = repository.git("for-each-ref", "--format=%(objectname)", tracked).strip()
    if default != branch or (here and ref not in known):
        what = f"the default branch of {remote} is {default}, this clone takes {branch} for it"
        mend = f"run `git fetch --prune {remote}` and `git remote set-head {remote} --auto`"
        raise ToolError(what if default != branch else f"{remote} has no branch {branch} any more", mend=mend)
    if known.get(ref, here) != here:
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        with answering(remote):
            repository.git("fetch", *options, remote, f"+{ref}:{tracked}")


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
