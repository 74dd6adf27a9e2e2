"""The index: what the next commit will hold. Names are the system's own, whatever their encoding."""

import os
from collections.abc import Iterable, Mapping

from gitmlops.adapters.git.batches import blobs
from gitmlops.adapters.git.repository import Repository

_SUBMODULE = b"160000"
_REGULAR = (b"100644", b"100755")


def sizes(repository: Repository, paths: Iterable[str]) -> Mapping[str, int]:
    """Path -> bytes of the staged content, for those of the paths that are in the index; submodules are left out.

    An LFS pointer counts as the pointer that it is. A path in conflict counts with the largest of its sides.
    """
    wanted = {os.fsencode(path) for path in paths}
    entries = (entry.split(b"\t", 1) for entry in _fields(repository, "ls-files", "--stage", "-z"))
    blobs = [(path, about.split()[1]) for about, path in entries if path in wanted and about[:6] != _SUBMODULE]
    found: dict[str, int] = {}
    for (path, _), size in zip(blobs, _blob_sizes(repository, [sha for _, sha in blobs]), strict=True):
        name = os.fsdecode(path)
        found[name] = max(size, found.get(name, 0))
    return found


def contents(repository: Repository, paths: Iterable[str], *, most: int) -> Mapping[str, bytes | None]:
    """Path -> staged content, None where it has more than `most` bytes, for those of the paths that are files there.

    Links and submodules are none. A path in conflict is left out: nobody can commit it.
    """
    wanted = {os.fsencode(path) for path in paths}
    entries = (entry.split(b"\t", 1) for entry in _fields(repository, "ls-files", "--stage", "-z"))
    split = ((path, *about.split()) for about, path in entries if path in wanted)
    shas = [(path, sha) for path, mode, sha, stage in split if mode in _REGULAR and stage == b"0"]
    sizes_ = _blob_sizes(repository, [sha for _, sha in shas])
    small = sorted({sha.decode() for (_, sha), size in zip(shas, sizes_, strict=True) if size <= most})
    answer = repository.git_bytes("cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in small).encode())
    read = blobs(answer, small)
    return {os.fsdecode(path): read.get(sha.decode()) for path, sha in shas}


def untracked(repository: Repository) -> frozenset[str]:
    """Paths that `git add --all` would add: not in the index, not ignored."""
    listed = _fields(repository, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(os.fsdecode(path) for path in listed)


def in_lfs(repository: Repository, paths: Iterable[str]) -> frozenset[str]:
    """Those of the paths whose attributes hand them to git-lfs."""
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    answer = iter(_fields(repository, "check-attr", "--stdin", "-z", "filter", stdin=asked))
    return frozenset(
        os.fsdecode(path) for path, _, value in zip(answer, answer, answer, strict=True) if value == b"lfs"
    )


def _fields(repository: Repository, *command: str, stdin: bytes | None = None) -> list[bytes]:
    return repository.git_bytes(*command, stdin=stdin).split(b"\0")[:-1]


def _blob_sizes(repository: Repository, shas: list[bytes]) -> list[int]:
    """Sizes in order; 0 for content that is not here, which therefore is not new."""
    if not shas:
        return []
    answer = repository.git_bytes("cat-file", "--batch-check=%(objectsize)", stdin=b"\n".join(shas) + b"\n")
    return [int(line) if line.isdigit() else 0 for line in answer.splitlines()]
