"""gitmlops.lock: which commits of other repositories are imported, and the digest of every file that came from them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Literal

import yaml
from msgspec import Meta, Struct, to_builtins

from gitmlops.errors import InputError
from gitmlops.report import raise_errors
from gitmlops.specs import reader
from gitmlops.specs.fields import GitUrl, Name, RepositoryPath, Revision, Text
from gitmlops.specs.yaml import compose

PATH = "gitmlops.lock"
MAX_BYTES = 1 << 24
_HEADER = (
    "# Written by `gitmlops feature import` for `imports:` in gitmlops.yaml, and by `gitmlops pipeline compile` for\n"
    "# components of other repositories: change those, and run it again.\n"
)
_MEND = "take one side of it, and run `gitmlops feature import` and `gitmlops pipeline compile`"

Commit = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$", description="a whole commit SHA")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="a hex SHA-256")]


class Locked(Struct, frozen=True, forbid_unknown_fields=True):
    """One import. source and rev: as in gitmlops.yaml; commit: what rev named; sha256: path here -> digest."""

    source: GitUrl
    rev: Revision
    commit: Commit
    sha256: dict[RepositoryPath, Sha256]


class LockedComponent(Struct, frozen=True, forbid_unknown_fields=True):
    """A component of another repository. sha256: path here -> digest."""

    sha256: dict[RepositoryPath, Sha256]


class ImportLock(Struct, frozen=True, forbid_unknown_fields=True):
    """Every import by its name, every component by what a step writes to use it: address, commit and folder."""

    schema: Literal["gitmlops.lock/1"] = "gitmlops.lock/1"
    imports: dict[Name, Locked] = {}
    components: dict[Text, LockedComponent] = {}


@lru_cache(maxsize=4)  # who looks at features asks for it, and who looks at components
def read(content: bytes) -> ImportLock:
    """The lock that a file's content says; an empty file locks nothing. Raises InputErrors with line and column."""
    if b"<<<<<<< " in content:
        raise InputError("a merge conflict", where=PATH, mend=_MEND)
    roots = compose(content, path=PATH, max_bytes=MAX_BYTES)
    if len(roots) > 1:
        raise InputError(f"{len(roots)} documents, the lock has one", where=PATH, mend=_MEND)
    if not roots:
        return ImportLock()
    lock, findings = reader.read(roots[0], ImportLock, path=PATH)
    raise_errors(findings)
    return lock or ImportLock()


def write(imports: Mapping[str, Locked], components: Mapping[str, LockedComponent]) -> bytes:
    """The bytes of a lock with these imports and components: the same for the same ones."""
    lock = to_builtins(ImportLock(imports=dict(imports), components=dict(sorted(components.items()))))
    if not components:
        del lock["components"]
    return (_HEADER + yaml.safe_dump(lock, allow_unicode=True, width=1 << 20)).encode()
