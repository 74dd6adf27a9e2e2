"""Git trailers of a tag's message: what a machine reads back. A value is one line, so nobody can smuggle in another."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitmlops.errors import InputError

REPEATED = frozenset({"Gate", "Data", "Approved-by", "Overridden"})
"""Keys that may come more than once; of any other, two values mean that one is forged."""

_TRAILERS = re.compile(r"^([A-Za-z][A-Za-z0-9-]*): (.*)$", re.MULTILINE)
_SINGLE = re.compile(rf"\n(?!(?:{'|'.join(sorted(REPEATED))}): )([A-Za-z][A-Za-z0-9-]*): ")
"""Begins with what can be looked for fast: this goes through every message of a repository."""


@dataclass(frozen=True)
class Trailers:
    """Key -> its values, in the order of the message."""

    values: Mapping[str, tuple[str, ...]]

    def one(self, key: str) -> str:
        """The value of a key; empty if there is none, or more than one."""
        found = self.values.get(key, ())
        return found[0] if len(found) == 1 else ""

    def all(self, key: str) -> tuple[str, ...]:
        """Every value of a key."""
        return self.values.get(key, ())


def message(headline: str, trailers: Sequence[tuple[str, str]]) -> str:
    """A tag's message: a line for people, then the trailers; those without a value are left out.

    Raises InputError if a value has a line break or a control character, or if a single-valued key comes twice.
    """
    lines = [(key, _one_line(value, key)) for key, value in trailers if value]
    if doubled := _more_than_once([key for key, _ in lines]):
        raise InputError(f"two values for {', '.join(doubled)}", mend="give one")
    paragraphs = [_one_line(headline, "message"), "\n".join(f"{key}: {value}" for key, value in lines)]
    return "\n\n".join(paragraphs).rstrip() + "\n"


def read(text: str) -> Trailers:
    """The trailers: the last paragraph, unless it is the first one or a line of it is something else."""
    _, separator, last = text.strip().rpartition("\n\n")
    found = _TRAILERS.findall(last) if separator else []
    whole = len(found) == last.count("\n") + 1
    return _collect([(key, value.strip()) for key, value in found] if whole else [])


def doubled(text: str) -> tuple[str, ...]:
    """Keys of a message's trailers that have several values and may have one."""
    keys = _SINGLE.findall(text)
    if len(keys) == len(set(keys)):  # most messages, without a look at what is a trailer
        return ()
    return _more_than_once([key for key, found in read(text).values.items() for _ in found])


def _more_than_once(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(key for key, count in Counter(keys).items() if count > 1 and key not in REPEATED)


def _collect(pairs: Sequence[tuple[str, str]]) -> Trailers:
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return Trailers({key: tuple(found) for key, found in values.items()})


def _one_line(value: str, key: str) -> str:
    value = value.strip()
    wrong = next((character for character in value if _is_control(character)), None)
    if wrong is not None:
        name = unicodedata.name(wrong, f"U+{ord(wrong):04X}")
        raise InputError(f"the character {name} is not allowed here", where=key, mend="write one line of plain text")
    return value


def _is_control(character: str) -> bool:
    """Control and formatting characters (line breaks, bidirectional overrides) and separators of lines."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
