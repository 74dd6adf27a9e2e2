"""Columns of a data frame as columns of a profile: bins chosen from the values, and the rows counted on them."""

from collections.abc import Collection
from typing import cast

import numpy
import pandas
import pyarrow
from msgspec.structs import replace

from gitmlops.monitor.profiles.columns import (
    MIN_LEVEL_ROWS,
    Summary,
    filled,
    levels_column,
    numbers_column,
    origin,
    personal_numbers_column,
)
from gitmlops.monitor.profiles.counting import add, bins_of, empty
from gitmlops.records.baseline import CategoricalColumn, Column, Dtype


def column_of(name: str, values: pandas.Series, importance: float | None, personal: Collection[str]) -> Column:
    """A column of numbers, or of levels. personal: names of columns whose values are of people."""
    if not pandas.api.types.is_numeric_dtype(values):
        return levels_of(name, values, importance)
    array = arrow(values)
    known = array.drop_null().to_numpy(zero_copy_only=False)
    dtype: Dtype = "float64"
    if pandas.api.types.is_bool_dtype(values):
        known, dtype = known.astype(numpy.int64), "boolean"
    elif pandas.api.types.is_integer_dtype(values):
        known, dtype = known.astype(numpy.int64), "int64"
    choose = personal_numbers_column if name in personal else numbers_column
    column = choose(name, known, dtype)
    summary = Summary(origin(known))
    summary.add(known.astype(numpy.float64))
    return replace(_counted(column, array, summary), importance=importance, moments=None)


def levels_of(name: str, values: pandas.Series, importance: float | None) -> CategoricalColumn:
    """A column of levels: what is there, as text."""
    frequencies = values.dropna().astype(str).value_counts()
    named = {str(level): int(rows) for level, rows in frequencies.items()}
    column = levels_column(name, named, "string", fewest=MIN_LEVEL_ROWS)
    return cast("CategoricalColumn", replace(_counted(column, arrow(values), None), importance=importance))


def _counted(column: Column, values: pyarrow.Array, summary: Summary | None) -> Column:
    bins = bins_of(column)
    tally = empty(bins)
    add(tally, values, bins)
    return filled(column, tally, summary)


def arrow(values: pandas.Series) -> pyarrow.Array:
    """A column of a frame: numbers as they are, anything else as text."""
    if pandas.api.types.is_numeric_dtype(values):
        return pyarrow.array(values, from_pandas=True)
    return pyarrow.array(
        [None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
    )
