"""Statistics of a view's features, as `feature build` counted them: kept in git, read without any data."""

import msgspec

from gitmlops.records.canonical import Record


class Frequency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value and in how many rows it is; long text is cut."""

    value: str
    count: int


class FeatureStatistics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feature. Values are text: whole numbers and times exactly, other numbers with 12 significant digits.

    count: rows with a value; distinct: different values; mean, std (of the sample) and quantiles: of finite numbers;
    top: the most frequent texts or booleans; withheld: values are personal, only counts are here.
    """

    name: str
    dtype: str
    count: int
    nulls: int
    distinct: int
    min: str = ""
    max: str = ""
    mean: str = ""
    std: str = ""
    quantiles: dict[str, str] = {}
    top: tuple[Frequency, ...] = ()
    withheld: bool = False


class ViewStatistics(Record, frozen=True, tag_field="schema", tag="gitmlops/feature-statistics/1"):
    """One view. newest: time of its newest row, RFC 3339 in UTC; build: SHA-256 of the build's record."""

    view: str
    rows: int
    newest: str
    build: str
    features: tuple[FeatureStatistics, ...]
