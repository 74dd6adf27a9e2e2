"""Kept JSON: canonical bytes out, strict values in.

Canonical: keys sorted, no spaces, UTF-8, one newline at the end. Same value, same bytes.
"""

import json
from functools import cache
from typing import Any, TypeVar, get_args

import msgspec

from gitmlops.errors import InputError

R = TypeVar("R", bound="Record")
_NEWER = "upgrade gitmlops, or write the file again with it"


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record as kept. Subclasses are tagged with `schema: gitmlops/<kind>/<version>`, or as a standard asks."""


def encode(record: Record) -> bytes:
    """Canonical bytes of a record. Raises ValueError for a number that JSON cannot write: null would be a lie."""
    value = msgspec.to_builtins(record)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def decode(content: bytes, versions: type[R] | Any, *, path: str) -> R:
    """The record in `content`. `versions` is the record's type, or the union of every version ever written.

    Raises InputError if the content is not JSON, of another kind, or of a version this release does not know.
    """
    try:
        # msgspec takes a record without its tag for the only version that there is; by and by there are others.
        msgspec.json.decode(content, type=_tagged(versions))
        record: R = msgspec.json.decode(content, type=versions)
    except msgspec.ValidationError as error:
        what, mend = _of_another_kind(content, versions) or (str(error), _NEWER)
        raise InputError(what, where=path, mend=mend) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", where=path, mend="write the file again with gitmlops") from error
    return record


def _of_another_kind(content: bytes, versions: type[R] | Any) -> tuple[str, str] | None:
    """What is wrong with a file that was named in place of another, and its mend; None if the kind is right."""
    try:
        (tag,) = msgspec.structs.astuple(msgspec.json.decode(content, type=_tagged(versions)))
    except msgspec.ValidationError:
        return None
    wanted = sorted({_kind(one.__struct_config__.tag) for one in get_args(versions) or (versions,)})
    if _kind(tag) in wanted:
        return None
    return f"the file is {tag}, not {' or '.join(wanted)}", "name another file"


def _kind(tag: str) -> str:
    """What is before the version."""
    return tag.rpartition("/")[0] or tag


@cache
def _tagged(versions: Any) -> type[msgspec.Struct]:
    """What has the field that tells the versions apart."""
    one = next(iter(get_args(versions)), versions)
    return msgspec.defstruct("Tagged", [(one.__struct_config__.tag_field, str)])
