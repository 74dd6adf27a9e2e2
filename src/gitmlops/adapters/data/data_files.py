"""Data files, Parquet or CSV, read a column of some rows at a time: memory does not grow with the file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.csv
import pyarrow.parquet

from gitmlops.adapters.data.row_files import is_lines
from gitmlops.errors import InputError

_ROWS = 131_072
_BYTES = 1 << 22
_SUFFIXES = (".parquet", ".pq", ".csv")


@dataclass(frozen=True)
class ParquetRows:
    """A row group: each column is read when it is asked for."""

    file: pyarrow.parquet.ParquetFile
    group: int
    path: Path

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.file.metadata.row_group(self.group).num_rows)

    def column(self, name: str) -> Iterator[pyarrow.Array]:
        """A column in parts, in order. Raises InputError if it cannot be read."""
        with _readable(self.path):
            batches = self.file.iter_batches(
                _ROWS, row_groups=[self.group], columns=[name], use_threads=False, use_pandas_metadata=False
            )
            for batch in batches:
                yield batch.column(name)  # by name: a column `a.b` comes along with `a`


@dataclass(frozen=True)
class BatchRows:
    """Some rows that are in memory already: lines of a CSV file, or what an engine hands over."""

    batch: pyarrow.RecordBatch

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.batch.num_rows)

    def column(self, name: str) -> Iterator[pyarrow.Array]:
        """A column, in one part."""
        yield self.batch.column(name)


Rows = ParquetRows | BatchRows


def files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files, and of a folder every data file in it by name, also in folders of partitions (`day=2026-11-30`).

    Raises InputError for what is not there or no table.
    """
    found: list[Path] = []
    for path in paths:
        inside = [*_inside(path)] if path.is_dir() else [path]
        if not inside or not inside[0].exists():
            mend = "name Parquet, CSV or JSON Lines files, or a folder of them"
            raise InputError("no such table", where=str(path), mend=mend)
        found += inside
    if wrong := [path for path in found if not _is_table(path)]:
        what, mend = "neither Parquet nor CSV nor JSON Lines", "call it .parquet, .csv or .jsonl"
        raise InputError(what, where=str(wrong[0]), mend=mend)
    return tuple(found)


def _inside(folder: Path) -> Iterator[Path]:
    for each in sorted(folder.iterdir()):
        if each.is_dir() and "=" in each.name:
            yield from _inside(each)
        elif _is_table(each):
            yield each


def _is_table(path: Path) -> bool:
    return path.suffix in _SUFFIXES or is_lines(path)


def types(path: Path) -> Mapping[str, pyarrow.DataType]:
    """The columns of a file and their types, of CSV as its first lines look; whole numbers there are floats.

    Raises InputError if it cannot be read or has a column twice.
    """
    with _readable(path):
        if path.suffix == ".csv":
            with pyarrow.csv.open_csv(path, _read(), convert_options=_convert({})) as reader:
                schema = reader.schema
        else:
            schema = pyarrow.parquet.read_schema(path)
    if len(set(schema.names)) < len(schema.names):
        twice = next(name for name in schema.names if schema.names.count(name) > 1)
        raise InputError(f"the column {twice!r} is there twice", where=str(path), mend="name each column once")
    return {field.name: _of_csv(field.type) if path.suffix == ".csv" else field.type for field in schema}


def rows(path: Path, columns: Mapping[str, pyarrow.DataType]) -> Iterator[Rows]:
    """The rows of a file in parts. columns: the types that columns of CSV are read as. Raises InputError."""
    with _readable(path):
        if path.suffix != ".csv":
            file = pyarrow.parquet.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
            yield from (ParquetRows(file, group, path) for group in range(file.num_row_groups))
            return
        with pyarrow.csv.open_csv(path, _read(), convert_options=_convert(columns)) as reader:
            yield from (BatchRows(batch) for batch in reader)


def _read() -> pyarrow.csv.ReadOptions:
    return pyarrow.csv.ReadOptions(block_size=_BYTES, use_threads=False)


def _convert(columns: Mapping[str, pyarrow.DataType]) -> pyarrow.csv.ConvertOptions:
    return pyarrow.csv.ConvertOptions(column_types=dict(columns), strings_can_be_null=True)


def _of_csv(type_: pyarrow.DataType) -> pyarrow.DataType:
    """A first line of 1 says nothing of 1.5 in the next block, and one without a value nothing at all."""
    if pyarrow.types.is_integer(type_):
        return pyarrow.float64()
    return pyarrow.string() if pyarrow.types.is_null(type_) or pyarrow.types.is_time(type_) else type_


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        what = (
            f"not readable as {'CSV' if path.suffix == '.csv' else 'Parquet'}: {str(error).partition(chr(10))[0][:300]}"
        )
        raise InputError(what, where=str(path), mend="write it again") from error
