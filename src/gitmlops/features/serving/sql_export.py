"""SQL of `feature export`: which keys there are, and what to ask about each."""

from collections.abc import Mapping, Sequence

from gitmlops.features.join import history, sql
from gitmlops.features.join.history import Column, Window
from gitmlops.features.join.relations import Relation
from gitmlops.features.join.sql_asof import beside
from gitmlops.specs.feature import Dtype


def asked(relation: Relation, keys: Mapping[str, Dtype], at: int) -> str:
    """SELECT row, moment and keys: every combination of keys of which an event happened by then, asking at `at`."""
    if not keys:
        return f"SELECT 0 AS row, CAST({at} AS BIGINT) AS moment"
    typed = {name: sql.cast(sql.identifier(name), dtype) for name, dtype in keys.items()}
    complete = [f"{sql.identifier(name)} IS NOT NULL" for name in keys]
    happened = f"{history.moment(sql.identifier(relation.timestamp))} <= {at}"
    distinct = ", ".join(f"{value} AS {history.key(name)}" for name, value in typed.items())
    order = ", ".join(history.key(name) for name in keys)
    known = f"SELECT DISTINCT {distinct} FROM {relation.text} WHERE {' AND '.join([*complete, happened])}"
    return f"""
        SELECT row_number() OVER (ORDER BY {order}) - 1 AS row, CAST({at} AS BIGINT) AS moment, {order}
        FROM ({known}) ORDER BY row"""


def sampled(relation: Relation, keys: Mapping[str, Dtype], at: int, count: int) -> str:
    """SELECT keys by their names: at most `count` of those that are `asked`, evenly out of all."""
    named = ", ".join(f"{history.key(name)} AS {sql.identifier(name)}" for name in keys)
    every = f"SELECT greatest(1, CAST(ceil(count(*) / {count}) AS BIGINT)) FROM known"
    return f"""
        WITH known AS MATERIALIZED ({asked(relation, keys, at)})
        SELECT {named} FROM known WHERE row % ({every}) = 0 ORDER BY row"""


def served(
    keys: Sequence[str], newest: Sequence[Column], windows: Sequence[Window], asked_: str, tables: Sequence[str]
) -> str:
    """SELECT k0, ..., moment, v0, ...: keys, the newest event's moment, and the answers as SQLite keeps them.

    tables: of the newest events, whose last column is their time, then of the windows; one of them may be missing.
    """
    left = list(tables)
    columns = [f"{asked_}.{history.key(name)} AS k{i}" for i, name in enumerate(keys)]
    moment = history.moment(f"{left[0]}.v{len(newest)}") if newest else "CAST(NULL AS BIGINT)"
    columns.append(f"{moment} AS moment")
    types: list[Dtype] = [*(one.dtype for one in newest), *(one.dtype for one in windows)]
    places = [f"{left[0]}.v{i}" for i in range(len(newest))] + [f"{left[-1]}.v{i}" for i in range(len(windows))]
    columns += [f"{_kept(place, dtype)} AS v{i}" for i, (place, dtype) in enumerate(zip(places, types, strict=True))]
    return f"SELECT {', '.join(columns)} FROM {beside(asked_, f'{asked_}.row', left)} ORDER BY {asked_}.row"


def _kept(value: str, dtype: Dtype) -> str:
    if dtype == "timestamp":
        return history.moment(value)
    return f"CAST({value} AS BIGINT)" if dtype == "boolean" else value
