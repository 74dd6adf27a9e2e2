"""What was gathered of a repository, kept until anything that it was made from changes."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

import gitmlops
from gitmlops.adapters.files import write_atomic
from gitmlops.catalog.building import Manifest
from gitmlops.catalog.holding import Holding
from gitmlops.catalog.shelf import Place
from gitmlops.errors import ToolError
from gitmlops.specs.kept import code

_REFS = ("refs/tags", "refs/notes/gitmlops/receipts", "refs/heads/gitmlops-monitoring", "refs/remotes/origin")


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    made_of: str
    holding: Holding


def recalled(folder: Path, place: Place, day: date, gather: Callable[[], Holding]) -> Holding:
    """What a repository holds: as it was gathered last, if nothing of it has changed, else gathered now and kept."""
    file, made_of = folder / "holdings" / place.name, _made_of(place, day)
    with suppress(OSError, msgspec.DecodeError):
        kept = msgspec.msgpack.decode(file.read_bytes(), type=_Kept)
        if kept.made_of == made_of:
            return kept.holding
    holding = gather()
    with suppress(ToolError):  # where nothing can be written, it is gathered each time
        write_atomic(file, msgspec.msgpack.encode(_Kept(made_of, holding)))
    return holding


def manifest(folder: Path, output: Path) -> Manifest:
    """What the last build of a folder wrote, as far as is known here."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.msgpack.decode(_manifest_file(folder, output).read_bytes(), type=Manifest)
    return Manifest()


def keep_manifest(folder: Path, output: Path, written: Manifest) -> None:
    """Remember what was written, for the next build; where that cannot be, everything is written anew."""
    with suppress(ToolError):
        write_atomic(_manifest_file(folder, output), msgspec.msgpack.encode(written))


def _manifest_file(folder: Path, output: Path) -> Path:
    return folder / "sites" / hashlib.sha256(str(output.resolve()).encode()).hexdigest()[:32]


def _made_of(place: Place, day: date) -> str:
    """A digest of all that decides what is gathered: commits, tags, notes, the day, and the code that gathers."""
    refs = place.repository.git("for-each-ref", "--format=%(refname) %(objectname)", *_REFS)
    cut_off = str(place.repository.is_shallow())
    said = "\0".join(
        (
            place.name,
            place.title,
            place.origin,
            place.address,
            place.commit,
            place.stale,
            str(day),
            _code(),
            refs,
            cut_off,
        )
    )
    return hashlib.sha256(said.encode()).hexdigest()


@cache
def _code() -> str:
    return code(Path(gitmlops.__file__).parent.rglob("*.py"))
