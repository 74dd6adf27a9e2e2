"""Where a new project may go: everything is looked at before anything is written."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gitmlops.adapters.git.repository import Repository, find
from gitmlops.errors import InputError, InputErrors
from gitmlops.scaffold.templates import NewFile

_FOLDERS = (PurePosixPath(".dvc"),)
"""Folders that are needed beside those of the files."""


@dataclass(frozen=True)
class Placement:
    """The files to write and those that are there and stay; the repository, if `root` is one already."""

    root: Path
    new: tuple[NewFile, ...]
    kept: tuple[PurePosixPath, ...]
    repository: Repository | None


def place(root: Path, files: Sequence[NewFile]) -> Placement:
    """What `init` would do in the folder `root`, absolute, there or not.

    Raises InputError inside another repository, InputErrors with every path that stands in the way.
    """
    repository = _repository(root)
    if obstacles := [*_obstacles(root, [file.path for file in files])]:
        raise InputErrors(obstacles)
    kept = tuple(file.path for file in files if (root / file.path).exists())
    return Placement(root, tuple(file for file in files if file.path not in kept), kept, repository)


def _repository(root: Path) -> Repository | None:
    """The repository whose top is `root`. A folder that the repository around it ignores is no part of that one."""
    around = _enclosing(_nearest_folder(root))
    if around is None or around.root.resolve() == root:
        return around
    if around.ignores(root):
        return None
    mend = (
        f"a project is the root of its repository: run it in {around.root}, name a folder outside of it, "
        f"or make this one a repository of its own with `git init`"
    )
    raise InputError(f"lies inside the git repository {around.root}", where=str(root), mend=mend)


def _enclosing(folder: Path) -> Repository | None:
    try:
        return find(folder)
    except InputError as error:
        if error.what == "not a git repository":
            return None
        raise


def _nearest_folder(root: Path) -> Path:
    return next(folder for folder in (root, *root.parents) if folder.is_dir())


def _obstacles(root: Path, files: Sequence[PurePosixPath]) -> Iterator[InputError]:
    """What is a file where a folder must go, or the other way round; a link would lead out of the repository."""
    for folder in (*reversed(root.parents), root):
        if os.path.lexists(folder) and not folder.is_dir():
            yield _obstacle(folder, "is a file where a folder must go")
            return
    for path in sorted({*_FOLDERS, *(folder for file in files for folder in file.parents if folder.parts)}):
        place = root / path
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            yield _obstacle(place, f"is a {'link' if place.is_symlink() else 'file'} where a folder must go")
    for path in files:
        place = root / path
        if place.is_dir() or (place.is_symlink() and not place.exists()):
            yield _obstacle(place, f"is a {'folder' if place.is_dir() else 'broken link'} where a file must go")


def _obstacle(path: Path, what: str) -> InputError:
    return InputError(what, where=str(path), mend="move it, or name another folder; nothing was written")
