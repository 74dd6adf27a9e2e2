"""Files of a repository at one moment, as `definitions.Tree` wants them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gitmlops.adapters.git.batches import blobs
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError

_REGULAR = ("100644", "100755")
_SUBMODULE = "160000"
_SMALL = (".yaml", ".yml", ".dvc", ".lock", ".py")


@dataclass(frozen=True)
class WorkTree:
    """The files as they lie on disk: tracked ones and untracked ones that are not ignored."""

    repository: Repository

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        listed = self.repository.git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        root = self.repository.root
        return tuple(sorted({path for path in listed if path and (root / path).is_file()}))

    def paths(self) -> tuple[str, ...]:
        """Every file's path, relative to the root, sorted."""
        return self._paths

    def read(self, path: str) -> bytes:
        """The content of a file. Raises InputError if there is none, or if it is a link."""
        file = self.repository.root / path
        if file.is_symlink():
            raise _link(path)
        return read_file(file, path)

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there on disk, ignored or not."""
        return (self.repository.root / path).exists()


@dataclass(frozen=True)
class CommitTree:
    """The files of one commit, read as blobs; links are listed, but not read; submodules are no files."""

    repository: Repository
    commit: str

    @cached_property
    def _blobs(self) -> Mapping[str, str]:
        return {path: sha for path, (mode, sha) in self._entries.items() if mode in _REGULAR}

    @cached_property
    def _entries(self) -> Mapping[str, tuple[str, str]]:
        return {path: entry for path, entry in self._listed.items() if entry[0] != _SUBMODULE}

    @cached_property
    def _listed(self) -> Mapping[str, tuple[str, str]]:
        listed = self.repository.git("ls-tree", "-r", "-z", "--full-tree", self.commit).split("\0")
        fields = ((path, about.split(" ")) for about, _, path in (entry.partition("\t") for entry in listed) if path)
        return {path: (mode, sha) for path, (mode, _, sha) in fields}

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        return {}

    def paths(self) -> tuple[str, ...]:
        """Every path that is not a folder, sorted."""
        return tuple(sorted(self._entries))

    def digest(self, path: str) -> str:
        """Blob SHA of a file; empty if there is none. Equal digests mean equal content."""
        return self._blobs.get(path, "")

    def held(self, path: str) -> Mapping[str, str]:
        """Path -> mode and SHA of all that is at a path or under it.

        Links and submodules count, too, and so does one that is in the place of a folder around it.
        """
        inside = path + "/"
        return {
            other: f"{mode} {sha}"
            for other, (mode, sha) in self._listed.items()
            if other == path or other.startswith(inside) or path.startswith(other + "/")
        }

    def read(self, path: str) -> bytes:
        """The content of a file. Raises InputError if the commit has no such file, or if it is a link."""
        if path not in self._entries:
            raise InputError(f"not in commit {self.commit[:12]}", where=path, mend="commit the file")
        if path not in self._blobs:
            raise _link(path)
        sha = self._blobs[path]
        if sha not in self._contents:
            self._fetch(_alike(path, self._blobs))
        return self._contents[sha]

    def fetch(self, paths: Iterable[str]) -> None:
        """Read those of these files that there are in one call of git, for whoever will ask for each."""
        self._fetch(self._blobs[path] for path in paths if path in self._blobs)

    def _fetch(self, wanted: Iterable[str]) -> None:
        """Read blobs in one call of git: one call each would be most of the time of a project's reading."""
        shas = sorted(set(wanted) - set(self._contents))
        answer = self.repository.git_bytes("cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in shas).encode())
        self._contents.update(blobs(answer, shas))


class StagedTree(CommitTree):
    """The files that the next commit would have, as they are staged; what lies on disk beside them can be asked for."""

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there on disk, ignored or not: data are no part of a commit."""
        return (self.repository.root / path).exists()


Present = WorkTree | StagedTree
"""Files that a commit may have soon, in a place where their data can be."""


def staged(repository: Repository) -> StagedTree:
    """What is staged. Raises ToolError while a merge has conflicts."""
    return StagedTree(repository, repository.git("write-tree").strip())


def at_commits(repository: Repository, places: Iterable[str], *, at_most: int) -> Mapping[str, bytes]:
    """Contents of `COMMIT:PATH` by these words, of many in two calls of git; those that are not there, or are no
    file, or are larger than so many bytes are left out.
    """
    asked = list(dict.fromkeys(places))
    stdin = "".join(f"{place}\n" for place in asked).encode()
    answers = repository.git("cat-file", "--batch-check", stdin=stdin).splitlines() if asked else []
    found: dict[str, str] = {}
    for place, answer in zip(asked, answers, strict=True):
        sha, kind, size, *_ = (*answer.split(" "), "", "")
        if not answer.endswith(" missing") and kind == "blob" and int(size) <= at_most:
            found[place] = sha
    wanted = sorted({*found.values()})
    if not wanted:
        return {}
    stdin = "".join(f"{sha}\n" for sha in wanted).encode()
    contents = blobs(repository.git_bytes("cat-file", "--batch", stdin=stdin), wanted)
    return {place: contents[sha] for place, sha in found.items()}


def _alike(path: str, blobs: Mapping[str, str]) -> Iterable[str]:
    """Whoever reads one definition, pointer or Python file reads them all; other files may be large."""
    for suffix in _SMALL:
        if path.endswith(suffix):
            return (sha for other, sha in blobs.items() if other.endswith(suffix))
    return (blobs[path],)


def _link(path: str) -> InputError:
    return InputError("a symbolic link", where=path, mend="put the file itself here")


def read_file(file: Path, path: str) -> bytes:
    """The content of a file on disk. path: what it is called in what is told. Raises InputError."""
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise InputError("no such file", where=path, mend="create it, or mend the path that names it") from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, mend="mend its permissions") from error
