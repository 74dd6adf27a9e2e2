"""Entity rows with features, each as it was known at the row's own time: file to file."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.engines.duckdb import blaming, opened
from gitmlops.adapters.files import not_written
from gitmlops.definitions import Definitions
from gitmlops.features.join import answers, entity_rows, sql, sql_rows
from gitmlops.features.wiring.selection import Choice


@dataclass(frozen=True)
class Written:
    """What was written: rows, and columns that were appended to them."""

    rows: int
    features: int


def retrieve_file(
    root: Path, definitions: Definitions, entities: Path, output: Path, *, chosen: Sequence[Choice], time: str
) -> Written:
    """Write the rows of a file, all of them, in their order, with a column appended for each feature, as Parquet.

    The file is written whole or not at all. Raises InputError or InputErrors: rows, definitions or data that do not
    fit; ToolError if it cannot be written.
    """
    wanted = answers.wanted(definitions, chosen, time)
    # A name of its own: two that wrote to one file would publish what neither of them made.
    partial = output.absolute().parent.resolve() / f".{output.name}.{secrets.token_hex(8)}.partial"
    readable = [*answers.readable(root, definitions, chosen), *entity_rows.files(entities)]
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        with opened(readable, writable=[partial]) as engine:
            given = entity_rows.attach_file(engine, entities, wanted)
            found = answers.compute(engine, root, definitions, chosen)
            columns = {name: f"given.{sql.identifier(name)}" for name in given.columns}
            rows = sql_rows.beside((f"{given.relation} given", *found.tables))
            with blaming(str(output), "free disk space, and run it again"):
                engine.write_parquet(sql_rows.selected({**columns, **found.of(chosen)}, rows), partial)
            (counted,) = engine.table(sql_rows.count(entity_rows.ASKED)).to_pylist()
        partial.replace(output)
    except OSError as error:
        raise not_written(output, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return Written(counted["n"], len(chosen))
