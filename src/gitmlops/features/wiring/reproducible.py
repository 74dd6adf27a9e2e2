"""Whether a SELECT gives the same answer for the same rows, read from DuckDB's own tree of it."""

from collections.abc import Collection, Iterator
from typing import Any

from gitmlops.errors import InputError

# DuckDB's catalogue says which functions are volatile, but not all: a test compares.
CLOCKS = frozenset(
    {
        "ago",
        "current_date",
        "current_localtime",
        "current_localtimestamp",
        "current_time",
        "current_timestamp",
        "get_current_time",
        "get_current_timestamp",
        "localtime",
        "localtimestamp",
        "now",
        "pg_conf_load_time",
        "pg_postmaster_start_time",
        "today",
        "transaction_timestamp",
    }
)
DICE = frozenset(
    {
        "currval",
        "gen_random_uuid",
        "nextval",
        "random",
        "setseed",
        "setval",
        "uuid",
        "uuidv4",
        "uuidv7",
    }
)
MACHINE = frozenset(
    {
        "current_catalog",
        "current_connection_id",
        "current_database",
        "current_query",
        "current_query_id",
        "current_role",
        "current_schema",
        "current_schemas",
        "current_setting",
        "current_transaction_id",
        "current_user",
        "error",
        "getvariable",
        "in_search_path",
        "session_user",
        "sleep_ms",
        "stats",
        "txid_current",
        "user",
        "vector_type",
        "version",
        "write_log",
    }
)
_WITHOUT_BRACKETS = (CLOCKS | MACHINE) - {"error", "stats", "now", "today", "ago", "version"}
_TABLE_FUNCTIONS = frozenset({"generate_series", "range", "unnest"})


def require(tree: Any, table: str, columns: Collection[str], *, where: str, mend: str) -> None:
    """Raises InputError if the SELECT asks the clock, the dice or the machine, or reads another table.

    columns: names that are data, whatever functions are called so.
    """
    names = frozenset(name.lower() for name in columns)
    tables = frozenset({table.lower(), *_named_parts(tree)})
    for node in _nodes(tree):
        if name := _function(node) or _column(node, names):
            raise InputError(f"{name} is not reproducible: {_reason(name)}", where=where, mend=mend)
        if "sample" in node:
            raise InputError("a sample is not reproducible: it draws other rows each time", where=where, mend=mend)
        if other := _other_table(node, tables):
            raise InputError(f"{other} is not what the view reads from", where=where, mend=f"read {table} alone")


def _named_parts(tree: Any) -> Iterator[str]:
    """What the SELECT itself gives a name, with WITH."""
    for node in _nodes(tree):
        yield from (str(part["key"]).lower() for part in node.get("cte_map", {}).get("map", []))


def _other_table(node: dict[str, Any], tables: frozenset[str]) -> str:
    if node.get("type") == "TABLE_FUNCTION":
        name = _called(node["function"])
        return "" if name in _TABLE_FUNCTIONS else f"{name}()"
    if node.get("type") != "BASE_TABLE":
        return ""
    path = [str(node[part]) for part in ("catalog_name", "schema_name", "table_name") if node.get(part)]
    return "" if len(path) == 1 and path[0].lower() in tables else ".".join(path)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += reversed(node.values())
        elif isinstance(node, list):
            waiting += reversed(node)


def _function(node: dict[str, Any]) -> str:
    if node.get("class") not in ("FUNCTION", "WINDOW") or not (name := _called(node)):
        return ""
    # age(t) is the time since t, age(a, b) the time between them.
    if name in CLOCKS | DICE | MACHINE or (name == "age" and len(node.get("arguments", ())) == 1):
        return f"{name}()"
    return ""


def _called(node: dict[str, Any]) -> str:
    return str(node.get("function_name", "")).lower()


def _column(node: dict[str, Any], columns: frozenset[str]) -> str:
    """`current_date` and the like, which are functions only where no column has their name."""
    path = node.get("column_names", []) if node.get("class") == "COLUMN_REF" else []
    name = str(path[0]).lower() if len(path) == 1 else ""
    return name if name in _WITHOUT_BRACKETS and name not in columns else ""


def _reason(name: str) -> str:
    plain = name.removesuffix("()")
    if plain in DICE:
        return "it gives something else each time"
    return "it tells of the machine" if plain in MACHINE else "it tells the time of the run"
