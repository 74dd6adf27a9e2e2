"""The two commits that the gate compares: policies are read from the tip of the base branch, the head is judged."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.definitions import KINDS, PROJECT_FILE, Definitions, kind_of, load, load_valid
from gitmlops.errors import InputError
from gitmlops.gate.rules import wiring
from gitmlops.report import Finding, Location, Severity, raise_errors

_COMMIT = re.compile(r"HEAD|[0-9a-f]{40}|refs/.+|.*[~^].*")
POLICIES = "policies/"
TESTS = f"{POLICIES}tests/"
WAIVERS = f"{POLICIES}waivers/"
_NO_FILES = {"120000": "a symbolic link", "160000": "a submodule"}


@dataclass(frozen=True)
class Side:
    """A commit as the gate sees it; nothing of it comes from the work tree.

    broken: what is wrong with the rules of a base, its policies and the project file.
    """

    commit: str
    tree: CommitTree
    definitions: Definitions
    outputs: Mapping[str, Output]
    broken: tuple[Finding, ...] = ()

    def content(self, path: str) -> str:
        """What identifies all that is at a path, a file or a folder, in git and under DVC; empty if there is nothing.

        A folder may be one output of DVC, a folder of files that each have their own, or held in git.
        """
        path = _plain(path)
        in_git, in_dvc = self.tree.held(path), pointers.held(path, self.outputs)
        held = [
            *(f"git {digest} {name}" for name, digest in sorted(in_git.items())),
            *(f"dvc {output.md5} {name}" for name, output in sorted(in_dvc.items())),
        ]
        return hashlib.sha256("\0".join(held).encode()).hexdigest() if held else ""

    def held_twice(self, path: str) -> str:
        """The first file at a path or under it that is both in git and under DVC; empty if there is none."""
        return next(
            (name for name in sorted(self.tree.held(_plain(path))) if pointers.covering(name, self.outputs)), ""
        )


def _plain(path: str) -> str:
    """`data/flights` for `data//flights/`."""
    return str(PurePosixPath(path))


def base_tip(repository: Repository, name: str) -> str:
    """SHA of the tip of the branch that judges: here, else at `origin`, else at the remote that `name` begins with.

    A branch here that is behind `origin`, or has left it, has old rules: then `origin`'s judges.
    A tag never answers for a branch: whoever can push one could choose the rules. Raises InputError.
    """
    if _COMMIT.fullmatch(name):
        return repository.resolve(name)
    for candidate in (f"refs/heads/{name}", f"refs/remotes/origin/{name}", f"refs/remotes/{name}"):
        try:
            tip = repository.resolve(candidate)
        except InputError:
            continue
        return _newest(repository, tip, f"refs/remotes/origin/{name}")
    raise InputError(f"there is no branch {name!r} here", mend="fetch it, or name the base with --base")


def _newest(repository: Repository, tip: str, upstream: str) -> str:
    """The tip, or that of its upstream unless the tip contains it."""
    try:
        theirs = repository.resolve(upstream)
    except InputError:
        return tip
    return tip if repository.is_ancestor(theirs, tip) else theirs


def head_side(repository: Repository, commit: str) -> Side:
    """The side that is judged. Raises InputErrors if any definition is wrong, or something else is in its place."""
    tree = CommitTree(repository, commit)
    raise_errors(_displaced(tree))
    return Side(commit, tree, load_valid(tree), pointers.read(tree))


def _displaced(tree: CommitTree) -> Iterator[Finding]:
    """An error for every link and submodule where definitions are: what it leads to is in nobody's review."""
    for place in (PROJECT_FILE, *sorted({pattern.partition("/")[0] for pattern, _ in KINDS.values()})):
        for path, held in sorted(tree.held(place).items()):
            if what := _NO_FILES.get(held.partition(" ")[0]):
                mend = "commit the files themselves here"
                yield Finding("definition", Severity.ERROR, f"{what} where definitions are", Location(path), mend)


def base_side(repository: Repository, commit: str) -> Side:
    """The side that judges. Raises InputErrors if a model is wrong, whose tags and tier say which policies judge it.

    Whatever else is wrong, the branch that mends it must be able to pass. What is wrong with the rules stays with the
    side: nothing may be judged by what is left of them.
    """
    tree = CommitTree(repository, commit)
    if PROJECT_FILE not in tree.paths():
        return Side(commit, tree, Definitions(None, {}), {})
    definitions = load(tree)
    raise_errors(finding for finding in definitions.findings if kind_of(_path(finding)) == "model")
    found = (*definitions.findings, *wiring.check(definitions))
    broken = tuple(finding for finding in found if finding.severity is Severity.ERROR and _is_of_rules(_path(finding)))
    return Side(commit, tree, definitions, pointers.read(tree), broken)


def _path(finding: Finding) -> str:
    return finding.location.path if finding.location else ""


def _is_of_rules(path: str) -> bool:
    """Whether something judges by it; cases that test policies judge nobody."""
    return path == PROJECT_FILE or (path.startswith(POLICIES) and not path.startswith(TESTS))
