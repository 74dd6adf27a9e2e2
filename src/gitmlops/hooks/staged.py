"""The files that a hook is called with, as the commit would take them: what is staged, not what lies on disk."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.git import index
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError

MOST_BYTES = 64 << 20
"""No hook reads more of one file."""


@dataclass(frozen=True)
class StagedFile:
    """A file and what is staged of it; content: None if that is more than MOST_BYTES. name: as it can be shown."""

    path: str
    content: bytes | None

    @property
    def name(self) -> str:
        """The path, whatever its bytes, as text that can be printed."""
        return shown(self.path)


def gather(repository: Repository, names: Sequence[str], *, folder: Path) -> tuple[StagedFile, ...]:
    """What a commit would take of these files, sorted by path; `names` are seen from `folder`.

    A file that nobody has added yet counts as it is on disk. Deleted files, links, submodules and files that git
    ignores are none. Raises InputError for a file outside.
    """
    paths = inside(repository, names, folder)
    staged = index.contents(repository, paths, most=MOST_BYTES)
    others = loose(repository, [path for path in paths if path not in staged])
    found = {**{path: _on_disk(repository.root / path) for path in others if _is_file(repository, path)}, **staged}
    return tuple(StagedFile(path, found[path]) for path in paths if path in found)


def inside(repository: Repository, names: Sequence[str], folder: Path) -> list[str]:
    """Paths from the root, each once, sorted. Raises InputError for a file outside."""
    return sorted({_path(repository, name, folder) for name in names})


def loose(repository: Repository, paths: Sequence[str]) -> list[str]:
    """Those of the paths that are on disk and would be added: neither staged nor ignored."""
    present = [path for path in paths if os.path.lexists(repository.root / path)]
    if not present:
        return []
    untracked = index.untracked(repository)
    return [path for path in present if path in untracked]


def shown(path: str) -> str:
    """A path as text: bytes that are no UTF-8 would break the output, which is."""
    return os.fsencode(path).decode("utf-8", "replace")


def _path(repository: Repository, name: str, folder: Path) -> str:
    try:
        return Path(os.path.normpath(folder / name)).relative_to(repository.root).as_posix()
    except ValueError as error:
        raise InputError("outside the repository", where=name, mend=f"name files under {repository.root}") from error


def _is_file(repository: Repository, path: str) -> bool:
    file = repository.root / path
    return file.is_file() and not file.is_symlink()


def _on_disk(file: Path) -> bytes | None:
    return file.read_bytes() if file.stat().st_size <= MOST_BYTES else None
