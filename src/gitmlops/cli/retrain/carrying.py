"""What a retraining made, from the machine that trained to the one that pushes: the branch, and its data."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.adapters.dvc.pointers import Output
    from gitmlops.adapters.git.repository import Repository

_BUNDLE, _DATA = "branch.bundle", "data"
_LARGEST_BUNDLE = 64 << 20


def pack(repository: "Repository", branch: str, folder: Path) -> None:
    """Put the branch, and the content of what it has and the default branch has not, into a folder."""
    from gitmlops.adapters.dvc import cache
    from gitmlops.adapters.dvc.cache import Cache

    bundle = str((folder / _BUNDLE).resolve())
    repository.git("bundle", "create", "--quiet", bundle, f"{_base(repository)}..refs/heads/{branch}")
    for output in _new(repository, f"refs/heads/{branch}"):
        Cache(folder / _DATA).take(output, cache.of(repository))


def unpack(repository: "Repository", branch: str, folder: Path) -> None:
    """Take over what `pack` put into a folder. It is a stranger's: git checks every object, and we every digest.

    A branch of this name that is here stays as it is. Raises InputError, ToolError.
    """
    from gitmlops.adapters.dvc import cache
    from gitmlops.adapters.dvc.cache import Cache
    from gitmlops.adapters.files import read_regular

    bundle = folder / _BUNDLE
    if not bundle.is_symlink() and not bundle.exists():
        return
    read_regular(bundle, _LARGEST_BUNDLE)
    if not repository.has_branch(branch):
        refs = f"refs/heads/{branch}:refs/heads/{branch}"
        checked = ("-c", "transfer.fsckObjects=true", "-c", "fetch.fsckObjects=true")
        repository.git(*checked, "fetch", "--quiet", "--no-tags", str(bundle.resolve()), refs)
    for output in _new(repository, f"refs/heads/{branch}"):
        cache.of(repository).take(output, Cache(folder / _DATA))


def _base(repository: "Repository") -> str:
    from gitmlops.gate.sides.base_and_head import base_tip

    return base_tip(repository, repository.default_branch())


def _new(repository: "Repository", ref: str) -> "Iterator[Output]":
    """What DVC keeps of a commit and of none of the default branch."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree

    known = {output.md5 for output in pointers.read(CommitTree(repository, _base(repository))).values()}
    tree = CommitTree(repository, repository.resolve(ref))
    # What git holds is in the lock of DVC, too, where a stage says `cache: false`.
    new = (one for one in pointers.read(tree).values() if one.md5 not in known and not tree.held(one.path))
    yield from {output.md5: output for output in new}.values()
