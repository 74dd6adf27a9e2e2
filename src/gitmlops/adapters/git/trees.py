"""Files of a repository at one moment, as `definitions.Tree` wants them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError

_REGULAR = ("100644", "100755")


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
            raise InputError("a symbolic link", where=path, mend="put the file itself here")
        return _read(file, path)

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there on disk, ignored or not."""
        return (self.repository.root / path).exists()


@dataclass(frozen=True)
class CommitTree:
    """The files of one commit, read as blobs; links and submodules are not files."""

    repository: Repository
    commit: str

    @cached_property
    def _blobs(self) -> Mapping[str, str]:
        listed = self.repository.git("ls-tree", "-r", "-z", "--full-tree", self.commit).split("\0")
        fields = (entry.split("\t", 1) for entry in listed if entry)
        return {path: about.split(" ")[2] for about, path in fields if about.split(" ")[0] in _REGULAR}

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        return {}

    def paths(self) -> tuple[str, ...]:
        """Every file's path, sorted."""
        return tuple(sorted(self._blobs))

    def digest(self, path: str) -> str:
        """Blob SHA of a file; empty if there is none. Equal digests mean equal content."""
        return self._blobs.get(path, "")

    def read(self, path: str) -> bytes:
        """The content of a file. Raises InputError if the commit has no such file."""
        if path not in self._blobs:
            raise InputError(f"not in commit {self.commit[:12]}", where=path, mend="commit the file")
        if path not in self._contents:
            self._contents[path] = self.repository.git_bytes("cat-file", "blob", self._blobs[path])
        return self._contents[path]


def _read(file: Path, path: str) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise InputError("no such file", where=path, mend="create it, or mend the path that names it") from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, mend="mend its permissions") from error
