"""What the system says of a file without reading it: equal stamps mean that nothing was done to it."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from gitmlops.adapters.files import sha256

Stamp = list[int | str]
"""Times of the last change of content and of anything in ns, size, inode, mode, device; empty if there is no file.

A clock ticks every few milliseconds: what was changed shortly before the stamp has a digest, too.
"""
_YOUNG_NS = 2 * 10**9


def stamp(paths: Iterable[str], *, now_ns: int) -> dict[str, Stamp]:
    """The stamp of each path."""
    return {path: _stamp(path, now_ns) for path in paths}


def hold(stamps: Mapping[str, Stamp]) -> bool:
    """Whether every path still has its stamp."""
    return all(_stat(path) == seen[:6] and _same_content(path, seen) for path, seen in stamps.items())


def aged(stamps: Mapping[str, Stamp], *, now_ns: int) -> dict[str, Stamp]:
    """Stamps that were found to hold after `now_ns`, without the digests that nobody needs any more."""
    return {path: seen if _is_young(seen, now_ns) else seen[:6] for path, seen in stamps.items()}


def newest_ns(stamps: Mapping[str, Stamp]) -> int:
    """When the last change was, in ns since 1970; 0 without files."""
    return max((int(time) for seen in stamps.values() for time in seen[:2]), default=0)


def _stamp(path: str, now_ns: int) -> Stamp:
    seen = _stat(path)
    return [*seen, _digest(path)] if _is_young(seen, now_ns) else seen


def _is_young(seen: Stamp, now_ns: int) -> bool:
    return bool(seen) and max(int(time) for time in seen[:2]) > now_ns - _YOUNG_NS


def _same_content(path: str, seen: Stamp) -> bool:
    return len(seen) <= 6 or _digest(path) == seen[6]


def _stat(path: str) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path for each of thousands takes twice as long
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode, found.st_dev]


def _digest(path: str) -> str:
    place = Path(path)
    with suppress(OSError):
        if place.is_dir():
            return hashlib.sha256(
                "\0".join(sorted(map(str, place.iterdir()))).encode(errors="surrogateescape")
            ).hexdigest()
        return sha256(place)
    return ""
