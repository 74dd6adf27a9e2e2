"""Other repositories that are searched, too: what was in them when they were last looked at.

Only the entries are kept: nothing of a stranger's repository stays here but names, texts and paths.
"""

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from gitmlops.adapters.files import write_atomic
from gitmlops.features.discovery.catalogue import Entry


class Copy(Struct, frozen=True, array_like=True):
    """What a repository had at a commit. taken: epoch seconds; unread: how many of its files are wrong."""

    url: str
    commit: str
    taken: int
    unread: int
    entries: tuple[Entry, ...]


def recall(folder: Path, url: str) -> Copy | None:
    """The copy of a repository; None if it was never looked at, or by a release that kept something else."""
    try:
        copy = msgspec.msgpack.decode(_file(folder, url).read_bytes(), type=Copy)
    except (OSError, msgspec.DecodeError):
        return None
    return copy if copy.url == url else None


def keep(folder: Path, copy: Copy) -> None:
    """Keep a copy until the next one. Raises ToolError if the disk does not take it."""
    write_atomic(_file(folder, copy.url), msgspec.msgpack.encode(copy))


def told(url: str, copy: Copy | None, now: int) -> str:
    """How old the copy is, and how to get a newer one, in a line."""
    if copy is None:
        return f"{url}: not searched: nobody looked at it yet; add --refresh"
    days, wrong = max(0, now - copy.taken) // 86400, f"; {copy.unread} of its files are wrong" if copy.unread else ""
    age = "today" if days == 0 else "a day ago" if days == 1 else f"{days} days ago"
    return f"{url}: as it was {age} at {copy.commit[:12]}{wrong}; --refresh looks at it anew"


def _file(folder: Path, url: str) -> Path:
    return folder / hashlib.sha256(url.encode()).hexdigest()[:32]
