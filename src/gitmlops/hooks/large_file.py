"""Files that are too large for git and belong to DVC: judged by what is staged, not by what lies on disk."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.git import index
from gitmlops.adapters.git.repository import Repository
from gitmlops.hooks.staged import inside, loose, shown
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
    paths = inside(repository, names, folder)
    staged = index.sizes(repository, paths)
    others = loose(repository, [path for path in paths if path not in staged])
    sizes = {**{path: (repository.root / path).lstat().st_size for path in others}, **staged}
    lfs = index.in_lfs(repository, sizes)
    return tuple(Candidate(path, sizes[path], path in staged, path in lfs) for path in paths if path in sizes)


def check(candidates: Sequence[Candidate], *, limit: int) -> Report:
    """A finding for each file of more than `limit` KiB that git itself would store."""
    large = [each for each in candidates if each.size > limit * KIB and (each.staged or not each.lfs)]
    findings = tuple(_finding(candidate, limit) for candidate in large)
    return Report("Large files", findings, summary=(f"{len(candidates)} files, {len(large)} over {limit:,} KiB",))


def _finding(candidate: Candidate, limit: int) -> Finding:
    name = shown(candidate.path)
    message = f"{-(-candidate.size // KIB):,} KiB are too much for git (limit: {limit:,} KiB)"
    return Finding("large-file", Severity.ERROR, message, Location(name), _mend(candidate, shlex.quote(name)))


def _mend(candidate: Candidate, name: str) -> str:
    if candidate.lfs:
        return (
            f"it is meant for git-lfs, which did not see it: run `git lfs install`, then `git add --renormalize {name}`"
        )
    if candidate.staged:
        return f"give it to DVC: `git rm --cached {name}`, then `dvc add {name}`"
    return f"give it to DVC: `dvc add {name}`"
