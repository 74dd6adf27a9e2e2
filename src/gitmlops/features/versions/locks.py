"""features/locks/: one file a view, one line a feature, so that a review sees which definitions a change reaches.

Written by `gitmlops feature lock`, never by hand. Nothing is decided by locks: the gate computes hashes itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from gitmlops.definitions import Tree
from gitmlops.features.versions.hashes import CANONICALISER, Hash
from gitmlops.report import Finding, Location, Severity

FOLDER = "features/locks/"

_DIGITS = 12
_HEADER = "# Written by `gitmlops feature lock`; canonicaliser {}"
_CANONICALISER = re.compile(r"# .*; canonicaliser (.+)")
_LINE = re.compile(r"(\S+) (iface=[0-9a-f]{12} def=[0-9a-f]{12})")
_MEND = "run `gitmlops feature lock` and commit it"


def texts(hashes: Mapping[str, Hash]) -> Mapping[str, str]:
    """Path -> content of every lock, sorted. Features that are imported have theirs in their own repository.

    An empty line stands around each feature: git merges changes of two of them, where neighbouring lines collide.
    """
    lines: dict[str, list[str]] = {}
    for pin, hash_ in sorted(hashes.items()):
        id_, _, feature = pin.partition(":")
        if "/" not in id_:
            lines.setdefault(id_, []).append(f"{feature or id_.rpartition('@v')[0]} {_shown(hash_)}")
    return {f"{FOLDER}{id_}.lock": _text(CANONICALISER, found) for id_, found in sorted(lines.items())}


def canonicaliser(text: str) -> str:
    """The canonicaliser that a lock names; empty if it names none."""
    match = _CANONICALISER.match(text)
    return match[1] if match else ""


def present(tree: Tree) -> Mapping[str, str]:
    """Path -> content of the locks that a tree has."""
    paths = [path for path in tree.paths() if path.startswith(FOLDER) and path.endswith(".lock")]
    return {path: tree.read(path).decode(errors="replace") for path in paths}


def stale(current: Mapping[str, str], new: Mapping[str, str]) -> tuple[Finding, ...]:
    """What is not as it would be written: an error for each lock; a warning where another canonicaliser wrote it.

    Under another canonicaliser the same definition may have another hash: then only interfaces are compared.
    """
    return tuple(finding for path in sorted({*current, *new}) for finding in _stale(path, current, new))


def _stale(path: str, current: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Finding]:
    if path not in new:
        yield _wrong(path, "there is no such view")
    elif path not in current:
        yield _wrong(path, "there is no lock")
    elif current[path] != new[path]:
        by, (before, after) = canonicaliser(current[path]), (_lines(current[path]), _lines(new[path]))
        if by and by != CANONICALISER and _interfaces(before) == _interfaces(after):
            message = f"written by {by}, this is {CANONICALISER}: its definitions cannot be compared"
            yield Finding("lock", Severity.WARNING, message, Location(path), _MEND)
            return
        changed = ", ".join(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
        yield _wrong(path, f"not what the definitions say of {changed}" if changed else "not as it is written")


def merged(base: str, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
    """The lock with the changes of both sides, and the features that both changed, each in its own way: these are ours.

    A lock is computed, so that whatever comes out is made right by `feature lock` once the definitions are merged.
    """
    before, mine, other = _lines(base), _lines(ours), _lines(theirs)
    found, both = {}, []
    for name in sorted({*before, *mine, *other}):
        took_theirs = mine.get(name) == before.get(name)
        if not took_theirs and other.get(name) not in (before.get(name), mine.get(name)):
            both.append(name)
        if line := (other if took_theirs else mine).get(name):
            found[name] = line
    by = canonicaliser(theirs) if canonicaliser(ours) == canonicaliser(base) else canonicaliser(ours)
    return _text(by, [f"{name} {line}" for name, line in found.items()]), tuple(both)


def _shown(hash_: Hash) -> str:
    return f"iface={hash_.interface[:_DIGITS]} def={hash_.definition[:_DIGITS]}"


def _text(by: str, lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in [_HEADER.format(by), *(f"\n{line}" for line in sorted(lines))])


def _lines(text: str) -> Mapping[str, str]:
    return {match[1]: match[2] for line in text.splitlines() if (match := _LINE.fullmatch(line))}


def _interfaces(lines: Mapping[str, str]) -> Mapping[str, str]:
    return {name: line.partition(" ")[0] for name, line in lines.items()}


def _wrong(path: str, message: str) -> Finding:
    return Finding("lock", Severity.ERROR, message, Location(path), _MEND)
