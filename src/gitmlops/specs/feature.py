"""features/: entities, sources, feature views and feature sets."""

from typing import Literal

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Count, Duration, Name, RepositoryPath, Text

Dtype = Literal["int64", "float64", "string", "boolean", "timestamp"]


class Key(Spec, frozen=True):
    """A column that identifies an entity."""

    name: Name
    dtype: Literal["int64", "string"]


class Entity(Spec, frozen=True):
    """A thing that features describe: a plane, a carrier, an hour at an airport."""

    kind: Literal["entity"]
    name: Name
    keys: list[Key]
    owner: Text
    description: Text


class Source(Spec, frozen=True):
    """A table under DVC: Parquet or CSV; a file, or a folder of files."""

    kind: Literal["source"]
    name: Name
    path: RepositoryPath
    timestamp: Name
    columns: dict[Name, Dtype]
    owner: Text
    description: Text


class Transform(Spec, frozen=True):
    """One SELECT over the view's source."""

    sql: Text


class Aggregation(Spec, frozen=True):
    """A number over the window (t - window, t] before each entity row's own time."""

    name: Name
    fn: Literal["count", "sum", "mean", "min", "max"]
    window: Duration
    column: Name | None = None


class Feature(Spec, frozen=True):
    """One column that models may use."""

    name: Name
    dtype: Dtype
    description: Text
    unit: str = ""
    classification: Literal["public", "internal", "personal"] = "internal"


class FeatureView(Spec, frozen=True, kw_only=True):
    """Features of one entity from one source, as they were known at each moment.

    ttl: how long a value stays known (omit: for ever); aggregations are computed at the entity row's time.
    """

    kind: Literal["feature_view"]
    name: Name
    version: Count = 1
    owner: Text
    description: Text
    tags: list[Name] = []
    entities: list[Name]
    source: Name
    ttl: Duration | None = None
    transform: Transform | None = None
    aggregations: list[Aggregation] = []
    features: list[Feature]

    @property
    def id(self) -> str:
        """`name@vN`, as feature sets pin it."""
        return f"{self.name}@v{self.version}"


class FeatureSet(Spec, frozen=True):
    """What one model consumes, pinned: each entry is `view@vN:feature`."""

    kind: Literal["feature_set"]
    name: Name
    owner: Text
    description: Text
    features: list[Text]
