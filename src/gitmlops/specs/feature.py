"""features/: entities, sources, feature views, on-demand features and feature sets."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Count, Duration, Name, Reference, RepositoryPath, Share, Text

Dtype = Literal["int64", "float64", "string", "boolean", "timestamp"]
AggregationFunction = Literal["count", "sum", "mean", "min", "max", "std", "last", "count_distinct"]
Status = Literal["draft", "stable", "deprecated"]
Classification = Literal["public", "internal", "personal", "restricted"]
TimeZone = Annotated[
    str,
    Meta(pattern=r"^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$", description="write a zone as `Europe/Paris` or UTC"),
]
VariableName = Annotated[
    str,
    Meta(pattern=r"^[A-Z_][A-Z0-9_]{0,99}$", description="write the name of an environment variable, as WAREHOUSE_URL"),
]
PythonFunction = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$",
        description="write module:function, the module as a path from the root with dots",
    ),
]


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


class Snapshot(Spec, frozen=True):
    """A query of a warehouse, whose rows `feature snapshot` writes to the source's path.

    connection: the name of the environment's variable that holds an SQLAlchemy URL.
    query: with `:since` (the newest row's time so far, in the source's timezone), each run adds a file to the folder
    `path`; without, it replaces the file `path`.
    """

    connection: VariableName
    query: Text


class Source(Spec, frozen=True, kw_only=True):
    """A table under DVC: Parquet or CSV; a file, or a folder of files.

    timestamp: when the row's event was; created_timestamp: when the row came to be known, if that is later.
    timezone: the zone of times that are written without one.
    """

    kind: Literal["source"]
    name: Name
    path: RepositoryPath
    timestamp: Name
    created_timestamp: Name | None = None
    timezone: TimeZone = "UTC"
    columns: dict[Name, Dtype]
    snapshot: Snapshot | None = None
    owner: Text
    description: Text


class Transform(Spec, frozen=True):
    """One SELECT over the view's source, or a function of the repository: DataFrame -> DataFrame."""

    sql: Text | None = None
    python: PythonFunction | None = None


class Aggregation(Spec, frozen=True):
    """A number over the window (t - window, t] before each entity row's own time."""

    name: Name
    fn: AggregationFunction
    window: Duration
    column: Name | None = None


class FeatureTest(Spec, frozen=True):
    """What a feature's values must satisfy; each entry of `tests:` has one of these."""

    min: float | None = None
    max: float | None = None
    max_null_fraction: Share | None = None
    categories: list[Text] | None = None
    unique: bool | None = None


class Feature(Spec, frozen=True):
    """One column that models may use. pii: whether it tells who a person is.

    classification: `restricted` is personal, and there for other ends than to decide by it, as a person's sex is for
    judging a model group by group.
    """

    name: Name
    dtype: Dtype
    description: Text
    unit: str = ""
    nullable: bool = True
    classification: Classification = "internal"
    pii: bool = False
    tests: list[FeatureTest] = []

    @property
    def is_personal(self) -> bool:
        """Whether its values must not be shown."""
        return _is_personal(self.classification, pii=self.pii)


def _is_personal(classification: Classification, *, pii: bool) -> bool:
    return pii or classification in ("personal", "restricted")


class Freshness(Spec, frozen=True):
    """How old the newest row may be."""

    warn_after: Duration | None = None
    error_after: Duration | None = None


class FeatureView(Spec, frozen=True, kw_only=True):
    """Features of entities from one source, or from another view (`name@vN`), as they were known at each moment.

    ttl: how long a value stays known (omit: for ever); aggregations are computed at the entity row's time.
    known_at: `event` (a row counts from its timestamp on), `created` (not before it was ingested, either).
    """

    kind: Literal["feature_view"]
    name: Name
    version: Count = 1
    status: Status = "stable"
    replaced_by: Text | None = None
    owner: Text
    description: Text
    tags: list[Name] = []
    entities: list[Reference]
    source: Text
    ttl: Duration | None = None
    known_at: Literal["event", "created"] = "event"
    freshness: Freshness | None = None
    transform: Transform | None = None
    aggregations: list[Aggregation] = []
    features: list[Feature]

    @property
    def id(self) -> str:
        """`name@vN`, as feature sets pin it."""
        return f"{self.name}@v{self.version}"


class OnDemand(Spec, frozen=True, kw_only=True):
    """A feature computed from other features and from fields of the request, when it is asked for.

    inputs: features, each `view@vN:feature`, called by their name in the SQL; request: columns of the entity rows.
    sql: one expression over them.
    """

    kind: Literal["on_demand"]
    name: Name
    version: Count = 1
    status: Status = "stable"
    replaced_by: Text | None = None
    owner: Text
    description: Text
    tags: list[Name] = []
    inputs: list[Text] = []
    request: dict[Name, Dtype] = {}
    sql: Text
    dtype: Dtype
    unit: str = ""
    nullable: bool = True
    classification: Classification = "internal"
    pii: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether its values must not be shown."""
        return _is_personal(self.classification, pii=self.pii)

    @property
    def id(self) -> str:
        """`name@vN`, as feature sets pin it."""
        return f"{self.name}@v{self.version}"


class FeatureSet(Spec, frozen=True):
    """What one model consumes, pinned: each entry is `view@vN:feature`, or `name@vN` of an on-demand feature."""

    kind: Literal["feature_set"]
    name: Name
    owner: Text
    description: Text
    features: list[Text]
