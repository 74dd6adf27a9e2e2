"""Which form of the point-in-time join an engine runs."""

from types import ModuleType

from gitmlops.adapters.engines.engine import Engine
from gitmlops.errors import InputError
from gitmlops.features.join import sql_asof, sql_portable


def of(engine: Engine) -> ModuleType:
    """The module whose `latest`, `windows`, `rows` and `beside` are for this engine: see `history`."""
    return sql_asof if engine.name == "duckdb" else sql_portable


def require_same_meaning(engine: Engine, text: str, *, where: str) -> None:
    """Raises InputError for SQL of a definition that is not known to mean the same on this engine as on DuckDB."""
    if engine.name != "duckdb":
        message = f"it is not known whether {text.strip().splitlines()[0]!r} gives the same on {engine.name}"
        raise InputError(message, where=where, mend="use `engine: duckdb`")
