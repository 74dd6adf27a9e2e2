"""Entity rows in SQL: read, looked at, asked with, and put beside the answers, line by line."""

from collections.abc import Mapping, Sequence

from gitmlops.features import dtypes, history, sql
from gitmlops.specs.feature import Dtype


def guessed_csv(file: str, typed: Mapping[str, Dtype]) -> str:
    """SELECT a CSV file's rows: some columns in the types that are known, the others as all of their values look."""
    texts = ", ".join(f"{sql.literal(name)}: 'VARCHAR'" for name in typed)
    casts = ", ".join(
        f"{sql.cast(sql.identifier(name), dtype)} AS {sql.identifier(name)}" for name, dtype in typed.items()
    )
    relation = (
        f"read_csv({sql.literal(file)}, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        f"sample_size = -1, hive_partitioning = false, types = {{{texts}}})"
    )
    return f"SELECT * REPLACE ({casts}) FROM {relation}"


def mistakes(time: str, whole: Sequence[str], relation: str) -> str:
    """SELECT one row: how many rows have no time, and how many of each of these columns of floats are not whole."""
    counts = [f"count(*) FILTER ({history.moment(sql.identifier(time))} IS NULL) AS timeless"]
    counts += [f"count(*) FILTER ({_fraction(sql.identifier(name))}) AS c{i}" for i, name in enumerate(whole)]
    return f"SELECT {', '.join(counts)} FROM {relation}"


def asked(
    relation: str, time: str, columns: Mapping[str, str], wanted: Mapping[str, Dtype], found: Mapping[str, str]
) -> str:
    """SELECT row (0, 1, ... in the order of the relation), moment, and columns: new name -> name.

    wanted: the types that the columns are given; found: those that they have. A float that is no number is a null.
    """
    values = "".join(f", {_value(name, wanted[name], found[name])} AS {new}" for new, name in columns.items())
    moment = history.moment(sql.identifier(time))
    return f"SELECT row_number() OVER () - 1 AS row, {moment} AS moment{values} FROM {relation}"


def computed(expression: str, dtype: Dtype, inputs: Mapping[str, str], rows: str) -> str:
    """SELECT v0: a user's expression over inputs, name -> where its value is, for every row."""
    named = ", ".join(f"{value} AS {sql.identifier(name)}" for name, value in inputs.items()) or "1"
    value = sql.declared(f"({expression}\n)", dtype)
    return f"SELECT {value} AS v0 FROM (SELECT {named} FROM {rows})"


def selected(columns: Mapping[str, str], rows: str) -> str:
    """SELECT columns: name -> where its value is."""
    return f"SELECT {', '.join(f'{value} AS {sql.identifier(name)}' for name, value in columns.items())} FROM {rows}"


def beside(tables: Sequence[str]) -> str:
    """Tables of the same rows in the same order as one relation."""
    return " POSITIONAL JOIN ".join(tables)


def count(relation: str) -> str:
    """SELECT the number of rows."""
    return f"SELECT count(*) AS n FROM {relation}"


def _value(name: str, dtype: Dtype, found: str) -> str:
    column = sql.identifier(name)
    if dtypes.of_sql(found) == "float64":
        column = f"CASE WHEN NOT isnan({column}) THEN {column} END"
    return sql.cast(column, dtype)


def _fraction(number: str) -> str:
    return f"NOT isnan({number}) AND {number} <> trunc({number})"
