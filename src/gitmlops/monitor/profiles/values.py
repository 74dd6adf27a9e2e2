"""Columns of a table as the arrays that are counted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.errors import InputError
from gitmlops.statistics.classification import Array

Number = TypeVar("Number", numpy.float64, numpy.int64)


def numbers(values: pyarrow.ChunkedArray, name: str, path: Path) -> pyarrow.ChunkedArray:
    """A column as float64. Raises InputError for text and for what is no number."""
    if is_text(values.type):
        raise InputError(f"{name} is text", where=str(path), mend="write it as a number")
    return cast(values, pyarrow.float64(), name, path, mend="write it as a number")


def floats(values: pyarrow.ChunkedArray | pyarrow.Array) -> Array:
    """A column of numbers as an array, null as NaN."""
    whole = _one(values).cast(pyarrow.float64())
    found = _data(whole, numpy.float64)
    if whole.null_count:
        found = numpy.where(present(whole), found, numpy.nan)
    return found


def present(values: pyarrow.ChunkedArray | pyarrow.Array) -> NDArray[numpy.bool_]:
    """Which values are there."""
    whole = _one(values)
    bits = whole.buffers()[0]
    if bits is None or not whole.null_count:
        return numpy.full(len(whole), pyarrow.types.is_null(whole.type) is False)
    flags = numpy.unpackbits(numpy.frombuffer(bits, dtype=numpy.uint8), bitorder="little")
    return flags[whole.offset : whole.offset + len(whole)].astype(bool)


def _one(values: pyarrow.ChunkedArray | pyarrow.Array) -> pyarrow.Array:
    return values.combine_chunks() if isinstance(values, pyarrow.ChunkedArray) else values


def _data(values: pyarrow.Array, dtype: type[Number]) -> NDArray[Number]:
    """The values as they lie in memory. Not by to_numpy, which imports pandas: that costs more than the counting."""
    buffer = values.buffers()[1]
    if buffer is None:
        return numpy.zeros(len(values), dtype=dtype)
    return numpy.frombuffer(buffer, dtype=dtype)[values.offset : values.offset + len(values)]


def texts(values: Sequence[str]) -> pyarrow.StringArray:
    """Texts as an Arrow array. Not by pyarrow.array, which imports pandas."""
    encoded = [value.encode() for value in values]
    ends = numpy.cumsum([0, *map(len, encoded)], dtype=numpy.int32)
    buffers = (pyarrow.py_buffer(ends), pyarrow.py_buffer(b"".join(encoded)))
    return pyarrow.StringArray.from_buffers(len(encoded), *buffers)


def places(values: pyarrow.ChunkedArray | pyarrow.Array, *, missing: int) -> NDArray[numpy.int64]:
    """Whole numbers as an array, null as `missing`."""
    whole = _one(values).cast(pyarrow.int64())
    found = _data(whole, numpy.int64)
    return numpy.where(present(whole), found, missing) if whole.null_count else found


def mask(flags: NDArray[numpy.bool_]) -> pyarrow.BooleanArray:
    """Flags as an Arrow array."""
    bits = pyarrow.py_buffer(numpy.packbits(flags, bitorder="little"))
    return pyarrow.BooleanArray.from_buffers(pyarrow.bool_(), len(flags), [None, bits])


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
