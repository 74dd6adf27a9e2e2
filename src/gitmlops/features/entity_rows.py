"""The rows that features are wanted for: are they fit to be asked about, and as a table for the engine."""

from collections.abc import Sequence
from pathlib import Path

import pandas
import pyarrow

from gitmlops.adapters import tables
from gitmlops.errors import InputError
from gitmlops.specs.feature import Key
from gitmlops.specs.hints import nearest


def read(path: Path, keys: Sequence[Key], *, time: str) -> pandas.DataFrame:
    """The rows of a file: Parquet (a folder of it, too), or CSV with a header line, where an empty field is a null.

    Raises InputError if there is no such file, or a key or a time in it cannot be read as one.
    """
    if path.suffix.lower() != ".csv":
        return tables.read(path)
    # What a column looks like must not decide: a key `007` or `NA` is text where the entity says so.
    types = {key.name: "Int64" if key.dtype == "int64" else "string" for key in keys}
    try:
        rows = pandas.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
        if time in rows.columns:
            rows[time] = pandas.to_datetime(rows[time], utc=True, format="ISO8601")
    except FileNotFoundError as error:
        raise InputError("no such file", where=str(path), mend="mend the path") from error
    except (ValueError, TypeError) as error:
        raise InputError(
            f"not readable: {error}", where=str(path), mend="mend the value, or the file's form"
        ) from error
    return rows


def require(entities: pandas.DataFrame, keys: Sequence[Key], *, time: str, taken: Sequence[str]) -> None:
    """Raises InputError unless the rows have every key and a time, and no column that a feature is called by."""
    names = [str(name) for name in entities.columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"the entity rows have the column {twice[0]!r} twice", mend="keep one")
    for name in (*(key.name for key in keys), time):
        if name not in names:
            raise InputError(f"the entity rows have no column {name!r}", mend=_mend(name, names))
    if clash := [name for name in taken if name in names]:
        message = f"the entity rows have the column {clash[0]!r}, and the set has a feature of that name"
        raise InputError(message, mend="rename or drop the column of the entity rows")


def table(entities: pandas.DataFrame, keys: Sequence[Key], *, time: str) -> pyarrow.Table:
    """Columns k0, k1, ... (the keys), moment and row (0, 1, ...), nulls where a key is null.

    Raises InputError if a key's type is not its entity's, if the times are no times, or if one is missing.
    """
    columns = {f"k{i}": _key(entities[key.name], key) for i, key in enumerate(keys)}
    moments = _moments(entities[time], time)
    return pyarrow.table({**columns, "moment": moments, "row": pyarrow.array(range(len(entities)), pyarrow.int64())})


def _mend(name: str, names: Sequence[str]) -> str:
    return nearest(name, names) if names else "give them one"


def _key(values: pandas.Series, key: Key) -> pyarrow.Array:
    found = _array(values)
    wanted = pyarrow.int64() if key.dtype == "int64" else pyarrow.string()
    if not (pyarrow.types.is_null(found.type) or _is_like(found.type, key.dtype)):
        raise _wrong_type(values, key.dtype)
    try:
        return found.cast(wanted)
    except pyarrow.ArrowInvalid as error:
        raise _wrong_type(values, key.dtype) from error


def _is_like(type_: pyarrow.DataType, dtype: str) -> bool:
    types = pyarrow.types
    if types.is_dictionary(type_):
        type_ = type_.value_type
    if dtype == "int64":
        # pandas makes floats of whole numbers as soon as one is missing.
        return bool(types.is_integer(type_) or types.is_floating(type_))
    return bool(types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_))


def _moments(values: pandas.Series, time: str) -> pyarrow.Array:
    found = _array(values)
    if not len(found):
        return pyarrow.array([], pyarrow.timestamp("us", "UTC"))
    if not (pyarrow.types.is_timestamp(found.type) or pyarrow.types.is_date(found.type)):
        raise InputError(f"the column {time!r} holds {values.dtype}, not times", mend="make it a timestamp column")
    if found.null_count:
        raise InputError(f"{found.null_count} entity rows have no {time!r}", mend="drop them, or give them a time")
    return found


def _array(values: pandas.Series) -> pyarrow.Array:
    try:
        found = pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
        raise InputError(f"the column {values.name!r} mixes types: {error}", mend="give it one type") from error
    return found.combine_chunks() if isinstance(found, pyarrow.ChunkedArray) else found


def _wrong_type(values: pandas.Series, dtype: str) -> InputError:
    message = f"the key {values.name!r} of the entity rows is {values.dtype}, its entity says {dtype}"
    return InputError(message, mend=f"convert the column to {dtype}")
