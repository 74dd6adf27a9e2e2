"""The header line of a CSV file: of a name that is there twice, DuckDB says nothing, and calls one column otherwise."""

from pathlib import Path

from gitmlops.adapters.engines.duckdb import Engine
from gitmlops.errors import InputError
from gitmlops.features.join import sql


def require_distinct(engine: Engine, file: Path, where: str) -> None:
    """Raises InputError at `where` if two columns have one name; case does not tell them apart, nor does it in SQL."""
    seen: set[str] = set()
    for name in engine.table(sql.csv_header(str(file))).column("name").to_pylist():
        if name and name.lower() in seen:
            what = f"the column {name!r} is there twice (case does not count)"
            raise InputError(what, where=where, mend="keep one, or rename it")
        seen.add((name or "").lower())
