"""Entity rows in SQL: read, looked at, asked with, and put beside the answers, line by line."""

from collections.abc import Mapping

from gitmlops.adapters.engines.numbered import ROW, Numbered
from gitmlops.features.join import history, sql
from gitmlops.features.wiring import dtypes
from gitmlops.specs.feature import Dtype

# The first whole number that a float of the type has in common with another one.
_EXACT = {"FLOAT": 2**24, "DOUBLE": 2**53}


def guessed_csv(file: str, typed: Mapping[str, Dtype]) -> str:
    """SELECT a CSV file's rows: some columns in the types that are known, the others as all of their values look."""
    texts = ", ".join(f"{sql.literal(name)}: 'VARCHAR'" for name in typed)
    casts = ", ".join(
        f"{sql.cast(sql.identifier(name), dtype)} AS {sql.identifier(name)}" for name, dtype in typed.items()
    )
    relation = f"read_csv({sql.literal(file)}, {sql.CSV_FORMAT}, sample_size = -1, types = {{{texts}}})"
    return f"SELECT * REPLACE ({casts}), row_number() OVER () - 1 AS {ROW} FROM {relation}"


def mistakes(time: str, whole: Mapping[str, str], relation: str) -> str:
    """SELECT one row: how many rows have no time, and of each column of floats how many are not whole, or too large.

    whole: column -> its type. Beyond what is exact in the type, two whole numbers may be one float.
    """
    counts = [f"count(*) FILTER ({history.moment(sql.identifier(time))} IS NULL) AS timeless"]
    for i, (name, type_) in enumerate(whole.items()):
        column = sql.identifier(name)
        counts.append(f"count(*) FILTER ({_fraction(column)}) AS fractions{i}")
        counts.append(f"count(*) FILTER ({_large(column, type_)}) AS large{i}")
    return f"SELECT {', '.join(counts)} FROM {relation}"


def asked(
    rows: Numbered, time: str, columns: Mapping[str, str], wanted: Mapping[str, Dtype], found: Mapping[str, str]
) -> str:
    """SELECT row, moment, and columns: new name -> name.

    wanted: the types that the columns are given; found: those that they have. A float that is no number is a null.
    """
    values = "".join(f", {_value(name, wanted[name], found[name])} AS {new}" for new, name in columns.items())
    moment = history.moment(sql.in_microseconds(sql.identifier(time), found[time]))
    return f"SELECT {rows.row} AS row, {moment} AS moment{values} FROM {rows.relation}"


def inputs(places: Mapping[str, str], row: str, rows: str) -> str:
    """SELECT the number of each row and what an expression computes with: name -> where its value is."""
    named = "".join(f", {value} AS {sql.identifier(name)}" for name, value in places.items())
    return f"SELECT {row} AS {ROW}{named} FROM {rows}"


def computing(expression: str, relation: str) -> str:
    """SELECT the number of each row and a user's expression."""
    return f"SELECT {ROW} AS row, ({expression}\n) AS computed FROM {relation}"


def computed(dtype: Dtype, relation: str) -> str:
    """SELECT row, v0: what was computed, in its declared type."""
    return f"SELECT row, {sql.declared('computed', dtype)} AS v0 FROM {relation}"


def selected(columns: Mapping[str, str], rows: str) -> str:
    """SELECT columns: name -> where its value is."""
    return f"SELECT {', '.join(f'{value} AS {sql.identifier(name)}' for name, value in columns.items())} FROM {rows}"


def count(relation: str) -> str:
    """SELECT the number of rows."""
    return f"SELECT count(*) AS n FROM {relation}"


def _value(name: str, dtype: Dtype, found: str) -> str:
    column = sql.in_microseconds(sql.identifier(name), found)
    if dtypes.of_sql(found) == "float64":
        column = f"CASE WHEN NOT isnan({column}) THEN {column} END"
    return sql.cast(column, dtype)


def _fraction(number: str) -> str:
    return f"NOT isnan({number}) AND {number} <> trunc({number})"


def _large(number: str, type_: str) -> str:
    # A DECIMAL is a float to us, and exact.
    return f"NOT isnan({number}) AND abs({number}) >= {_EXACT[type_]}" if type_ in _EXACT else "false"
