"""Logs of lines that others write to, followed: whole lines once each, across rotations, truncations and restarts."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from gitmlops.errors import InputError

SUFFIX = ".jsonl"
_ROTATED = r"[.-][0-9][0-9A-Za-z:_-]*"
"""What a rotation puts behind a name; of what is compressed nothing is read."""
_HEAD, _REMEMBERED = 256, 100
_CHUNK = 4 << 20
"""Bytes of a file that are read at once; a line that is longer is none of ours."""


class Place(msgspec.Struct, frozen=True):
    """How far a file was read. head: digest of its first `headed` bytes: the number of a file is used again."""

    offset: int
    head: str
    headed: int


Places = Mapping[str, Place]
"""Device and number of a file -> how far it was read."""


def read_on(path: Path, places: Places) -> tuple[list[bytes], dict[str, Place]]:
    """The whole lines that nobody has read yet, and how far that is.

    path: a log, or a folder of them whose names end in `.jsonl`. A file that was rotated is read to its end, be it
    renamed (`log.jsonl.1`, `log.jsonl.2026-11-30`) or copied and emptied; one that begins anew is read from its
    beginning; what stands behind the last line break of a file is not whole yet. What was rotated before the first call
    does not count. The file that was changed first comes first. Raises InputError if there is neither file nor folder.
    """
    lines: list[bytes] = []
    now: dict[str, Place] = {}
    for file, rotated in _files(path, places):
        try:
            with file.open("rb") as log:
                key = _key(os.fstat(log.fileno()))
                if key in now:
                    continue
                place = _start(log.fileno(), places, key, rotated=rotated)
                content, length = _whole(os.pread(log.fileno(), _CHUNK, place.offset))
                lines += content
                now[key] = _place(log.fileno(), place.offset + length)
        except FileNotFoundError:
            continue  # renamed or removed a moment ago: under its new name it is found the next time
    gone = {key: place for key, place in places.items() if key not in now}
    return lines, {**dict(list(gone.items())[-_REMEMBERED:]), **now}


def _files(path: Path, places: Places) -> Iterator[tuple[Path, bool]]:
    """The logs, and whether each is a rotated one; the oldest change first."""
    if not path.exists() and not path.parent.is_dir():
        raise InputError("there is no such log", where=str(path), mend="name a file or a folder of .jsonl files")
    folder = path if path.is_dir() else path.parent
    named = rf".*{re.escape(SUFFIX)}" if path.is_dir() else re.escape(path.name)
    found: list[tuple[int, str, bool]] = []
    for entry in os.scandir(folder):
        try:
            about = entry.stat(follow_symlinks=True)
            whole = re.fullmatch(named, entry.name)
            if entry.is_file() and (whole or re.fullmatch(named + _ROTATED, entry.name) or _key(about) in places):
                found.append((about.st_mtime_ns, entry.path, not whole))
        except FileNotFoundError:
            continue
    for _, name, rotated in sorted(found):
        yield Path(name), rotated


def _key(about: os.stat_result) -> str:
    return f"{about.st_dev}:{about.st_ino}"


def _start(handle: int, places: Places, key: str, *, rotated: bool) -> Place:
    """Where to begin: a rotated file that is new to us may be the copy of one that we know."""
    if key in places or not rotated:
        return _known(handle, places.get(key))
    if not places:
        return _place(handle, os.fstat(handle).st_size)
    copied = (place for place in places.values() if place.headed and _digest(handle, place.headed) == place.head)
    return next(copied, Place(0, "", 0))


def _known(handle: int, place: Place | None) -> Place:
    """Where to go on: at the beginning if this is another file than the one that was read, or was emptied."""
    beginning = Place(0, "", 0)
    if place is None or os.fstat(handle).st_size < place.offset:
        return beginning
    return place if _digest(handle, place.headed) == place.head else beginning


def _place(handle: int, offset: int) -> Place:
    headed = min(_HEAD, offset)
    return Place(offset, _digest(handle, headed), headed)


def _digest(handle: int, length: int) -> str:
    return hashlib.sha256(os.pread(handle, length, 0)).hexdigest() if length else ""


def _whole(content: bytes) -> tuple[Sequence[bytes], int]:
    """The whole lines, and how many bytes they are. A chunk without a line break is skipped as one that is too long."""
    end = content.rfind(b"\n") + 1
    if not end and len(content) == _CHUNK:
        return [b"\0"], _CHUNK
    return content[:end].split(b"\n")[:-1], end
