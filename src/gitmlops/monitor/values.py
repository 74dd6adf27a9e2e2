"""Columns of a table as the arrays that are counted."""

from pathlib import Path

import numpy
import pyarrow

from gitmlops.errors import InputError
from gitmlops.statistics.classification import Array


def numbers(values: pyarrow.ChunkedArray, name: str, path: Path) -> pyarrow.ChunkedArray:
    """A column as float64. Raises InputError for text and for what is no number."""
    if is_text(values.type):
        raise InputError(f"{name} is text", where=str(path), mend="write it as a number")
    return cast(values, pyarrow.float64(), name, path, mend="write it as a number")


def floats(values: pyarrow.ChunkedArray | pyarrow.Array) -> Array:
    """A float64 column as an array, null as NaN."""
    array: Array = values.to_numpy(zero_copy_only=False).astype(numpy.float64, copy=False)
    return array


def cast(
    values: pyarrow.ChunkedArray, type_: pyarrow.DataType, name: str, path: Path, *, mend: str
) -> pyarrow.ChunkedArray:
    """A column as another type. Raises InputError for values that it has not."""
    # An int64 beyond 2^53 loses digits as a float, a time beyond microseconds its nanoseconds: neither matters here.
    safe = not (pyarrow.types.is_integer(values.type) or pyarrow.types.is_timestamp(values.type))
    try:
        return values.cast(type_, safe=safe)
    except pyarrow.ArrowException as error:
        raise InputError(f"{name} cannot be read as {type_}: {error}", where=str(path), mend=mend) from error


def is_text(type_: pyarrow.DataType) -> bool:
    """Whether a type is text, dictionaries of it included."""
    kind = type_.value_type if pyarrow.types.is_dictionary(type_) else type_
    text = pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind) or pyarrow.types.is_string_view(kind)
    return bool(text)
