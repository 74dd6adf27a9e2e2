"""SQL of `feature build`: a digest of each day's rows, and the rows of one partition."""

from collections.abc import Sequence

from gitmlops.features.join import history, sql
from gitmlops.features.join.relations import Relation

DAY = 86_400 * history.SECOND


def known_rows(relation: Relation, columns: Sequence[str]) -> str:
    """SELECT the columns of the rows with a time and all keys: no other row can be asked for."""
    complete = " AND ".join(f"{sql.identifier(name)} IS NOT NULL" for name in (*relation.keys, relation.timestamp))
    return f"SELECT {', '.join(map(sql.identifier, columns))} FROM {relation.text} WHERE {complete}"


def digests(relation: Relation, columns: Sequence[str]) -> str:
    """SELECT day (whole days since 1970, UTC), rows, low, high: sums of the halves of each row's MD5.

    A sum does not depend on the order of rows, and unlike XOR tells two equal rows from none.
    """
    moment = history.moment(sql.identifier(relation.timestamp))
    # Each value with its length, so that no two rows are written alike.
    values = (f"CAST({sql.identifier(name)} AS VARCHAR)" for name in columns)
    parts = [f"coalesce(length({value}) || ':' || {value}, '-')" for value in values]
    row = " || ".join([f"CAST({moment} AS VARCHAR)", *parts])
    return f"""
        SELECT day, count(*) AS rows, CAST(sum(md5_number_lower(row)) AS VARCHAR) AS low,
            CAST(sum(md5_number_upper(row)) AS VARCHAR) AS high
        FROM (SELECT (moment - ((moment % {DAY}) + {DAY}) % {DAY}) // {DAY} AS day, row
            FROM (SELECT {moment} AS moment, {row} AS row FROM {relation.text}))
        GROUP BY day ORDER BY day"""


def between(relation: Relation, columns: Sequence[str], first: int, end: int) -> str:
    """SELECT the columns of the rows whose moment is in [first, end), in an order that only their values decide."""
    moment = history.moment(sql.identifier(relation.timestamp))
    names = ", ".join(map(sql.identifier, columns))
    return f"""
        SELECT {names} FROM {relation.text} WHERE {moment} >= {first} AND {moment} < {end}
        ORDER BY {moment}, {names}"""


def from_moment(rows: str, timestamp: str, columns: Sequence[str], first: int) -> str:
    """SELECT those of the rows whose moment is not before `first`, in an order that only their values decide."""
    moment = history.moment(sql.identifier(timestamp))
    order = ", ".join(f"{sql.identifier(name)} NULLS FIRST" for name in columns)
    return f"SELECT * FROM ({rows}) WHERE {moment} >= {first} ORDER BY {moment}, {order}"
