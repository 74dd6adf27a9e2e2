"""The tags of other repositories: read from there, kept here for the days when they cannot be reached."""

import tempfile
from pathlib import Path

from msgspec import Struct

from gitmlops.adapters import copies
from gitmlops.adapters.git.foreign import fetch, git, limited
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.tag_reading import Tag, read_all

_KIND = "tags"
_FETCH = ("--quiet", "--depth=1", "--filter=tree:0", "--no-recurse-submodules", "--no-auto-maintenance")


class Copy(Struct, frozen=True, array_like=True):
    """The tags that a repository had. taken: seconds since 1970."""

    url: str
    taken: int
    tags: tuple[Tag, ...]


def read(url: str, now: int) -> Copy:
    """The tags of a repository as they are now: of its content only the commits that they are on come here.

    Raises ToolError if it cannot be reached, without a word of credentials.
    """
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as name:
        root, folder = Path(name), Path(name, ".git")
        folder.mkdir()
        git(folder, "init", "--quiet", "--template=")
        with limited():
            fetch(folder, url, "+refs/tags/*:refs/tags/*", *_FETCH)
        return Copy(url, now, read_all(Repository(root)))


def recall(folder: Path, url: str) -> Copy | None:
    """The copy that is kept of a repository; None if there is none that this release can read."""
    return copies.recall(folder, _KIND, url, Copy)


def keep(folder: Path, copy: Copy) -> None:
    """Keep a copy until the next one. Raises ToolError if the disk does not take it."""
    copies.keep(folder, _KIND, copy)
