"""What a serving store says of itself: one JSON text in its table `about`."""

from typing import Annotated

import msgspec

from gitmlops.records.canonical import Record
from gitmlops.specs.feature import Dtype, Key


class ServedFeature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column of a set. field: its column in the view's table; moments and ages are microseconds, since 1970 in UTC.

    within: the greatest age of the view's newest row at which the value is known; None is any age.
    until: the moment from which on a window holds nothing that was known when the store was written; None for values.
    empty: what is served where nothing is known of the keys: 0 for counts, else null.
    """

    name: str
    pin: str
    view: str
    field: str
    dtype: Dtype
    within: int | None = None
    until: int | None = None
    empty: int | None = None


class ServedView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table with a row for each combination of keys: k0, k1, ..., moment of the newest row, v0, v1, ..."""

    table: Annotated[str, msgspec.Meta(pattern="^view_[0-9]{1,6}$")]  # it becomes SQL, and the file may be anybody's
    keys: tuple[Key, ...]


class OnlineStoreContents(Record, frozen=True, tag_field="schema", tag="gitmlops/online-store/1"):
    """exported_at: the moment whose latest values these are; sets: what can be asked for, by name."""

    exported_at: int
    views: dict[str, ServedView]
    sets: dict[str, tuple[ServedFeature, ...]]
