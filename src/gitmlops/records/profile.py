"""The profile of a table: what a baseline is of a model's data, of any data; parts of it add up to the whole."""

import msgspec

from gitmlops.records.baseline import Column, Period, Subset
from gitmlops.records.canonical import Record, decode
from gitmlops.records.consistency import require_consistent


class _Schema(msgspec.Struct):
    schema: str = ""


class Profile(Record, frozen=True, tag_field="schema", tag="gitmlops/profile/1"):
    """columns: in the order of the table; time: the column of a row's time, empty if none was named.

    first, last: the earliest and the latest time, RFC 3339 in UTC; prediction, target: the columns that a model
    predicted and what it should have; period: how long the periods of the subsets without `of` are.
    """

    rows: int
    columns: tuple[Column, ...]
    time: str = ""
    first: str = ""
    last: str = ""
    prediction: str = ""
    target: str = ""
    period: Period = ""
    slices: tuple[str, ...] = ()
    subsets: tuple[Subset, ...] = ()


def is_profile(content: bytes) -> bool:
    """Whether a file says that it is a profile, of any version, rather than something else that is kept."""
    try:
        return msgspec.json.decode(content, type=_Schema).schema.startswith("gitmlops/profile/")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def read_profile(content: bytes, path: str) -> Profile:
    """A profile. Raises InputError for what is none, or from a later release."""
    found: Profile = decode(content, Profile, path=path)
    require_consistent(found.columns, found.subsets, path)
    return found
