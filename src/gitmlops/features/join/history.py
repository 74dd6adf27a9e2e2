"""What both forms of the point-in-time join read: events, and rows that ask for what was known at their moment.

Rows that ask are a relation with `row` (0, 1, ...), `moment`, and a column `key(name)` for every key. Moments are
microseconds since 1970 in UTC. A form is a module with `latest` and `windows`, each a SELECT of `row, v0, v1, ...`
for every row that asks, ordered by `row`: `sql_asof` for DuckDB, `sql_portable` for any engine. It has `rows`, what
holds at each event's own time, and `beside` and `in_order`, which put answers beside rows, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gitmlops.features.join import sql
from gitmlops.specs.feature import AggregationFunction, Dtype

SECOND = 1_000_000
VERSION = "sql-1"
"""Of the SQL that we generate: under another one, which may give other values, built partitions are made again."""


@dataclass(frozen=True)
class Events:
    """What happened: a relation (text that can stand after FROM), its key columns and its timestamp columns.

    An event is known from its timestamp on; with `known_at` created not before its `created` timestamp, either, and
    never without one. Of events of the same keys and time the last created counts.
    """

    relation: str
    keys: tuple[str, ...]
    timestamp: str
    created: str | None = None
    known_at: Literal["event", "created"] = "event"


@dataclass(frozen=True)
class Column:
    """A column of the newest event, in the type that it is given.

    within: the greatest age in microseconds at which the value is still known; None is any age.
    """

    name: str
    dtype: Dtype
    within: int | None = None


@dataclass(frozen=True)
class Window:
    """An aggregation over (t - seconds, t] in the type `dtype`.

    column: None for a count of events; given: the column's type.
    """

    function: AggregationFunction
    column: str | None
    seconds: int
    dtype: Dtype
    given: Dtype | None = None

    @property
    def micros(self) -> int:
        """The window's length in microseconds."""
        return self.seconds * SECOND


def key(name: str) -> str:
    """What a key is called beside `row` and `moment`, whatever its own name."""
    return sql.identifier(f"key {name}")


def moment(timestamp: str) -> str:
    """A time as microseconds since 1970 in UTC; finer ones are cut off."""
    return f"epoch_us(CAST({timestamp} AS TIMESTAMPTZ))"


def happened(events: Events, values: Sequence[str]) -> str:
    """SELECT keys, `moment`, `known` (from when on), `created` and these values of all events that can be known.

    An event without a time or with a null key is known to nobody; dropped here, it costs no sort.
    """
    created = moment(sql.identifier(events.created)) if events.created else "CAST(NULL AS BIGINT)"
    occurred = moment(sql.identifier(events.timestamp))
    by_ingestion = events.known_at == "created"
    known = f"greatest({occurred}, {created})" if by_ingestion else occurred
    columns = [
        *(f"{sql.identifier(name)} AS {key(name)}" for name in events.keys),
        f"{occurred} AS moment",
        f"{known} AS known",
        f"{created} AS created",
        *values,
    ]
    needed = [sql.identifier(name) for name in (*events.keys, events.timestamp)]
    needed += [created] if by_ingestion else []
    complete = " AND ".join(f"{name} IS NOT NULL" for name in needed)
    return f"SELECT {', '.join(columns)} FROM {events.relation} WHERE {complete}"


def typed(columns: Sequence[Column]) -> list[str]:
    """The columns in their types as c0, c1, ...; a float that is not a number is a null."""
    return [f"{sql.declared(sql.identifier(one.name), one.dtype)} AS c{i}" for i, one in enumerate(columns)]


def distinct(columns: Sequence[Column]) -> list[Column]:
    """Each column once, whatever its greatest age."""
    return list(dict.fromkeys(Column(column.name, column.dtype) for column in columns))


def answers(columns: Sequence[Column], among: Sequence[Column], age: str, prefix: str = "") -> str:
    """SELECT list v0, v1, ...: each column of those `among` which it is, null where the event is too old."""
    found = [f"{prefix}c{among.index(Column(one.name, one.dtype))}" for one in columns]
    kept = (
        value if one.within is None else f"CASE WHEN {age} <= {one.within} THEN {value} END"
        for one, value in zip(columns, found, strict=True)
    )
    return ", ".join(f"{value} AS v{i}" for i, value in enumerate(kept))


def measured(windows: Sequence[Window]) -> list[str]:
    """What the windows aggregate, each value once; a window's own is called `measure(window, windows)`."""
    return [f"{value} AS m{i}" for i, value in enumerate(dict.fromkeys(map(_value, windows)))]


def measure(window: Window, windows: Sequence[Window]) -> str:
    """The name under which `measured` selects what a window aggregates."""
    return f"m{list(dict.fromkeys(map(_value, windows))).index(_value(window))}"


def _value(window: Window) -> str:
    if window.column is None:
        return "1"
    if window.given is None:
        return sql.identifier(window.column)
    value = sql.declared(sql.identifier(window.column), window.given)
    as_number = window.given == "boolean" and window.function in ("sum", "mean", "std")
    return f"CAST({value} AS BIGINT)" if as_number else value


def call(window: Window, value: str) -> str:
    """The aggregate function over values."""
    names = {"mean": "avg", "std": "stddev_samp"}
    if window.function == "count_distinct":
        return f"count(DISTINCT {value})"
    return f"{names.get(window.function, window.function)}({value})"


def results(windows: Sequence[Window], prefix: str) -> str:
    """SELECT list v0, v1, ... of what `prefix`0, 1, ... hold, each in the type of its window."""
    return ", ".join(f"{sql.declared(f'{prefix}{i}', window.dtype)} AS v{i}" for i, window in enumerate(windows))


def beside_events(columns: Sequence[Column], newest: Mapping[str, Column], aggregations: Mapping[str, Window]) -> str:
    """SELECT list of events `n` with their columns c0, c1, ..., newest values `l` and windows `w`, each by its name."""
    answered = [("n", f"c{i}", column.name) for i, column in enumerate(columns)]
    answered += [("l", f"v{i}", name) for i, name in enumerate(newest)]
    answered += [("w", f"v{i}", name) for i, name in enumerate(aggregations)]
    return ", ".join(f"{table}.{value} AS {sql.identifier(name)}" for table, value, name in answered)


def same_keys(events: Events) -> list[str]:
    """Conditions that an asking row `e` and an event `f` have the same keys; nulls are never the same."""
    return [f"e.{key(name)} = f.{key(name)}" for name in events.keys]
