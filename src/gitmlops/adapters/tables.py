"""Parquet files as Arrow tables and data frames."""

from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet

from gitmlops.adapters.files import not_written
from gitmlops.errors import InputError


def read(path: Path, *, columns: list[str] | None = None) -> pandas.DataFrame:
    """A Parquet file, or every Parquet file of a folder in the order of their names. Raises InputError."""
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise InputError("no such table", where=str(path), mend="run `dvc pull`, or the pipeline that writes it")
    try:
        parts = [pyarrow.parquet.ParquetFile(file).read(columns=columns) for file in files]
        return pyarrow.concat_tables(parts, promote_options="default").to_pandas()
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"not readable as Parquet: {error}", where=str(path), mend="write it again") from error


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
