"""SQL of `feature test`: how many rows fail something, and examples of them."""

from collections.abc import Sequence

from gitmlops.features.join import history, sql
from gitmlops.features.join.relations import Relation

EXAMPLES = 3


def keys(relation: Relation) -> str:
    """SELECT one row: rows, and how many of them have no time, or no value of a key."""
    names = [relation.timestamp, *relation.keys]
    counts = (f"count(*) FILTER ({sql.identifier(name)} IS NULL) AS n{i}" for i, name in enumerate(names))
    return f"SELECT count(*) AS rows, {', '.join(counts)} FROM {relation.text}"


def repeated(relation: Relation) -> str:
    """SELECT one row: n, how many rows have the keys, the time and the ingestion time of an earlier one."""
    names = [*relation.keys, relation.timestamp, *([relation.created] if relation.created else [])]
    listed = ", ".join(map(sql.identifier, names))
    complete = " AND ".join(f"{sql.identifier(name)} IS NOT NULL" for name in (*relation.keys, relation.timestamp))
    grouped = f"SELECT count(*) AS n FROM {relation.text} WHERE {complete} GROUP BY {listed} HAVING count(*) > 1"
    return f"SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) AS n FROM ({grouped})"


def repeated_examples(relation: Relation) -> str:
    """SELECT keys and time of rows that are there more than once."""
    names = [*relation.keys, relation.timestamp]
    created = [relation.created] if relation.created else []
    listed = ", ".join(map(sql.identifier, [*names, *created]))
    complete = " AND ".join(f"{sql.identifier(name)} IS NOT NULL" for name in names)
    return f"""
        SELECT {", ".join(map(sql.identifier, names))} FROM {relation.text} WHERE {complete}
        GROUP BY {listed} HAVING count(*) > 1 ORDER BY {listed} LIMIT {EXAMPLES}"""


def newest(relation: Relation) -> str:
    """SELECT moment: of the newest row, null without any."""
    return f"SELECT max({history.moment(sql.identifier(relation.timestamp))}) AS moment FROM {relation.text}"


def failing(counts: Sequence[str], rows: str) -> str:
    """SELECT n0, n1, ...: how many rows are what each count counts."""
    return f"SELECT {', '.join(f'{one} AS n{i}' for i, one in enumerate(counts))} FROM {rows}"


def counted(condition: str) -> str:
    """How many rows a condition holds of."""
    return f"count(*) FILTER ({condition})"


def count_of_repeats(name: str, rows: str) -> str:
    """How many rows have a value that another one has, too; Spark counts no condition that asks other rows."""
    value = sql.identifier(name)
    repeated = f"SELECT count(*) AS n FROM {rows} WHERE {value} IS NOT NULL GROUP BY {value} HAVING count(*) > 1"
    return f"(SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM ({repeated}))"


def examples(condition: str, names: Sequence[str], order: Sequence[str], rows: str) -> str:
    """SELECT columns of some rows that a condition holds of, always the same ones."""
    by = ", ".join(map(sql.identifier, order))
    listed = ", ".join(map(sql.identifier, names))
    return f"SELECT {listed} FROM {rows} WHERE {condition} ORDER BY {by} LIMIT {EXAMPLES}"


def is_null(name: str) -> str:
    """The condition that there is no value."""
    return f"{sql.identifier(name)} IS NULL"


def below(name: str, least: float) -> str:
    """The condition that a value is less than the least that it may be."""
    return f"{sql.identifier(name)} < CAST('{least!r}' AS DOUBLE)"


def above(name: str, greatest: float) -> str:
    """The condition that a value is more than the greatest that it may be."""
    return f"{sql.identifier(name)} > CAST('{greatest!r}' AS DOUBLE)"


def outside(name: str, categories: Sequence[str]) -> str:
    """The condition that a value, written as text, is none of these."""
    return f"CAST({sql.identifier(name)} AS VARCHAR) NOT IN ({', '.join(map(sql.literal, categories)) or 'NULL'})"


def repeats(name: str, rows: str) -> str:
    """The condition that a value is in several rows."""
    value = sql.identifier(name)
    return f"{value} IN (SELECT {value} FROM {rows} WHERE {value} IS NOT NULL GROUP BY {value} HAVING count(*) > 1)"


def as_text(names: Sequence[str], rows: str) -> str:
    """SELECT the columns as text."""
    texts = (f"CAST({sql.identifier(name)} AS VARCHAR) AS {sql.identifier(name)}" for name in names)
    return f"SELECT {', '.join(texts)} FROM {rows}"
