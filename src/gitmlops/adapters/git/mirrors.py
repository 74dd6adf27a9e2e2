"""Copies of other repositories that are kept up to date: their default branch, tags, receipts and what monitoring saw.

A copy is read like a clone. Nothing is checked out, so that no filter, hook or submodule of theirs runs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from gitmlops.adapters.git.foreign import ask, git, limited
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError

BRANCH = "refs/heads/main"
"""What a copy calls the default branch, whatever it is called there."""

_AT_ONCE = 4
_NOTHING = "couldn't find remote ref HEAD"
"""What git says of a repository whose default branch has no commit."""
_FETCH = (
    "--quiet",
    "--prune",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--no-tags",
)
_WANTED = (
    f"+HEAD:{BRANCH}",
    "+refs/tags/*:refs/tags/*",
    "+refs/notes/gitmlops/*:refs/notes/gitmlops/*",
    "+refs/heads/gitmlops-monitoring*:refs/remotes/origin/gitmlops-monitoring*",
)


def updated(folder: Path, urls: Sequence[str]) -> Mapping[str, Repository | ToolError]:
    """Address -> its copy below a folder, as it is there now, or why it cannot be reached; a few are asked at once.

    An error is without a word of credentials, and its copy stays as it was.
    """
    # The limit is the whole process's, and so around all of them.
    with limited(), ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(urls, pool.map(partial(_updated, folder), urls), strict=True))


def kept(folder: Path, url: str) -> Repository | None:
    """The copy as it was when the repository last answered; None if it never did."""
    place = _place(folder, url)
    known = (place / ".git" / "HEAD").exists() and git(place / ".git", "for-each-ref", BRANCH)
    return Repository(place) if known else None


def _updated(folder: Path, url: str) -> Repository | ToolError:
    place = _place(folder, url)
    directory = place / ".git"
    try:
        if not (directory / "HEAD").exists():
            directory.mkdir(parents=True, exist_ok=True)
            git(directory, "init", "--quiet", "--template=", "--initial-branch=main")
        ask(directory, url, "-c", f"remote.there.url={url}", "fetch", *_FETCH, "--", "there", *_WANTED)
    except ToolError as error:
        return ToolError("there is no commit in it yet", where=url) if _NOTHING in error.what else error
    return Repository(place)


def _place(folder: Path, url: str) -> Path:
    return folder / hashlib.sha256(url.encode()).hexdigest()[:32]
