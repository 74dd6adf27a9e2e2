"""The SQL of on-demand features: one expression over features and fields of the request, bound without any data."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitmlops.adapters.engines.duckdb import Engine, blaming
from gitmlops.definitions import Placed
from gitmlops.errors import InputError
from gitmlops.features.join import sql
from gitmlops.features.wiring import dtypes, reproducible
from gitmlops.specs.feature import Dtype, Feature, OnDemand

_REPRODUCIBLE = "take it from a field of the request"
# What a SELECT of one bare expression has, in DuckDB's tree of it.
_BARE = {"type", "select_list", "from_table", "aggregate_handling", "cte_map"}


def inputs(placed: Placed[OnDemand], features: Iterable[Feature]) -> Mapping[str, Dtype]:
    """What the expression can name: the features that it draws on, then the fields of the request."""
    return {**{feature.name: feature.dtype for feature in features}, **placed.spec.request}


def bind(engine: Engine, placed: Placed[OnDemand], given: Mapping[str, Dtype]) -> None:
    """Raises InputError unless the SQL is one expression of the declared type, computed from one row's inputs alone.

    engine: has no rows and can open nothing.
    """
    where = str(placed.at("sql"))
    mend = f"{placed.spec.id} has: {', '.join(given)}" if given else "name `inputs` or `request` fields"
    with blaming(where, mend):
        tree = engine.parsed_select(f"SELECT ({placed.spec.sql}\n)", where=where)
        _require_bare(tree, where)
        engine.columns(sql.of_one_row(placed.spec.sql, given))
        (type_,) = engine.columns(sql.expression(placed.spec.sql, given)).values()
    reproducible.require(tree, "", given, where=where, mend=_REPRODUCIBLE)
    found = dtypes.of_sql(type_)
    if not dtypes.fits(found, placed.spec.dtype):
        message = f"the SQL gives {found or f'{type_}, which no feature can be'}, the feature says {placed.spec.dtype}"
        raise InputError(message, where=str(placed.at("dtype")), mend=f"write `dtype: {found}`" if found else "cast it")


def _require_bare(tree: Any, where: str) -> None:
    (statement,) = tree["statements"]
    node = statement["node"]
    bare = node["type"] == "SELECT_NODE" and not node.keys() - _BARE and len(node["select_list"]) == 1
    if not bare or node["from_table"]["type"] != "EMPTY" or _has_subquery(node["select_list"]):
        raise InputError("the SQL is not one expression", where=where, mend="write e.g. `a / nullif(b, 0)`")


def _has_subquery(tree: Any) -> bool:
    if isinstance(tree, dict):
        return tree.get("class") == "SUBQUERY" or any(map(_has_subquery, tree.values()))
    return isinstance(tree, list) and any(map(_has_subquery, tree))
