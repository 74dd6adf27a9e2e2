"""DVC's cache, read by digest: nothing is checked out, nothing is pulled, every byte is hashed again."""

import configparser
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError, ToolError

_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


@dataclass(frozen=True)
class Cache:
    """The folder in which DVC keeps content by its MD5."""

    folder: Path

    def read(self, output: Output) -> bytes:
        """The content of a file. Raises ToolError if it is not in the cache, or not what its name says."""
        return self._object(output.md5, output.path)

    def has(self, output: Output) -> bool:
        """Whether the content is here."""
        return bool(_MD5.fullmatch(output.md5)) and self._place(output.md5).is_file()

    def _object(self, md5: str, path: str) -> bytes:
        if not _MD5.fullmatch(md5):
            raise InputError(f"{md5!r} is not an MD5 digest", where=path, mend="run `dvc repro` or `dvc add` again")
        try:
            content = self._place(md5).read_bytes()
        except FileNotFoundError as error:
            raise ToolError("not in the DVC cache", where=path, mend="run `dvc fetch` for this commit first") from error
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != md5[:32]:
            raise ToolError(
                f"the cache holds other bytes under {md5}", where=path, mend="remove it and run `dvc fetch`"
            )
        return content

    def _place(self, md5: str) -> Path:
        return self.folder / "files" / "md5" / md5[:2] / md5[2:]


def of(repository: Repository) -> Cache:
    """The cache of a repository, as its DVC configuration says. Raises InputError if DVC is not set up, or wrongly."""
    folder = repository.root / ".dvc"
    if not folder.is_dir():
        raise InputError("DVC is not initialised", where=str(repository.root), mend="run `dvc init`")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read([folder / "config", folder / "config.local"], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        mend = "mend .dvc/config and .dvc/config.local"
        raise InputError(
            f"not a DVC configuration: {str(error).splitlines()[0]}", where=str(folder), mend=mend
        ) from error
    named = parser.get("cache", "dir", fallback="") if parser.has_section("cache") else ""
    return Cache((folder / named).resolve() if named else folder / "cache")
