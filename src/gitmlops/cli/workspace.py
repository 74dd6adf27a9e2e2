"""What almost every command begins with: the repository around the current folder, and its definitions."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import Definitions

REMOTE = "origin"
"""Where tags and receipts are shared."""


def repository() -> "Repository":
    """The repository around the current folder. Raises InputError if there is none."""
    from gitmlops.adapters.git.repository import find

    return find(Path.cwd())


@cache
def git_folder(repo: "Repository") -> Path:
    """Where what was computed once is kept: in every clone, no part of the work tree, shared by work trees."""
    folder = repo.git("rev-parse", "--path-format=absolute", "--git-common-dir").strip()
    return Path(folder, "gitmlops")


def definitions(repo: "Repository") -> "Definitions":
    """The definitions in the work tree. Raises InputErrors if any is wrong, InputError without `gitmlops.yaml`."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.report import raise_errors

    require_project(repo)
    found = read_again(WorkTree(repo))
    raise_errors(found.findings)
    return found


def read_again(tree: "WorkTree") -> "Definitions":
    """The definitions in the work tree, wrong ones as findings; of what did not change since the last time, as kept."""
    from gitmlops.adapters.files import write_atomic
    from gitmlops.definitions import load
    from gitmlops.errors import ToolError
    from gitmlops.specs.kept import Kept

    file, content = git_folder(tree.repository) / "definitions", b""
    with suppress(OSError):
        content = file.read_bytes()
    kept = Kept(content)
    found = load(tree, kept)
    if kept.is_new:
        with suppress(ToolError):  # where nothing can be written, everything is read each time
            write_atomic(file, kept.content())
    return found


def require_project(repo: "Repository") -> None:
    """Raises InputError unless the repository holds a `gitmlops.yaml`."""
    from gitmlops.definitions import PROJECT_FILE
    from gitmlops.errors import InputError

    if not (repo.root / PROJECT_FILE).exists():
        mend = "run `gitmlops init`, or `cd` into a project"
        raise InputError("not a gitmlops project: there is no gitmlops.yaml", where=str(repo.root), mend=mend)


def definitions_at(repo: "Repository", commit: str) -> "Definitions":
    """The definitions of a commit. Raises InputErrors if any is wrong."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load_valid

    return load_valid(CommitTree(repo, commit))
