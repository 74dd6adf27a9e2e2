"""What was read before, by the content that it was read from: decoding it takes a tenth of reading it again.

It lies where other programs write, too: whatever is there, a value of the right type comes out of it, or none.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct, msgpack

from gitmlops import __version__

T = TypeVar("T", bound=Struct)
_UNREADABLE = (msgspec.DecodeError, RecursionError)
_DIGEST = hashlib.sha256().digest_size


class Kept:
    """What earlier runs read, and what this one reads: only that is kept for the next.

    made_by: what decides how content is read; under another one, everything is read anew.
    """

    def __init__(self, made_by: str, content: bytes = b"") -> None:
        self._made_by = made_by
        self._before = _entries(content, made_by)
        self._now: dict[str, Raw] = {}

    def recall(self, content: bytes, type_: type[T]) -> T | None:
        """What was read from this content; None if it was not read before."""
        key = _key(content, type_)
        if key not in self._before:
            return None
        try:
            value = msgpack.decode(self._before[key], type=type_)
        except _UNREADABLE:
            return None
        self._now[key] = self._before[key]
        return value

    def note(self, content: bytes, value: Struct) -> None:
        """Remember what was read from this content."""
        self._now[_key(content, type(value))] = Raw(msgpack.encode(value))

    @property
    def is_new(self) -> bool:
        """Whether this run read other contents than the ones before."""
        return self._now.keys() != self._before.keys()

    def content(self) -> bytes:
        """The bytes to begin the next run with."""
        entries = msgpack.encode((self._made_by, self._now))
        return hashlib.sha256(entries).digest() + entries


def of_definitions(content: bytes = b"") -> Kept:
    """Definitions by the content of their files; what they may say is decided by the modules beside this one."""
    return Kept(code(Path(__file__).parent.glob("*.py")), content)


def code(files: Iterable[Path]) -> str:
    """The release, and these very files of it: of a release that is being worked on, too, no two are the same."""
    stats = [(file.name, file.stat()) for file in sorted(files)]
    return repr([__version__, *((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)])


def _entries(content: bytes, made_by: str) -> dict[str, Raw]:
    """The entries of a whole file that the same code wrote; none of any other."""
    digest, entries = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(entries).digest() != digest:
        return {}
    try:
        by, kept = msgpack.decode(entries, type=tuple[str, dict[str, Raw]])
    except _UNREADABLE:
        return {}
    return kept if by == made_by else {}


def _key(content: bytes, type_: type[Struct]) -> str:
    return hashlib.sha256(type_.__name__.encode() + b"\0" + content).hexdigest()
