"""What almost every command begins with: the repository around the current folder, and its definitions."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import Present
    from gitmlops.definitions import Definitions
    from gitmlops.features.versions.canonical_sql import Statements
    from gitmlops.specs.kept import Kept

REMOTE = "origin"
"""Where tags and receipts are shared."""


def repository() -> "Repository":
    """The repository around the current folder. Raises InputError if there is none."""
    from gitmlops.adapters.git.repository import find

    return find(Path.cwd())


def uri(repo: "Repository", project: str) -> str:
    """What names the repository in receipts: origin, the same in every clone; without one the project."""
    from gitmlops.adapters.git.address import resource

    return resource(repo, REMOTE if repo.has_remote(REMOTE) else None, project=project)


@cache
def git_folder(repo: "Repository") -> Path:
    """Where what was computed once is kept: in every clone, no part of the work tree, shared by work trees."""
    folder = repo.git("rev-parse", "--path-format=absolute", "--git-common-dir").strip()
    return Path(folder, "gitmlops")


def definitions(repo: "Repository") -> "Definitions":
    """The definitions in the work tree. Raises InputErrors if any is wrong, InputError without `gitmlops.yaml`."""
    from gitmlops.adapters.git.trees import WorkTree

    require_project(repo)
    return definitions_in(WorkTree(repo))


def tree(repo: "Repository", *, staged: bool) -> "Present":
    """The files on disk, or those that are staged. Raises InputError without `gitmlops.yaml`, ToolError in a merge."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.adapters.git.trees import staged as staged_tree

    require_project(repo)
    return staged_tree(repo) if staged else WorkTree(repo)


def definitions_in(tree: "Present") -> "Definitions":
    """The definitions in a tree of a project. Raises InputErrors if any is wrong."""
    from gitmlops.report import raise_errors

    found = read_again(tree)
    raise_errors(found.findings)
    return found


def read_again(tree: "Present") -> "Definitions":
    """The definitions in a tree, wrong ones as findings; of what did not change since the last time, as kept."""
    from gitmlops.definitions import load
    from gitmlops.specs import kept

    file = git_folder(tree.repository) / "definitions"
    known = kept.of_definitions(_recall(file))
    found = load(tree, known)
    _remember(file, known)
    return found


@contextmanager
def statements(repo: "Repository") -> "Iterator[Statements]":
    """The SQL that was parsed before; what is parsed in the block is kept for the next time."""
    from gitmlops.features.versions.canonical_sql import Statements

    file = git_folder(repo) / "canonical-sql"
    known = Statements(_recall(file))
    yield known
    _remember(file, known.kept)


def _recall(file: Path) -> bytes:
    """What was kept there; nothing where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _remember(file: Path, kept: "Kept") -> None:
    """Keep what was read for the next time; where nothing can be written, it is read each time."""
    from gitmlops.adapters.files import write_atomic
    from gitmlops.errors import ToolError

    if kept.is_new:
        with suppress(ToolError):
            write_atomic(file, kept.content())


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
