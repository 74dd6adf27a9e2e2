"""Entity rows with features, each as it was known at the row's own time: file to file."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.engines.engine import opening
from gitmlops.adapters.engines.numbered import ROW
from gitmlops.adapters.files import not_written, remove, replace
from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.features.join import answers, entity_rows, forms, sql, sql_rows
from gitmlops.features.wiring.selection import Choice
from gitmlops.specs.engine import EngineName


@dataclass(frozen=True)
class Written:
    """What was written: rows, and columns that were appended to them."""

    rows: int
    features: int


def retrieve_file(
    root: Path,
    definitions: Definitions,
    entities: Path,
    output: Path,
    *,
    chosen: Sequence[Choice],
    time: str,
    engine: EngineName,
) -> Written:
    """Write the rows of a file, all of them, in their order, with a column appended for each feature, as Parquet.

    It is written whole or not at all: a file, by Spark a folder of files, in whose order of names the rows are.
    Raises InputError or InputErrors: rows, definitions or data that do not fit; ToolError if it cannot be written.
    """
    wanted = answers.wanted(definitions, chosen, time)
    _require_ours(output, engine)
    # A name of its own: two that wrote to one file would publish what neither of them made.
    partial = output.absolute().parent.resolve() / f".{output.name}.{secrets.token_hex(8)}.partial"
    readable = [*answers.readable(root, definitions, chosen), *entity_rows.files(entities)]
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        with opening(engine)(readable, writable=[partial]) as opened:
            given = entity_rows.attach_file(opened, entities, wanted)
            found = answers.compute(opened, root, definitions, chosen)
            columns = {name: f"given.{sql.identifier(name)}" for name in given.columns}
            form = forms.of(opened)
            rows = form.beside(f"{given.rows.relation} given", f"given.{ROW}", found.tables)
            select = form.in_order(sql_rows.selected({**columns, **found.of(chosen)}, rows), f"given.{ROW}")
            with opened.blaming(str(output), "free disk space, and run it again"):
                opened.write_parquet(select, partial)
                (counted,) = opened.table(sql_rows.count(given.rows.relation)).to_pylist()
        replace(partial, output)
    except OSError as error:
        raise not_written(output, error) from error
    finally:
        remove(partial)
    return Written(counted["n"], len(chosen))


def _require_ours(output: Path, engine: EngineName) -> None:
    """Raises InputError for a folder in the place of a file, or with anything else than tables in it."""
    if output.is_dir() and engine == "duckdb":
        raise InputError("a folder, and a file is to be written", where=str(output), mend="name another")
    if output.is_dir() and (other := sorted(file.name for file in output.iterdir() if file.suffix != ".parquet")):
        raise InputError(f"a folder that holds {other[0]}, which is no table", where=str(output), mend="name another")
