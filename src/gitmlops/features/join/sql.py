"""SQL of the feature store: names, types, files, and SELECTs that users wrote. Nothing here runs anything.

The point-in-time join is in `sql_asof` and `sql_portable`.
"""

from collections.abc import Mapping

from gitmlops.features.wiring import dtypes
from gitmlops.specs.feature import Dtype

_MOMENTS = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")
_NANOSECONDS = ("TIMESTAMP_NS", "TIMESTAMPTZ_NS")
# A clock time that says how far it is from UTC: `...:00Z`, `...:00+02:00`, `...:00 Europe/Paris`.
_WITH_ZONE = r":[0-9.]+ *([zZ]|[+-][0-9:]+|[A-Za-z_]+(/[A-Za-z_+-]+)*)$"


# Left to itself, DuckDB guesses: lines that begin with `#` could be comments to it, and rows would be lost.
CSV_FORMAT = (
    "header = true, delim = ',', quote = '\"', escape = '\"', comment = '', skip = 0, nullstr = '', "
    "hive_partitioning = false"
)


def identifier(name: str) -> str:
    """A name as SQL reads it, whatever its letters."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant."""
    return "'" + text.replace("'", "''") + "'"


def cast(expression: str, dtype: Dtype) -> str:
    """The expression in one of our types."""
    return f"CAST({expression} AS {dtypes.SQL[dtype]})"


def typed(columns: Mapping[str, Dtype], relation: str, found: Mapping[str, str], zone: str) -> str:
    """SELECT the declared columns of a relation, each in its declared type; a float that is not a number is a null.

    found: the types that the columns have; zone: where the clocks stood that wrote times without one.
    """
    places = {name: in_microseconds(identifier(name), found[name]) for name in columns}
    values = {name: _read(places[name], dtype, found[name], zone) for name, dtype in columns.items()}
    return f"SELECT {', '.join(f'{value} AS {identifier(name)}' for name, value in values.items())} FROM {relation}"


def _read(column: str, dtype: Dtype, found: str, zone: str) -> str:
    if dtype != "timestamp" or zone == "UTC" or found in _MOMENTS:
        return declared(column, dtype)
    local = f"timezone({literal(zone)}, CAST({column} AS TIMESTAMP))"
    if found != "VARCHAR":
        return local
    has_zone = f"regexp_matches(trim({column}), {literal(_WITH_ZONE)})"
    return f"CASE WHEN {has_zone} THEN {declared(column, dtype)} ELSE {local} END"


def in_microseconds(column: str, found: str) -> str:
    """The column; of times in nanoseconds what is finer than a microsecond is cut off, back in time.

    found: the column's type. A cast would round, so that a row could see what happens half a microsecond after it.
    """
    if found not in _NANOSECONDS:
        return column
    nanos = f"epoch_ns(CAST({column} AS TIMESTAMP_NS))"
    return f"make_timestamp(({nanos} - ({nanos} % 1000 + 1000) % 1000) // 1000)"


def declared(column: str, dtype: Dtype) -> str:
    """The column in its declared type; a float that is not a number is a null."""
    # Not nullif(x, 'NaN'): Parquet's statistics leave NaN out, so that DuckDB holds the comparison for false.
    typed = cast(column, dtype)
    return f"CASE WHEN NOT isnan({typed}) THEN {typed} END" if dtype == "float64" else typed


def csv(file: str) -> str:
    """A CSV file with a header line as a relation of text; an empty field is a null."""
    return f"read_csv({literal(file)}, all_varchar = true, {CSV_FORMAT})"


def csv_header(file: str) -> str:
    """SELECT the names in a CSV file's header line, as they are written: `csv` makes them differ."""
    line = CSV_FORMAT.replace("header = true", "header = false")
    first = f"SELECT * FROM read_csv({literal(file)}, all_varchar = true, {line}) LIMIT 1"
    return f"SELECT unnest([*COLUMNS(*)]) AS name FROM ({first})"


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
