"""What was read of another repository, kept until it is read again: by its address, in a folder of ours."""

import hashlib
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from gitmlops.adapters.files import write_atomic


class Copied(Protocol):
    """A msgspec Struct that knows the address of the repository that it was read of."""

    @property
    def url(self) -> str:
        """The address."""


C = TypeVar("C", bound=Copied)


def recall(folder: Path, kind: str, url: str, type_: type[C]) -> C | None:
    """The copy of this kind; None if there is none, or one that another release kept in another form."""
    try:
        copy = msgspec.msgpack.decode(_file(folder, kind, url).read_bytes(), type=type_)
    except (OSError, msgspec.DecodeError):
        return None
    return copy if copy.url == url else None


def keep(folder: Path, kind: str, copy: Copied) -> None:
    """Keep a copy in the place of the one before. Raises ToolError if the disk does not take it."""
    write_atomic(_file(folder, kind, copy.url), msgspec.msgpack.encode(copy))


def _file(folder: Path, kind: str, url: str) -> Path:
    return folder / f"{kind}-{hashlib.sha256(url.encode()).hexdigest()[:32]}"
