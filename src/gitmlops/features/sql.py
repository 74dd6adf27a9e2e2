"""Every line of SQL that the feature store runs, made in one place. Nothing here runs anything.

Two forms answer "as known at that moment": `latest` for values, `windows` for aggregations.
Both read a relation of events and the table ENTITIES (its columns: k0, k1, ... for the keys, moment, row), and
give v0, v1, ... for every entity row, ordered by `row`. Moments are microseconds since 1970 in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitmlops.features import dtypes
from gitmlops.specs.feature import AggregationFunction, Dtype

ENTITIES = "entity_rows"
_CALLS = {"count": "count", "sum": "sum", "mean": "avg", "min": "min", "max": "max"}


@dataclass(frozen=True)
class Events:
    """What happened: a relation (text that can stand after FROM), its key columns and its timestamp column."""

    relation: str
    keys: tuple[str, ...]
    timestamp: str


@dataclass(frozen=True)
class Column:
    """A column of the events, with the type that it is given."""

    name: str
    dtype: Dtype


@dataclass(frozen=True)
class Window:
    """An aggregation over (t - seconds, t]; column is None for a count of events.

    as_number: booleans are taken as 0 and 1.
    """

    function: AggregationFunction
    column: str | None
    seconds: int
    dtype: Dtype
    as_number: bool = False


def identifier(name: str) -> str:
    """A name as SQL reads it, whatever its letters."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant."""
    return "'" + text.replace("'", "''") + "'"


def cast(expression: str, dtype: Dtype) -> str:
    """The expression in one of our types."""
    return f"CAST({expression} AS {dtypes.SQL[dtype]})"


def typed(columns: Mapping[str, Dtype], relation: str) -> str:
    """SELECT the declared columns of a relation, each in its declared type; a float that is not a number is a null."""
    selected = ", ".join(
        f"{declared(identifier(name), dtype)} AS {identifier(name)}" for name, dtype in columns.items()
    )
    return f"SELECT {selected} FROM {relation}"


def declared(column: str, dtype: Dtype) -> str:
    """The column in its declared type; a float that is not a number is a null."""
    # Not nullif(x, 'NaN'): Parquet's statistics leave NaN out, so that DuckDB holds the comparison for false.
    typed = cast(column, dtype)
    return f"CASE WHEN NOT isnan({typed}) THEN {typed} END" if dtype == "float64" else typed


def parquet(files: Sequence[str]) -> str:
    """Parquet files, all with the same columns, as a relation."""
    return f"read_parquet([{', '.join(map(literal, files))}], hive_partitioning = false)"


def csv(file: str) -> str:
    """A CSV file with a header line as a relation of text; an empty field is a null."""
    return (
        f"read_csv({literal(file)}, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', "
        "nullstr = '', hive_partitioning = false)"
    )


def unreadable(columns: Mapping[str, Dtype], relation: str) -> str:
    """SELECT one row: for each column of text a value that is not of the declared type, null where all are."""
    checks = (
        f"any_value({identifier(name)}) FILTER (NOT {_readable(identifier(name), dtype)}) AS {identifier(name)}"
        for name, dtype in columns.items()
    )
    return f"SELECT {', '.join(checks)} FROM {relation}"


def _readable(text: str, dtype: Dtype) -> str:
    # A cast alone would round 1.5 to a whole number.
    whole = f" AND regexp_full_match(trim({text}), '[-+]?[0-9]+')" if dtype == "int64" else ""
    return f"({text} IS NULL OR (TRY_CAST({text} AS {dtypes.SQL[dtype]}) IS NOT NULL{whole}))"


def empty(columns: Mapping[str, Dtype]) -> str:
    """SELECT no rows with these columns: what a transform is bound against."""
    selected = ", ".join(f"CAST(NULL AS {dtypes.SQL[dtype]}) AS {identifier(name)}" for name, dtype in columns.items())
    return f"SELECT {selected or 1} WHERE false"


def everything(relation: str) -> str:
    """SELECT all columns and rows of a relation."""
    return f"SELECT * FROM {relation}"


def expression(text: str, inputs: Mapping[str, Dtype]) -> str:
    """SELECT a user's expression over one row of inputs that is not there, as a relation of one column."""
    return f"(SELECT ({text}\n) FROM ({empty(inputs)}))"


def of_one_row(text: str, inputs: Mapping[str, Dtype]) -> str:
    """A relation that binds only if the expression asks no other row than its own.

    In WHERE no aggregate and no window can stand.
    """
    return f"(SELECT 1 FROM ({empty(inputs)}) WHERE ({text}\n) IS NULL)"


def subquery(select: str) -> str:
    """A user's SELECT as a relation. Only a statement at the top can write: in here it cannot.

    It begins on the line of the bracket, so that the lines in DuckDB's messages are its own; it may end in a comment.
    """
    return f"({select.strip().rstrip(';')}\n)"


def latest(events: Events, columns: Sequence[Column], *, ttl: int | None) -> str:
    """For every entity row the columns of the newest event at or before its moment, and at most `ttl` seconds older.

    Of several events with the same keys and time, the one with the greatest columns counts, compared from the
    first column on, null being smallest: the answer does not depend on the order of rows or files.
    """
    values = ", ".join(f"{cast(identifier(column.name), column.dtype)} AS v{i}" for i, column in enumerate(columns))
    order = ", ".join(f"v{i} DESC NULLS LAST" for i in range(len(columns)))
    keys = [f"k{i}" for i in range(len(events.keys))]
    known = f"CASE WHEN e.moment - f.moment <= {ttl * 1_000_000} THEN {{}} END" if ttl is not None else "{}"
    answers = ", ".join(f"{known.format(f'f.v{i}')} AS v{i}" for i in range(len(columns)))
    same = " AND ".join([*(f"e.{key} = f.{key}" for key in keys), "e.moment >= f.moment"])
    return f"""
        SELECT {answers}
        FROM ({_entities(events)}) e ASOF LEFT JOIN (
            SELECT * FROM ({_happened(events, values)})
            QUALIFY row_number() OVER (PARTITION BY {", ".join([*keys, "moment"])} ORDER BY {order}) = 1
        ) f ON {same}
        ORDER BY e.row"""


def windows(events: Events, aggregations: Sequence[Window]) -> str:
    """For every entity row each aggregation over the events of its window; an empty one counts 0 and else gives null.

    One pass over events and entity rows in order of time: a range join dies of skewed keys, this does not.
    """
    names = list(dict.fromkeys(window.column for window in aggregations if window.column is not None))
    values = "".join(f", {identifier(name)} AS c{i}" for i, name in enumerate(names))
    nothing = "".join(f", NULL AS c{i}" for i in range(len(names)))
    keys = ", ".join(f"k{i}" for i in range(len(events.keys)))
    partition = f"PARTITION BY {keys} " if keys else ""
    answers = ", ".join(_answer(window, i, names, partition) for i, window in enumerate(aggregations))
    return f"""
        SELECT * EXCLUDE (row) FROM (
            SELECT row, {answers} FROM (
                SELECT *, NULL AS row FROM ({_happened(events, f"true AS happened{values}")})
                UNION ALL BY NAME
                SELECT *, NULL AS happened{nothing} FROM ({_entities(events)})
            )
        ) WHERE row IS NOT NULL ORDER BY row"""


def rows(events: Events, columns: Sequence[Column], aggregations: Mapping[str, Window]) -> str:
    """SELECT every event with a time and all keys: these columns, and each aggregation by its name, at its own time.

    Events at one time are in each other's windows: what holds at a moment does not depend on their order.
    """
    names = list(dict.fromkeys(window.column for window in aggregations.values() if window.column is not None))
    kept = [f"{cast(identifier(column.name), column.dtype)} AS p{i}" for i, column in enumerate(columns)]
    values = ", ".join([*kept, "true AS happened", *(f"{identifier(name)} AS c{i}" for i, name in enumerate(names))])
    keys = ", ".join(f"k{i}" for i in range(len(events.keys)))
    partition = f"PARTITION BY {keys} " if keys else ""
    answers = "".join(f", {_answer(one, i, names, partition)}" for i, one in enumerate(aggregations.values()))
    called = [f"p{i} AS {identifier(column.name)}" for i, column in enumerate(columns)]
    called += [f"v{i} AS {identifier(name)}" for i, name in enumerate(aggregations)]
    return f"SELECT {', '.join(called)} FROM (SELECT *{answers} FROM ({_happened(events, values)}))"


def _answer(window: Window, index: int, names: Sequence[str], partition: str) -> str:
    column = "happened" if window.column is None else f"c{names.index(window.column)}"
    value = f"CAST({column} AS BIGINT)" if window.as_number else column
    frame = f"RANGE BETWEEN {window.seconds * 1_000_000 - 1} PRECEDING AND CURRENT ROW"
    call = f"{_CALLS[window.function]}({value}) OVER ({partition}ORDER BY moment {frame})"
    return f"{cast(call, window.dtype)} AS v{index}"


def _happened(events: Events, values: str) -> str:
    """The events with a time and all keys: a null key never matches, and costs a sort if it stays."""
    keys = "".join(f"{identifier(name)} AS k{i}, " for i, name in enumerate(events.keys))
    complete = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in (*events.keys, events.timestamp))
    return f"SELECT {keys}{_moment(identifier(events.timestamp))}, {values} FROM {events.relation} WHERE {complete}"


def _entities(events: Events) -> str:
    keys = "".join(f"k{i}, " for i in range(len(events.keys)))
    return f"SELECT {keys}{_moment('moment')}, row FROM {ENTITIES}"


def _moment(timestamp: str) -> str:
    return f"epoch_us(CAST({timestamp} AS TIMESTAMPTZ)) AS moment"
