"""What a data engine does for us. Its language is DuckDB's SQL: another engine translates, or refuses."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Protocol

import pyarrow

from gitmlops.adapters.engines.duckdb import Engine as DuckDB
from gitmlops.adapters.engines.numbered import Numbered
from gitmlops.specs.engine import EngineName


class Engine(Protocol):
    """Tables by name, and what SELECTs make of them. Names are as SQL writes them."""

    @property
    def name(self) -> EngineName:
        """What `gitmlops.yaml` calls it."""

    @property
    def version(self) -> str:
        """Its name and release: another one may add floats up in another order."""

    def columns(self, relation: str) -> Mapping[str, str]:
        """Name -> DuckDB's type of what can stand after FROM; reads no more than files' headers."""

    def parquet(self, files: Sequence[Path]) -> str:
        """Parquet files, all with the same columns, as what can stand after FROM."""

    def numbered_parquet(self, files: Sequence[Path]) -> Numbered:
        """Parquet files, one after the other, whose rows have numbers."""

    def reader(self, files: Sequence[Path] = ()) -> AbstractContextManager[DuckDB]:
        """DuckDB, which reads for every engine what has to be looked at whole: CSV, headers, tables in memory."""

    def take(self, reader: DuckDB, select: str) -> str:
        """The rows of a SELECT that the reader runs, as what can stand after FROM here."""

    def has_schema(self, name: str) -> bool:
        """Whether a schema of this name was made here."""

    def create_schema(self, name: str) -> None:
        """Make a place for views of the same names as elsewhere."""

    def create_view(self, schema: str, name: str, select: str) -> None:
        """Give a SELECT a name in a schema; what it reads without naming a schema is in this one, if it is there."""

    def adopt(self, schema: str, name: str, select: str, given: Mapping[str, Mapping[str, str]]) -> None:
        """Like `create_view`, for a SELECT that anybody wrote. given: table -> column -> DuckDB's type, all it reads.

        Raises InputError unless it is known to give here what it gives on DuckDB, which binds it.
        """

    def keep(self, name: str, select: str) -> None:
        """Keep the rows of a SELECT under a name."""

    def register(self, name: str, table: pyarrow.Table) -> None:
        """Make an Arrow table readable under a name."""

    def table(self, select: str) -> pyarrow.Table:
        """The rows of a SELECT."""

    def write_parquet(self, select: str, path: Path) -> None:
        """Write the rows of a SELECT, in their order."""

    def write_file(self, select: str, path: Path) -> None:
        """Write the rows of a SELECT, in their order, as one Parquet file."""

    def blaming(self, where: str, mend: str) -> AbstractContextManager[None]:
        """What goes wrong in here as an InputError at a place; ToolError where the machine is at fault."""


class Opening(Protocol):
    """The function `opened` of an engine's module."""

    def __call__(
        self, readable: Sequence[Path] = (), *, writable: Sequence[Path] = (), threads: int | None = None
    ) -> AbstractContextManager[Engine]:
        """An engine that reads and writes these files, and is closed at the end of the block."""


def opening(name: EngineName) -> Opening:
    """What opens the engine of this name. Raises ModuleNotFoundError where its package is not installed."""
    # By name: to import Spark takes half a second, which nobody else should wait for.
    opened: Opening = import_module(f"gitmlops.adapters.engines.{name}").opened
    return opened
