"""Where DVC is set up: at the root of a repository, or in several of its folders, each a project of its own."""

from pathlib import Path, PurePosixPath

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError

_FOLDER = ".dvc"


def folders(repository: Repository) -> tuple[Path, ...]:
    """The folders with a `.dvc` of their own, in full, the root first. Raises InputError if there is none."""
    root = repository.root
    listed = map(PurePosixPath, repository.git("ls-files", "-z", "--", f"*/{_FOLDER}/config").split("\0"))
    inside = sorted({root / path.parents[1] for path in listed if path.parts[-2:] == (_FOLDER, "config")})
    found = (*([root] if (root / _FOLDER).is_dir() else []), *inside)
    if not found:
        raise InputError("DVC is not initialised", where=str(root), mend="run `dvc init`")
    return found
