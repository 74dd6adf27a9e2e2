"""Kept JSON: canonical bytes out, strict values in.

Canonical: keys sorted, no spaces, UTF-8, one newline at the end. Same value, same bytes.
"""

from typing import Any, TypeVar

import msgspec

from gitmlops.errors import InputError

R = TypeVar("R", bound="Record")


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record as kept. Subclasses are tagged with `schema: gitmlops/<kind>/<version>`."""


def encode(record: Record) -> bytes:
    """Canonical bytes of a record."""
    return msgspec.json.encode(record, order="sorted") + b"\n"


def decode(content: bytes, versions: type[R] | Any, *, path: str) -> R:
    """The record in `content`. `versions` is the record's type, or the union of every version ever written.

    Raises InputError if the content is not JSON, of another kind, or of a version this release does not know.
    """
    try:
        record: R = msgspec.json.decode(content, type=versions)
    except msgspec.ValidationError as error:
        raise InputError(str(error), where=path, mend="upgrade gitmlops, or write the file again with it") from error
    except msgspec.DecodeError as error:
        raise InputError(f"not JSON: {error}", where=path, mend="write the file again with gitmlops") from error
    return record
