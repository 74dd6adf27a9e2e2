"""Files that are too large for git and belong to DVC: judged by what is staged, not by what lies on disk."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.git import index
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError
from gitmlops.report import Finding, Location, Report, Severity

KIB = 1024


@dataclass(frozen=True)
class Candidate:
    """Something that a commit would take: bytes of what is staged, or of the file on disk if nothing is."""

    path: str
    size: int
    staged: bool
    lfs: bool


def gather(repository: Repository, names: Sequence[str], *, folder: Path) -> tuple[Candidate, ...]:
    """What git would take of these files, sorted by path; `names` are seen from `folder`.

    Deleted files and files that git ignores (DVC's outputs) are none. Raises InputError for a file outside.
    """
    paths = sorted({_path(repository, name, folder) for name in names})
    staged = index.sizes(repository, paths)
    loose = _loose(repository, [path for path in paths if path not in staged])
    sizes = {**loose, **staged}
    lfs = index.in_lfs(repository, sizes)
    return tuple(Candidate(path, sizes[path], path in staged, path in lfs) for path in paths if path in sizes)


def check(candidates: Sequence[Candidate], *, limit: int) -> Report:
    """A finding for each file of more than `limit` KiB that git itself would store."""
    large = [each for each in candidates if each.size > limit * KIB and (each.staged or not each.lfs)]
    findings = tuple(_finding(candidate, limit) for candidate in large)
    return Report("Large files", findings, summary=(f"{len(candidates)} files, {len(large)} over {limit:,} KiB",))


def _finding(candidate: Candidate, limit: int) -> Finding:
    # Bytes that are no UTF-8 would break the output, which is.
    shown = os.fsencode(candidate.path).decode("utf-8", "replace")
    message = f"{-(-candidate.size // KIB):,} KiB are too much for git (limit: {limit:,} KiB)"
    return Finding("large-file", Severity.ERROR, message, Location(shown), _mend(candidate, shlex.quote(shown)))


def _mend(candidate: Candidate, name: str) -> str:
    if candidate.lfs:
        return (
            f"it is meant for git-lfs, which did not see it: run `git lfs install`, then `git add --renormalize {name}`"
        )
    if candidate.staged:
        return f"give it to DVC: `git rm --cached {name}`, then `dvc add {name}`"
    return f"give it to DVC: `dvc add {name}`"


def _loose(repository: Repository, paths: Sequence[str]) -> dict[str, int]:
    present = [path for path in paths if os.path.lexists(repository.root / path)]
    if not present:
        return {}
    untracked = index.untracked(repository)
    return {path: (repository.root / path).lstat().st_size for path in present if path in untracked}


def _path(repository: Repository, name: str, folder: Path) -> str:
    try:
        return Path(os.path.normpath(folder / name)).relative_to(repository.root).as_posix()
    except ValueError as error:
        raise InputError("outside the repository", where=name, mend=f"name files under {repository.root}") from error
