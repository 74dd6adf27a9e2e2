"""Which form of the point-in-time join an engine runs."""

from types import ModuleType

from gitmlops.adapters.engines.engine import Engine
from gitmlops.features.join import sql_asof, sql_portable


def of(engine: Engine) -> ModuleType:
    """The module whose `latest`, `windows`, `rows` and `beside` are for this engine: see `history`."""
    return sql_asof if engine.name == "duckdb" else sql_portable
