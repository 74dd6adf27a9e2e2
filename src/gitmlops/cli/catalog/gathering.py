"""The repositories of a catalogue, each as it is now or, where it does not answer, as it was when it last did."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.cli import workspace
from gitmlops.errors import GitmlopsError, InputError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.catalog.holding import Holding


@contextmanager
def memory() -> Iterator[Path]:
    """Where copies and what was gathered are kept: in the repository around the current folder, else not for long."""
    try:
        folder = workspace.git_folder(workspace.repository()) / "catalog"
    except InputError:
        with tempfile.TemporaryDirectory(prefix="gitmlops-") as name:
            yield Path(name)
        return
    yield folder


def holdings(urls: Sequence[str], folder: Path, day: date) -> "tuple[Holding, ...]":
    """What each repository holds: this one and its `registries:`, or those of the addresses alone.

    folder: where copies of others are kept. Raises InputError where there is no repository here, or one without a
    commit; ToolError if git fails.
    """
    found: dict[str, Holding] = {}
    if not urls:
        here = workspace.repository()
        held = _of_this(here, folder, day)
        found[held.name] = held
        urls = _registries(here)
    for one in _of_others(tuple(dict.fromkeys(map(_absolute, urls))), folder, day, found):
        found[one.name] = one
    return tuple(found.values())


def _registries(here: "Repository") -> Sequence[str]:
    """What gitmlops.yaml names; nothing where it is wrong: its page says so."""
    from gitmlops.cli.tags_elsewhere import registries

    try:
        return registries(here)
    except InputError:
        return ()


def _absolute(url: str) -> str:
    """git looks from a folder of ours, where a relative path leads elsewhere."""
    return str(Path(url).resolve()) if Path(url).is_dir() else url


def _of_this(here: "Repository", folder: Path, day: date) -> "Holding":
    from gitmlops.adapters.git.address import address

    commit = here.resolve(here.default_branch())
    known = address(here, workspace.REMOTE) if here.has_remote(workspace.REMOTE) else ""
    return _held(here, commit, folder, day, name=_name(here, commit, here.root.name), address=known)


def _of_others(urls: Sequence[str], folder: Path, day: date, found: "dict[str, Holding]") -> "Iterator[Holding]":
    from gitmlops.adapters.git import mirrors
    from gitmlops.adapters.git.address import normalised
    from gitmlops.catalog.holding import unread

    copies = folder / "copies"
    for url, answer in mirrors.updated(copies, urls).items():
        shown = normalised(url, here=Path.cwd())
        silent = isinstance(answer, GitmlopsError)
        copy = mirrors.kept(copies, url) if isinstance(answer, GitmlopsError) else answer
        why = f"{shown} does not answer: {answer.what}" if isinstance(answer, GitmlopsError) else ""
        if copy is None:
            yield unread(_free(shown, shown, found), shown, why)
            continue
        commit = copy.resolve(mirrors.BRANCH)
        name = _free(_name(copy, commit, shown), shown, found)
        stale = f"{why}; this is what it had when it last did" if silent else ""
        yield _held(copy, commit, folder, day, name=name, origin=shown, address=shown, stale=stale)


def _held(
    repository: "Repository",
    commit: str,
    folder: Path,
    day: date,
    *,
    name: str,
    origin: str = "",
    address: str = "",
    stale: str = "",
) -> "Holding":
    from gitmlops.catalog import addresses, keeping
    from gitmlops.catalog.holding import unread
    from gitmlops.catalog.repository import holding
    from gitmlops.catalog.shelf import Place, Shelf
    from gitmlops.features.versions.canonical_sql import Statements
    from gitmlops.specs import kept

    place = Place(addresses.file_name(name), name, origin, repository, commit, address, stale)

    def gather() -> "Holding":
        try:
            return holding(Shelf(place, day, kept.of_definitions(), Statements()))
        except GitmlopsError as error:
            return unread(name, origin, f"it cannot be read: {error}")

    return keeping.recalled(folder, place, day, gather)


def _name(repository: "Repository", commit: str, otherwise: str) -> str:
    """What the project is called; else what its folder or its address ends in."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load_project

    try:
        return load_project(CommitTree(repository, commit)).project
    except InputError:
        return otherwise.rpartition("/")[2] or otherwise


def _free(name: str, address: str, found: "dict[str, Holding]") -> str:
    """The name, with the end of its address where another repository has it already."""
    from gitmlops.catalog.addresses import file_name

    return f"{name} of {address}" if file_name(name) in found else name
