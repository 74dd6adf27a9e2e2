"""DuckDB, locked down: what strangers' SQL may reach is the listed files, and nothing else on the machine."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from gitmlops.adapters.engines.numbered import Numbered
from gitmlops.errors import InputError, ToolError
from gitmlops.specs.engine import EngineName

_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
MEMORY_LIMIT = "GITMLOPS_MEMORY_LIMIT"
"""The environment's name for the most memory that an engine may use."""
_MACHINE = (duckdb.OutOfMemoryException, duckdb.IOException)
# What is wrong in a text that somebody wrote. Other errors point into SQL of ours, which nobody can look up.
_WRITTEN = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)


@dataclass(frozen=True)
class Engine:
    """A database in memory, in UTC. Errors of the SQL are duckdb's: see `blaming`."""

    connection: duckdb.DuckDBPyConnection
    _trees: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> EngineName:
        """What `gitmlops.yaml` calls it."""
        return "duckdb"

    @property
    def version(self) -> str:
        """Its name and release."""
        return f"duckdb {duckdb.__version__}"

    def columns(self, relation: str) -> Mapping[str, str]:
        """Name -> type of what can stand after FROM; binds it, reads no more than a file's header."""
        described = self.connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        return {str(row[0]): str(row[1]) for row in described}

    def parquet(self, files: Sequence[Path]) -> str:
        """Parquet files, all with the same columns, as what can stand after FROM."""
        return f"read_parquet([{', '.join(map(_text, files))}], hive_partitioning = false)"

    def numbered_parquet(self, files: Sequence[Path]) -> Numbered:
        """Parquet files, one after the other, whose rows have numbers."""
        return Numbered(self.parquet(files), "row_number() OVER () - 1")

    @contextmanager
    def reader(self, files: Sequence[Path] = ()) -> Iterator["Engine"]:
        """This engine, which must have been told of the files: see `opened`."""
        yield self

    def take(self, reader: "Engine", select: str) -> str:
        """The rows of a SELECT of this engine, as what can stand after FROM."""
        return f"({select})"

    def run(self, statement: str) -> None:
        """Run a statement for its effect on this database."""
        self.connection.execute(statement)

    def keep(self, name: str, select: str) -> None:
        """Keep the rows of a SELECT, in their order, as a table of this database; name: as SQL writes it."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")

    def write_parquet(self, select: str, path: Path) -> None:
        """Write the rows of a SELECT, in their order; the path must be one that `opened` was told of."""
        # Without a file of its own beside it, which nobody allowed.
        options = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false"
        self.connection.execute(f"COPY ({select}) TO {_text(path)} ({options})")

    def write_file(self, select: str, path: Path) -> None:
        """Like `write_parquet`, which writes one file here."""
        self.write_parquet(select, path)

    def table(self, select: str) -> pyarrow.Table:
        """The rows of a SELECT."""
        return self.connection.sql(select).to_arrow_table()

    def has_schema(self, name: str) -> bool:
        """Whether a schema of this name was made in this database."""
        found = self.connection.execute("SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", [name]).fetchone()
        return found is not None

    def create_schema(self, name: str) -> None:
        """Make a place for views of the same names as elsewhere."""
        self.connection.execute(f"CREATE SCHEMA {name}")

    def create_view(self, schema: str, name: str, select: str) -> None:
        """Give a SELECT a name in a schema; what it reads without naming a schema is in this one, if it is there."""
        self.connection.execute(f"CREATE VIEW {schema}.{name} AS {select}")

    def adopt(self, schema: str, name: str, select: str, given: Mapping[str, Mapping[str, str]]) -> None:
        """Like `create_view`, for a SELECT that anybody wrote. Only a statement at the top can write: in here not."""
        # It begins on the line of the bracket, so that the lines in DuckDB's messages are its own.
        self.create_view(schema, name, f"SELECT * FROM ({select.strip().rstrip(';')}\n)")

    def register(self, name: str, table: pyarrow.Table) -> None:
        """Make an Arrow table readable under a name, without a copy."""
        self.connection.register(name, table)

    def blaming(self, where: str, mend: str) -> AbstractContextManager[None]:
        """What goes wrong in here as an InputError at a place; ToolError where memory or disk is at fault."""
        return blaming(where, mend)

    def require_one_select(self, text: str, *, where: str) -> None:
        """Raises InputError unless the text is exactly one SELECT without parameters; parses, runs nothing."""
        statements = self.connection.extract_statements(text)
        kinds = ", ".join(statement.type.name for statement in statements) or "none"
        if kinds != "SELECT":
            raise InputError(
                f"exactly one SELECT is allowed here; found: {kinds}", where=where, mend="write one SELECT"
            )
        if statements[0].named_parameters:
            raise InputError("the SQL has parameters", where=where, mend="write the values out")

    def parse_ahead(self, texts: Sequence[str]) -> None:
        """Parse many texts at once, in a tenth of the time: `parsed_select` then has their trees. Runs nothing."""
        options = "skip_null := true, skip_empty := true, skip_default := true"
        serialize = f"SELECT text, json_serialize_sql(text, {options}) FROM (SELECT unnest(?) AS text)"
        self._trees.update(self.connection.execute(serialize, [[*texts]]).fetchall())

    def parsed_select(self, text: str, *, where: str) -> Any:
        """DuckDB's own tree of the text, as lists and mappings; fields that are empty are left out. Runs nothing.

        Raises InputError unless the text is exactly one SELECT without parameters.
        """
        self.require_one_select(text, where=where)
        if text not in self._trees:
            self.parse_ahead([text])
        tree = json.loads(self._trees[text])
        if tree["error"]:
            raise InputError(
                f"not a plain SELECT: {tree.get('error_message')}", where=where, mend="write it as SELECT ... FROM"
            )
        return tree


def bound(select: str, given: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """Name -> type of what a SELECT gives, bound to tables without rows; given: table -> column -> type."""
    with opened() as empty:
        for table, columns in given.items():
            nulls = ", ".join(f"CAST(NULL AS {type_}) AS {_name(name)}" for name, type_ in columns.items())
            empty.run(f"CREATE TABLE {_name(table)} AS SELECT {nulls or 1} WHERE false")
        return empty.columns(f"({select.strip().rstrip(';')}\n)")


@contextmanager
def opened(
    readable: Sequence[Path] = (), *, writable: Sequence[Path] = (), threads: int | None = None
) -> Iterator[Engine]:
    """An engine that can reach these files (real paths, no links), and no other file, network or extension.

    threads: all of the machine's unless named; with one, float sums have the same last digit every time.

    What does not fit into the memory that GITMLOPS_MEMORY_LIMIT names (e.g. 2GB; most of the machine's if it is not
    set) goes to temporary files. Raises InputError if that is no amount of memory.
    """
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as spill, duckdb.connect(config=_LOCKED) as connection:
        allowed = ", ".join(map(_text, (*readable, *writable)))
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = '{spill}'")
        _limit_memory(connection)
        if threads is not None:
            connection.execute(f"SET threads = {threads}")
        # Single files, not folders: DuckDB may also write where a folder is allowed.
        connection.execute(f"SET allowed_paths = [{allowed}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        with _interruptible():
            yield Engine(connection)


def _name(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _text(path: Path) -> str:
    """A path as SQL writes a text."""
    return "'" + str(path).replace("'", "''") + "'"


@contextmanager
def _interruptible() -> Iterator[None]:
    """An interrupt while a query runs as the KeyboardInterrupt that it was: DuckDB makes an error of its own of it."""
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if isinstance(error, RuntimeError) and str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error


def _limit_memory(connection: duckdb.DuckDBPyConnection) -> None:
    if limit := os.environ.get(MEMORY_LIMIT):
        try:
            connection.execute("SET memory_limit = '" + limit.replace("'", "''") + "'")
        except duckdb.Error as error:
            message = f"{limit!r} is no amount of memory"
            raise InputError(
                message, where=MEMORY_LIMIT, mend="write a number and a unit, e.g. 300MB or 2GB"
            ) from error


@contextmanager
def blaming(where: str, mend: str) -> Iterator[None]:
    """What goes wrong in here as an InputError at a place; ToolError where memory or disk is at fault."""
    try:
        yield
    except _MACHINE as error:
        raise ToolError(_sentence(error), where=where, mend="free memory or disk space and run it again") from error
    except duckdb.InterruptException:  # nobody's mistake: see `opened`
        raise
    except duckdb.Error as error:
        raise InputError(_sentence(error), where=where, mend=mend) from error


def _sentence(error: duckdb.Error) -> str:
    """The first line of DuckDB's message without its class, and the line of a user's SQL that it points at."""
    lines = str(error).splitlines()
    first = lines[0].partition(" Error: ")[2] or lines[0]
    pointed = next((line.partition(":")[0].lower() for line in lines if line.startswith("LINE ")), "")
    return first.rstrip("!.") + (f" ({pointed} of the SQL)" if pointed and isinstance(error, _WRITTEN) else "")
