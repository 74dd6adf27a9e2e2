"""Registries of other repositories, as their tags tell them: read there, or as they were when they last answered."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.cli import workspace
from gitmlops.cli.show import say
from gitmlops.errors import InputError, ToolError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.tags.elsewhere import Copy
    from gitmlops.registry.tags.history import History


def histories(urls: Iterable[str]) -> "Mapping[str, History]":
    """Address -> what the tags there tell now; of one that does not answer, what they told when they were last read.

    Copies are kept in the repository around the current folder, if there is one. Raises ToolError for one that neither
    answers nor has a copy.
    """
    from gitmlops.registry.tags.history import replay

    folder, now = _folder(), int(time.time())
    return {url: replay(_read(url, folder, now).tags, now=now) for url in dict.fromkeys(urls)}


def registries(repo: "Repository") -> tuple[str, ...]:
    """The repositories that gitmlops.yaml names. Raises InputErrors."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import load_project

    workspace.require_project(repo)
    return tuple(load_project(WorkTree(repo)).registries)


def _folder() -> Path | None:
    try:
        return workspace.git_folder(workspace.repository()) / "registries"
    except InputError:
        return None


def _read(url: str, folder: Path | None, now: int) -> "Copy":
    from gitmlops.registry.tags import elsewhere, moments

    try:
        copy = elsewhere.read(url, now)
    except ToolError as error:
        kept = elsewhere.recall(folder, url) if folder else None
        if kept is None:
            raise
        say(f"{url} does not answer, so this is what its tags told at {moments.shown(kept.taken)}: {error.what}")
        return kept
    if folder:
        elsewhere.keep(folder, copy)
    return copy
