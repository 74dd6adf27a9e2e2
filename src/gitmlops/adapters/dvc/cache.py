"""DVC's cache, read by digest: nothing is checked out, nothing is pulled, every byte is hashed again."""

import configparser
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gitmlops.adapters.dvc import projects
from gitmlops.adapters.dvc.pointers import Output, is_inside, md5_of
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError, ToolError
from gitmlops.specs.yaml import shortened

_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


@dataclass(frozen=True)
class Cache:
    """The folder in which DVC keeps content by its MD5. others: those of the repository's other DVC projects."""

    folder: Path
    others: tuple[Path, ...] = ()

    def read(self, output: Output) -> bytes:
        """The content of a file. Raises ToolError if it is not in the cache, or not what its name says."""
        return self._object(output.md5, output.path)

    def listing(self, output: Output) -> Mapping[str, str]:
        """Of a folder, the MD5 of each file by its path in it. Raises ToolError as `read` does."""
        try:
            entries = json.loads(self.read(output))
            listed = {str(entry["relpath"]): str(entry["md5"]) for entry in entries}
        except (ValueError, TypeError, KeyError) as error:
            raise ToolError("not a folder of DVC's", where=output.path, mend="run `dvc add` again") from error
        if outside := [path for path in listed if not is_inside(path)]:
            what = f"the folder's list has the path {shortened(outside[0])}, which leaves it"
            raise ToolError(
                what, where=output.path, mend="do not trust it, and do not run `dvc pull` or `dvc checkout`"
            )
        return listed

    def take(self, output: Output, source: "Cache") -> None:
        """Copy the content of a file or folder from another cache, unless it is here; every byte is hashed.

        Raises ToolError if a part of it is not there, or not what its name says.
        """
        self._take(output, source)
        for part in self._parts(output):
            self._take(part, source)

    def holds(self, output: Output) -> bool:
        """Whether all of a file or folder is here. Raises ToolError for a folder's list that is not what it was."""
        return self.has(output) and all(map(self.has, self._parts(output)))

    def require(self, output: Output) -> None:
        """Raises ToolError unless all of a file or folder is here, and is what its name says."""
        for part in (output, *self._parts(output)):
            with self._opened(part):
                pass

    def has(self, output: Output) -> bool:
        """Whether the content of a file, or the list of a folder, is here."""
        return is_digest(output.md5) and self._place(output.md5).is_file()

    def size(self, output: Output) -> int | None:
        """Of the content of a file the number of bytes here, whatever they are; None if it is not here."""
        return self._place(output.md5).stat().st_size if self.has(output) else None

    def _parts(self, output: Output) -> Iterator[Output]:
        """The files of a folder."""
        if output.md5.endswith(".dir"):
            for path, md5 in self.listing(output).items():
                yield Output(f"{output.path}/{path}", md5, 0, output.stage)

    def _take(self, output: Output, source: "Cache") -> None:
        if self.has(output):
            return
        _require_md5(output.md5, output.path)
        place = self._place(output.md5)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f"{place.name}.partial")
        with source._opened(output) as file, partial.open("wb") as copied:
            shutil.copyfileobj(file, copied, 1 << 20)
        partial.replace(place)

    @contextmanager
    def _opened(self, output: Output) -> Iterator[IO[bytes]]:
        """The file with the content, which may be large. Raises ToolError if it is not here, or is something else."""
        _require_md5(output.md5, output.path)
        try:
            with self._place(output.md5).open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
                file.seek(0)
                if digest != output.md5[:32]:
                    raise _other_bytes(output.md5, output.path)
                yield file
        except (FileNotFoundError, IsADirectoryError) as error:
            raise _missing(output.path) from error

    def _object(self, md5: str, path: str) -> bytes:
        _require_md5(md5, path)
        try:
            content = self._place(md5).read_bytes()
        except FileNotFoundError as error:
            raise _missing(path) from error
        if md5_of(content) != md5[:32]:
            raise _other_bytes(md5, path)
        return content

    def _place(self, md5: str) -> Path:
        places = [folder / "files" / "md5" / md5[:2] / md5[2:] for folder in (self.folder, *self.others)]
        return next((place for place in places if place.is_file()), places[0])


def is_digest(md5: str) -> bool:
    """Whether it is an MD5 as DVC writes it, of a file or a folder."""
    return bool(_MD5.fullmatch(md5))


def _require_md5(md5: str, path: str) -> None:
    if not is_digest(md5):
        raise InputError(f"{md5!r} is not an MD5 digest", where=path, mend="run `dvc repro` or `dvc add` again")


def _missing(path: str) -> ToolError:
    return ToolError("not in the DVC cache", where=path, mend="run `dvc fetch` for this commit first")


def _other_bytes(md5: str, path: str) -> ToolError:
    return ToolError(f"the cache holds other bytes under {md5}", where=path, mend="remove it and run `dvc fetch`")


def of(repository: Repository) -> Cache:
    """The cache of a repository, as its DVC configuration says; of several DVC projects, what any of them has.

    Raises InputError if DVC is not set up, or wrongly.
    """
    first, *others = (_configured(folder / ".dvc") for folder in projects.folders(repository))
    return Cache(first, tuple(others))


def _configured(folder: Path) -> Path:
    """The cache that the configuration in a `.dvc` folder names."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read([folder / "config", folder / "config.local"], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        mend = "mend .dvc/config and .dvc/config.local"
        raise InputError(
            f"not a DVC configuration: {str(error).splitlines()[0]}", where=str(folder), mend=mend
        ) from error
    named = parser.get("cache", "dir", fallback="") if parser.has_section("cache") else ""
    return (folder / named).resolve() if named else folder / "cache"
