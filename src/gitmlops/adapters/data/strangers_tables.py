"""Parquet files that strangers made: what their footers say is weighed before anything is decoded.

A few kilobytes can stand for billions of rows: one value is written once, with how often it is repeated.
"""

import pandas
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from gitmlops.errors import InputError

MOST_BYTES = 1 << 32
"""Of a table without its compression, as its footer says, and of each column of texts written out."""
MOST_COLUMNS = 10_000
MOST_VALUES = 1 << 29
"""Rows times columns."""
_MEND = "write it again, smaller"


def decode(content: bytes, *, path: str, rows: int | None = None) -> pandas.DataFrame:
    """The rows of a Parquet file. rows: how many it must have, where that is known.

    Raises InputError if it is none, or would be too large, or has another number of rows: then nothing of it is read.
    """
    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content))
        _weigh(file.metadata, path, rows)
        texts = [name for name in file.schema_arrow.names if _is_text(file.schema_arrow, name)]
        # As dictionaries: a text of a megabyte that stands in a million rows is a megabyte so.
        lean = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content), read_dictionary=texts).read()
        frame: pandas.DataFrame = _written_out(lean, file.schema_arrow, path).to_pandas()
    except InputError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"not readable as Parquet: {str(error).partition(chr(10))[0][:200]}"
        raise InputError(what, where=path, mend="write it again") from error
    return frame


def _weigh(footer: pyarrow.parquet.FileMetaData, path: str, rows: int | None) -> None:
    if rows is not None and footer.num_rows != rows:
        what = f"{footer.num_rows} rows by its footer, the evaluation set has {rows}"
        raise InputError(what, where=path, mend="write one row for each of its rows")
    chunks = [
        footer.row_group(group).column(column)
        for group in range(footer.num_row_groups)
        for column in range(footer.num_columns if footer.num_columns <= MOST_COLUMNS else 0)
    ]
    weights = (
        ("columns", footer.num_columns, MOST_COLUMNS),
        ("values", max(footer.num_rows * footer.num_columns, sum(one.num_values for one in chunks)), MOST_VALUES),
        ("bytes without compression", sum(one.total_uncompressed_size for one in chunks), MOST_BYTES),
    )
    for what, found, most in weights:
        if found > most:
            raise InputError(f"{found:,} {what} by its footer, more than {most:,}", where=path, mend=_MEND)
    if any(footer.schema.column(column).max_repetition_level for column in range(footer.num_columns)):
        raise InputError("a column of lists or maps", where=path, mend="write plain values")


def _is_text(schema: pyarrow.Schema, name: str) -> bool:
    known = schema.field(name).type if schema.get_field_index(name) >= 0 else None
    return known is not None and (pyarrow.types.is_string(known) or pyarrow.types.is_large_string(known))


def _written_out(lean: pyarrow.Table, schema: pyarrow.Schema, path: str) -> pyarrow.Table:
    """The table with every text in its place. Raises InputError for a column that would be too large."""
    columns = []
    for field, column in zip(schema, lean.columns, strict=True):
        if not pyarrow.types.is_dictionary(column.type) or pyarrow.types.is_dictionary(field.type):
            columns.append(column)
            continue
        if (size := sum(map(_size, column.chunks))) > MOST_BYTES:
            what = f"the texts of {field.name!r} are {size:,} bytes written out, more than {MOST_BYTES:,}"
            raise InputError(what, where=path, mend=_MEND)
        columns.append(column.cast(field.type))
    return pyarrow.Table.from_arrays(columns, schema=schema)


def _size(chunk: pyarrow.DictionaryArray) -> int:
    lengths = pyarrow.compute.binary_length(chunk.dictionary)
    return int(pyarrow.compute.sum(lengths.take(chunk.indices)).cast(pyarrow.int64()).as_py() or 0)
