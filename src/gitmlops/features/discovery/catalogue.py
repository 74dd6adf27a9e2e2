"""What can be found: every view, feature, source and entity as an entry, with the words that lead to it.

Computing the entries of 1,000 views takes a second: they are kept, and hold until a definition changes.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from gitmlops.adapters.files import write_atomic
from gitmlops.errors import ToolError

_WORDS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

MOST_ALIKE = 6
"""How many features an entry calls alike at most: of a thousand that are, each would name all the others."""


class Entry(Struct, frozen=True, array_like=True):
    """Something that can be found.

    kind: view, feature, on-demand, source or entity; words: word -> weight; view: of a feature, the id of its view.
    sets, models: names of those that use it, directly or through what is computed from it.
    alike: other features of the same definition, the first `MOST_ALIKE` of them.
    """

    kind: str
    id: str
    description: str
    owner: str
    path: str
    words: dict[str, int]
    view: str = ""
    dtype: str = ""
    status: str = ""
    tags: tuple[str, ...] = ()
    pii: bool = False
    sets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


class _Kept(Struct, frozen=True, array_like=True):
    """Entries, and the digest of what they were computed from."""

    digest: str
    entries: tuple[Entry, ...]


def words(text: str) -> Iterator[str]:
    """The words of a text in lower case; `amount_sum_7d` has three."""
    for word in _WORDS.findall(_CAMEL.sub(" ", text)):
        yield word.casefold()


def recall(file: Path, digest: str) -> tuple[Entry, ...] | None:
    """The entries that were kept for exactly this; None if there are none."""
    try:
        kept = msgspec.msgpack.decode(file.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return None
    return kept.entries if digest and kept.digest == digest else None


def keep(file: Path, digest: str, entries: Sequence[Entry]) -> None:
    """Keep entries for the next time; where nothing can be written, they are computed each time."""
    with suppress(ToolError):
        write_atomic(file, msgspec.msgpack.encode(_Kept(digest, tuple(entries))))
