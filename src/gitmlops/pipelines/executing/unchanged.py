"""Whether a step left its inputs as they were: what it was made of must be what DVC writes down afterwards."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gitmlops.errors import InputError

Fingerprint = Mapping[str, tuple[int, int]]
"""Size in bytes and time of the last change in ns, by path."""


def fingerprint(paths: Iterable[str]) -> Fingerprint:
    """Every file at these paths and, of folders, below them, without reading any."""
    return {file: _stat(file) for path in paths for file in _files(path)}


def require(before: Fingerprint, step: str) -> None:
    """Raises InputError that names the first file of a fingerprint that is gone or changed since."""
    for path, stat in before.items():
        if not Path(path).exists() or _stat(path) != stat:
            what = f"the input {path} changed while the step {step!r} ran"
            mend = "write to the outputs alone; if somebody else changed it, run the step again"
            raise InputError(what, where=path, mend=mend)


def _files(path: str) -> Iterator[str]:
    if not Path(path).is_dir():
        yield path
    for folder, _, names in os.walk(path):
        yield from (f"{folder}/{name}" for name in names)


def _stat(path: str) -> tuple[int, int]:
    found = Path(path).stat()
    return found.st_size, found.st_mtime_ns
