"""A component writes to its outputs alone: Python code that opens another file of the repository to write is stopped.

Python tells of every file that it opens, removes or renames (PEP 578). A library in another language is not seen here:
inputs that it changes fail the step afterwards, and of new files the user is told.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from gitmlops.errors import InputError

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.mkdir": ((0,), (2,)),
    "os.remove": ((0,), (1,)),
    "os.rmdir": ((0,), (1,)),
    "os.truncate": ((0,), ()),
    "os.rename": ((0, 1), (2, 3)),
    "os.link": ((1,), (2, 3)),
    "os.symlink": ((1,), (2,)),
    "shutil.rmtree": ((0,), ()),
}
"""Event -> which of its arguments are paths that change, and which are open folders that paths begin at (-1: none)."""


class WroteOutsideError(InputError):
    """A component was about to write to the repository beside its outputs."""


class _Watch:
    """The one hook of this process: Python never takes a hook away again, so it asks whether it is wanted."""

    def __init__(self) -> None:
        self.root = self.allowed = ""
        self.installed = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.root:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITES:
                self._require_inside(path)
        elif event in _CHANGES:
            paths, folders = _CHANGES[event]
            # Below an open folder, as a whole tree is removed: that it may be was asked when the tree was named.
            if all(arguments[at] == -1 for at in folders):
                for at in paths:
                    self._require_inside(arguments[at])

    def _require_inside(self, path: object) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a file that is open already
        place = str(_absolute(os.fsdecode(path)))
        if place.startswith(self.root + os.sep) and not place.startswith(self.allowed + os.sep):
            inside = place[len(self.root) + 1 :]
            if not _is_cache(inside):
                mend = "write to the paths in `outputs`, or declare one more output in component.yaml"
                raise WroteOutsideError(f"the component writes to {inside}, which is none of its outputs", mend=mend)


_watch = _Watch()


@contextmanager
def refused(allowed: Path) -> Iterator[None]:
    """In the block Python code that writes below the current folder, but not below `allowed`, gets WroteOutsideError.

    Folders that begin with a dot (not git's and DVC's) and `__pycache__` are caches that tools keep: they may.
    """
    if not _watch.installed:
        sys.addaudithook(_watch)
        _watch.installed = True
    _watch.root, _watch.allowed = str(Path.cwd()), str(_absolute(allowed))
    try:
        yield
    finally:
        _watch.root = ""


def strays(before: Iterable[str], after: Iterable[str], outputs: Iterable[str]) -> tuple[str, ...]:
    """Files that were not there before a step and are no output, sorted. Whether the step wrote them nobody knows."""
    declared = {PurePosixPath(path) for path in outputs}
    new = (path for path in set(after) - set(before) if not _is_cache(path))
    return tuple(
        sorted(path for path in new if declared.isdisjoint((PurePosixPath(path), *PurePosixPath(path).parents)))
    )


def _absolute(path: str | Path) -> Path:
    """Without a look at the disk, as resolve() takes: this is asked for every file that is opened."""
    return Path(os.path.normpath(Path.cwd() / path))


def _is_cache(path: str) -> bool:
    first, *rest = Path(path).parts
    is_hidden = first.startswith(".") and not first.startswith((".git", ".dvc"))
    return is_hidden or "__pycache__" in (first, *rest)
