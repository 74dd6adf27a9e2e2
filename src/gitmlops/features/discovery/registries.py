"""Other repositories that are searched, too: what was in them when they were last looked at.

Only the entries are kept: nothing of a stranger's repository stays here but names, texts and paths.
"""

from pathlib import Path

from msgspec import Struct

from gitmlops.adapters import copies
from gitmlops.features.discovery.catalogue import Entry

_KIND = "features"


class Copy(Struct, frozen=True, array_like=True):
    """What a repository had at a commit. taken: epoch seconds; unread: how many of its files are wrong."""

    url: str
    commit: str
    taken: int
    unread: int
    entries: tuple[Entry, ...]


def recall(folder: Path, url: str) -> Copy | None:
    """The copy of a repository; None if it was never looked at, or by a release that kept something else."""
    return copies.recall(folder, _KIND, url, Copy)


def keep(folder: Path, copy: Copy) -> None:
    """Keep a copy until the next one. Raises ToolError if the disk does not take it."""
    copies.keep(folder, _KIND, copy)


def told(url: str, copy: Copy | None, now: int) -> str:
    """How old the copy is, and how to get a newer one, in a line."""
    if copy is None:
        return f"{url}: not searched: nobody looked at it yet; add --refresh"
    days, wrong = max(0, now - copy.taken) // 86400, f"; {copy.unread} of its files are wrong" if copy.unread else ""
    age = "today" if days == 0 else "a day ago" if days == 1 else f"{days} days ago"
    return f"{url}: as it was {age} at {copy.commit[:12]}{wrong}; --refresh looks at it anew"
