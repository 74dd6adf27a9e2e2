"""A catalogue written: only what changed is rendered again, and the old one stays whole until the new one is."""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import msgspec

from gitmlops.adapters.files import not_written, replace
from gitmlops.catalog import rendering, site
from gitmlops.catalog.holding import Holding
from gitmlops.errors import InputError

MARK = "catalog.json"
"""The file that says that a folder is a catalogue of ours, which may be replaced."""
_ABANDONED = 3600
"""Seconds after which nobody is at work on a folder any more that a build began."""
_MARKED = b'{"schema":"gitmlops/catalog/1"}\n'


class Written(msgspec.Struct, frozen=True, array_like=True):
    """A file of the last build: digests of what it was made from, and of its content."""

    made_of: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The files of the last build, by path."""

    files: dict[str, Written] = {}


@dataclass(frozen=True)
class Built:
    """The files of a site: what is new, what stays as it was, what is no longer there, and the manifest of all."""

    new: Mapping[str, bytes]
    kept: Sequence[str]
    gone: Sequence[str]
    manifest: Manifest


def build(holdings: Sequence[Holding], day: date, folder: Path, before: Manifest, beside: Mapping[str, bytes]) -> Built:
    """The site, in which pages that are made of the same, and lie in the folder as they were written, stay.

    day: the one by which days left were counted; before: what the last build of this folder wrote;
    beside: files that lie in it, too, by path.
    """
    name, code = site.title(holdings), _digest(rendering.sources())
    new: dict[str, bytes] = {}
    files: dict[str, Written] = {}

    def add(path: str, made_of: str, content: Callable[[], bytes]) -> None:
        known = before.files.get(path)
        if known and known.made_of == made_of and _lies(folder, path, known):
            files[path] = known
            return
        new[path] = content()
        files[path] = Written(made_of, _digest(new[path]))

    for page in site.pages(holdings, day):
        made_of = _digest(msgspec.msgpack.encode((page, name, code)))
        add(page.path, made_of, partial(rendering.render, page, name))
    others = {**beside, **rendering.assets(), site.SEARCH_INDEX: site.search_index(holdings), MARK: _MARKED}
    for path, content in others.items():
        add(path, _digest(content), partial(bytes, content))
    kept = [path for path in files if path not in new]
    return Built(new, kept, sorted({*before.files} - {*files}), Manifest(files))


def require_ours(folder: Path) -> None:
    """Raises InputError for a folder that holds something else than a catalogue: it would be replaced."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError("not a folder", where=str(folder), mend="name a new folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        mend = "name a new folder: a catalogue replaces all that is in its own"
        raise InputError("holds something else than a catalogue", where=str(folder), mend=mend)


def write(folder: Path, built: Built) -> None:
    """Put the site in the place of the one before, whole or not at all. Raises InputError, ToolError."""
    require_ours(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            _fill(partial, folder, built)
            replace(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        _remove_leftovers(folder)
    except OSError as error:
        raise not_written(folder, error) from error


def _remove_leftovers(folder: Path) -> None:
    """What builds of this folder left beside it that were killed: another one may be at work on what is younger."""
    ours = re.compile(rf"\.{re.escape(folder.name)}\.\w{{8}}(\.former)?")
    for path in folder.parent.iterdir():
        if ours.fullmatch(path.name) and (path / MARK).is_file() and time.time() - path.stat().st_mtime > _ABANDONED:
            shutil.rmtree(path, ignore_errors=True)


def _fill(partial: Path, folder: Path, built: Built) -> None:
    for parent in sorted({Path(path).parent for path in (*built.new, *built.kept)}):
        (partial / parent).mkdir(parents=True, exist_ok=True)
    # The mark comes first: whatever a build leaves behind that is killed is known for ours.
    for path in sorted(built.kept, key=lambda path: path != MARK):
        os.link(folder / path, partial / path)
    for path, content in sorted(built.new.items(), key=lambda item: item[0] != MARK):
        (partial / path).write_bytes(content)
    partial.chmod(0o755)


def _lies(folder: Path, path: str, known: Written) -> bool:
    try:
        return _digest((folder / path).read_bytes()) == known.sha256
    except OSError:
        return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
