"""features/expectations/<name>.yaml: what a table promises; `gitmlops/validate` takes the file as an input."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.feature import Dtype
from gitmlops.specs.fields import Count, Duration, Json, Name, Share, Text

Day = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description='write a day in quotes, e.g. "2013-03-31"'),
]


class Range(Spec, frozen=True):
    """The least and the greatest value that a column may have, both included; either may be left out."""

    min: float | None = None
    max: float | None = None


class RowCount(Spec, frozen=True):
    """The fewest and the most rows that a table may have."""

    min: Count | None = None
    max: Count | None = None


class Fresh(Spec, frozen=True, kw_only=True):
    """The newest time of a column is at most `within` before the end of the day `as_of` (UTC)."""

    column: Text
    as_of: Day
    within: Duration


class Rule(Spec, frozen=True):
    """What columns of one row must fulfil together: a condition in SQL; a row for which it is unknown passes."""

    name: Name
    sql: Text


class Expectations(Spec, frozen=True, kw_only=True):
    """Missing values pass everywhere but in not_null and missing (the greatest share of rows without a value)."""

    kind: Literal["expectations"]
    name: Name
    owner: Text
    description: Text
    types: dict[Text, Dtype] = {}
    unique: list[Text] = []
    not_null: list[Text] = []
    missing: dict[Text, Share] = {}
    ranges: dict[Text, Range] = {}
    categories: dict[Text, list[Json]] = {}
    rows: RowCount | None = None
    fresh: Fresh | None = None
    rules: list[Rule] = []
