"""What almost every command begins with: the repository around the current folder, and its definitions."""

from pathlib import Path

from gitmlops.adapters.git.repository import Repository, find
from gitmlops.adapters.git.trees import CommitTree, WorkTree
from gitmlops.definitions import PROJECT_FILE, Definitions, load_valid
from gitmlops.errors import InputError


def repository() -> Repository:
    """The repository around the current folder. Raises InputError if there is none."""
    return find(Path.cwd())


def definitions(repo: Repository) -> Definitions:
    """The definitions in the work tree. Raises InputErrors if any is wrong, InputError without `gitmlops.yaml`."""
    require_project(repo)
    return load_valid(WorkTree(repo))


def require_project(repo: Repository) -> None:
    """Raises InputError unless the repository holds a `gitmlops.yaml`."""
    if not (repo.root / PROJECT_FILE).exists():
        mend = "run `gitmlops init`, or `cd` into a project"
        raise InputError("not a gitmlops project: there is no gitmlops.yaml", where=str(repo.root), mend=mend)


def definitions_at(repo: Repository, commit: str) -> Definitions:
    """The definitions of a commit. Raises InputErrors if any is wrong."""
    return load_valid(CommitTree(repo, commit))
