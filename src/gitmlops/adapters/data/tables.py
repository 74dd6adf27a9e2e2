"""Parquet files as Arrow tables and data frames."""

from collections.abc import Mapping
from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet

from gitmlops.adapters.files import not_written
from gitmlops.errors import InputError
from gitmlops.specs.feature import Dtype


def read(path: Path, *, columns: list[str] | None = None) -> pandas.DataFrame:
    """A Parquet file, or every Parquet file of a folder in the order of their names. Raises InputError."""
    files = _files(path)
    try:
        parts = [pyarrow.parquet.ParquetFile(file).read(columns=columns) for file in files]
        frame: pandas.DataFrame = pyarrow.concat_tables(parts, promote_options="default").to_pandas()
    except (pyarrow.ArrowException, OSError) as error:
        raise _not_readable(path, error) from error
    return frame


def columns(path: Path) -> Mapping[str, Dtype | None]:
    """The columns of a Parquet file, or of the first one of a folder, by name; no type for lists and the like.

    Raises InputError.
    """
    try:
        schema = pyarrow.parquet.read_schema(_files(path)[0])
    except (pyarrow.ArrowException, OSError) as error:
        raise _not_readable(path, error) from error
    return {field.name: _dtype(field.type) for field in schema}


def write(frame: pandas.DataFrame, path: Path) -> None:
    """Write a Parquet file whole or not at all: same frame, same bytes."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pyarrow.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        pyarrow.parquet.write_table(table, partial, compression="zstd")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise not_written(path, error) from error


def _dtype(type_: pyarrow.DataType) -> Dtype | None:
    is_a = pyarrow.types
    if is_a.is_dictionary(type_):
        return _dtype(type_.value_type)
    found: dict[Dtype, bool] = {
        "int64": is_a.is_integer(type_),
        "float64": is_a.is_floating(type_) or is_a.is_decimal(type_),
        "string": is_a.is_string(type_) or is_a.is_large_string(type_) or is_a.is_string_view(type_),
        "boolean": is_a.is_boolean(type_),
        "timestamp": is_a.is_timestamp(type_) or is_a.is_date(type_),
    }
    return next((dtype for dtype, holds in found.items() if holds), None)


def _files(path: Path) -> list[Path]:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files and any(path.glob("*.jsonl")):
        what = "no such table: the folder has JSON lines, and no Parquet files"
        raise InputError(what, where=str(path), mend="write them as Parquet")
    if not files or not files[0].exists():
        raise InputError("no such table", where=str(path), mend="run `dvc pull`, or the pipeline that writes it")
    return files


def _not_readable(path: Path, error: Exception) -> InputError:
    return InputError(f"not readable as Parquet: {error}", where=str(path), mend="write it again")
