"""Two commits merged in memory: no work tree, no index and no ref is touched, no file of either is checked out.

So no filter, hook or program that a branch names can run, and there is nothing half-merged to clean up.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError

_MARKER = re.compile(rb"^<{7} ", re.MULTILINE)
_CONFLICT = re.compile(r"CONFLICT \((.*)\)")


@dataclass(frozen=True)
class Conflict:
    """A file that git could not merge. what: git's word for it, as `contents` or `modify/delete`.

    lines: where the sides differ in the file that git would leave; none where that says nothing.
    """

    path: str
    what: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Merged:
    """What came of it: the tree, which is whole only without conflicts."""

    tree: str
    conflicts: tuple[Conflict, ...]


def merge(repository: Repository, ours: str, theirs: str, *, driver: str, attributes: Sequence[str]) -> Merged:
    """Two commits, by their SHA, merged as `git merge` would.

    driver: the command of the merge driver `gitmlops`; attributes: lines of .gitattributes, for what the repository's
    own say nothing of. Raises ToolError.
    """
    with NamedTemporaryFile("w", prefix="gitmlops-attributes-") as file:
        file.write("".join(f"{line}\n" for line in attributes))
        file.flush()
        options = ("-c", f"core.attributesFile={Path(file.name)}", "-c", f"merge.gitmlops.driver={driver}")
        # Not `ours theirs` as arguments: a merge with conflicts would be told by the exit code of a failure.
        said = repository.git_bytes(*options, "merge-tree", "--stdin", stdin=f"{ours} {theirs}\n".encode())
    return _read(repository, said)


def commit(repository: Repository, tree: str, parents: Sequence[str], message: str) -> str:
    """SHA of a new commit of a tree, on no branch. Raises ToolError if git does not know who commits."""
    on = [part for parent in parents for part in ("-p", parent)]
    return repository.git("commit-tree", *on, "-F", "-", tree, stdin=message.encode()).strip()


def _read(repository: Repository, said: bytes) -> Merged:
    """From the fields of `git merge-tree --stdin`: status, tree, files in conflict, an empty one, messages."""
    fields = said.decode("utf-8", "surrogateescape").split("\0")
    if len(fields) < 2 or fields[0] not in ("0", "1"):
        raise ToolError("git merge-tree says nothing", mend="install git 2.39 or newer")
    tree, rest = fields[1], fields[2:]
    end = rest.index("") if "" in rest else len(rest)
    paths = {entry.partition("\t")[2]: "" for entry in rest[:end]}
    for type_, named in _messages(rest[end + 1 :]):
        if found := _CONFLICT.fullmatch(type_):
            paths.update(dict.fromkeys(named, found[1]))
    if fields[0] == "0" and not paths:
        raise ToolError("git merged with a conflict that it does not name", mend="run `git merge` to see it")
    lines = {path: tuple(_lines(repository, tree, path)) for path in paths}
    found_ = (Conflict(path, what or "contents", lines[path]) for path, what in sorted(paths.items()))
    return Merged(tree, () if fields[0] == "1" else tuple(found_))


def _messages(fields: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """The type of each message and the paths that it is about: a number, as many paths, the type, the text."""
    at = 0
    while at < len(fields) and fields[at].isdigit():
        count = int(fields[at])
        yield fields[at + count + 1], fields[at + 1 : at + count + 1]
        at += count + 3


def _lines(repository: Repository, tree: str, path: str) -> Iterator[int]:
    """The lines at which git has written both sides."""
    entry = repository.git_bytes("ls-tree", "-z", "--full-tree", tree, "--", path).split(b"\0")[0]
    if not entry.startswith(b"100"):
        return
    content = repository.git_bytes("cat-file", "blob", entry.split()[2].decode())
    for found in _MARKER.finditer(content):
        yield content.count(b"\n", 0, found.start()) + 1
