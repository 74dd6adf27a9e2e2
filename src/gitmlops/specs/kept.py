"""Definitions that were read before, by the content of their files: each is decoded in a tenth of the time.

They lie where other programs write, too: whatever is there, a definition of the right type comes out of it, or none.
"""

import hashlib
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Raw, msgpack

from gitmlops import __version__
from gitmlops.specs.base import Spec

S = TypeVar("S", bound=Spec)
_UNREADABLE = (msgspec.DecodeError, RecursionError)
_DIGEST = hashlib.sha256().digest_size


class Kept:
    """What earlier runs read, and what this one reads: only that is kept for the next."""

    def __init__(self, content: bytes = b"") -> None:
        self._before = _entries(content)
        self._now: dict[str, Raw] = {}

    def recall(self, content: bytes, type_: type[S]) -> S | None:
        """What a file of this content says; None if it was not read before."""
        key = _key(content, type_)
        if key not in self._before:
            return None
        try:
            spec = msgpack.decode(self._before[key], type=type_)
        except _UNREADABLE:
            return None
        self._now[key] = self._before[key]
        return spec

    def note(self, content: bytes, spec: Spec) -> None:
        """Remember what a file of this content says."""
        self._now[_key(content, type(spec))] = Raw(msgpack.encode(spec))

    @property
    def is_new(self) -> bool:
        """Whether this run read other files than the ones before."""
        return self._now.keys() != self._before.keys()

    def content(self) -> bytes:
        """The bytes to begin the next run with."""
        entries = msgpack.encode((_made_by(), self._now))
        return hashlib.sha256(entries).digest() + entries


def _entries(content: bytes) -> dict[str, Raw]:
    """The entries of a whole file that these very readers wrote; none of any other."""
    digest, entries = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(entries).digest() != digest:
        return {}
    try:
        made_by, kept = msgpack.decode(entries, type=tuple[str, dict[str, Raw]])
    except _UNREADABLE:
        return {}
    return kept if made_by == _made_by() else {}


def _key(content: bytes, type_: type[Spec]) -> str:
    return hashlib.sha256(type_.__name__.encode() + b"\0" + content).hexdigest()


def _made_by() -> str:
    """The release, and the very files of it: what a definition may say is decided beside this one."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return repr([__version__, [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]])
