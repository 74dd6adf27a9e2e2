"""A commit of a branch, taken back by another one."""

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError


def revert(repository: Repository, commit: str, message: str) -> str:
    """SHA of a new commit that undoes what `commit`, a merge or not, changed against its first parent.

    Raises ToolError if later commits changed the same lines, or nothing is left to undo; nothing is changed then.
    """
    parents = repository.git("rev-list", "--parents", "--max-count=1", commit).split()[1:]
    mainline = ["--mainline=1"] if len(parents) > 1 else []
    try:
        repository.git("revert", "--no-commit", *mainline, commit)
    except ToolError as error:
        conflicts = repository.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0")
        repository.git("reset", "--quiet", "--hard")
        files = ", ".join(sorted({path for path in conflicts if path})) or error.what
        mend = f"revert it by hand: `git revert {' '.join([*mainline, commit[:12]])}`"
        raise ToolError(f"commit {commit[:12]} cannot be taken back as it is: {files}", mend=mend) from error
    if not repository.changes():
        raise ToolError(f"commit {commit[:12]} is taken back already", mend="leave out --revert")
    repository.git("commit", "--quiet", "--no-verify", f"--message={message}")
    return repository.git("rev-parse", "HEAD").strip()
