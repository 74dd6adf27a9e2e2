"""A project that is written whole or not at all."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from gitmlops.adapters.files import write_atomic
from gitmlops.scaffold.placement import Placement

_DVC = ("dvc.yaml", ".dvcignore", ".dvc")
"""What `dvc init` and `pipeline compile` write, beside the files of the template."""


@contextmanager
def all_or_nothing(placement: Placement) -> Iterator[None]:
    """If the block fails or is interrupted, what it wrote is removed; what was there before is as it was."""
    root = placement.root
    paths = [*(file.path for file in placement.new), *map(PurePosixPath, (".git", *_DVC))]
    absent = [path for path in paths if not (root / path).exists()]
    folders = [folder for folder in _folders(root, absent) if not folder.exists()]
    compiled = root / "dvc.yaml"
    before = compiled.read_bytes() if compiled.exists() else None
    try:
        yield
    except BaseException:
        for path in absent:
            _remove(root / path)
        for folder in folders:
            with suppress(OSError):
                folder.rmdir()
        if before is not None and compiled.read_bytes() != before:
            write_atomic(compiled, before)
        _unstage(placement, absent)
        raise


def _folders(root: Path, paths: Sequence[PurePosixPath]) -> list[Path]:
    """Every folder above these paths, deepest first."""
    above = {folder for path in paths for folder in (root / path).parents}
    return sorted(above, key=lambda folder: len(folder.parts), reverse=True)


def _unstage(placement: Placement, paths: Sequence[PurePosixPath]) -> None:
    """`dvc init` puts its own files into the index."""
    ours = [str(path) for path in paths if str(path) in _DVC]
    if placement.repository and ours:
        placement.repository.git("rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", *ours)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
