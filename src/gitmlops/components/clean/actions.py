"""What can be done to a table: each gives the new table, and what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import pandas

from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

_KINDS = ("int64", "float64", "string", "boolean", "timestamp")
_BEYOND = ("drop", "clip", "missing")
_FILLS = ("drop", "median", "most_frequent")
_WORDS_OF_TRUTH: Mapping[object, bool] = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True)
class Done:
    """A table after a step. dropped: rows; changed: values."""

    table: pandas.DataFrame
    step: str
    dropped: int = 0
    changed: int = 0


def with_type(table: pandas.DataFrame, column: str, kind: Any) -> Done:
    """The column as another type; `changed` counts the values that could not be read so. Raises InputError."""
    if kind not in _KINDS:
        raise InputError(f"there is no type {kind!r}", where=f"types.{column}", mend=nearest(str(kind), _KINDS))
    before = table[column]
    after = _converted(before, kind)
    lost = int((after.isna() & before.notna()).sum())
    return Done(table.assign(**{column: after}), f"type({column}, {kind})", changed=lost)


def _converted(values: pandas.Series, kind: str) -> pandas.Series:
    if kind == "string":
        return values.astype("string").astype("str")
    if kind == "timestamp":
        return pandas.to_datetime(values, errors="coerce", utc=True, format=None if _is_time(values) else "ISO8601")
    if kind == "boolean":
        return values.map(lambda one: _WORDS_OF_TRUTH.get(str(one).lower(), pandas.NA)).astype("boolean")
    numbers = pandas.to_numeric(values, errors="coerce")
    if kind == "float64":
        return numbers.astype("float64")
    # Int64, as pandas' int64 has no missing values; Parquet has one whole number type for both.
    return numbers.where(numbers.isna() | (numbers == numbers.round())).astype("Int64")


def _is_time(values: pandas.Series) -> bool:
    return pandas.api.types.is_datetime64_any_dtype(values)


def without_doubles(table: pandas.DataFrame, columns: Sequence[str]) -> Done:
    """The first of the rows that share their values in these columns."""
    kept = table[~table.duplicated(list(columns), keep="first")]
    return Done(kept, f"unique({', '.join(columns)})", dropped=len(table) - len(kept))


def within_categories(table: pandas.DataFrame, column: str, given: Any) -> Done:
    """Values that are not allowed as another word, or as missing. Raises InputError."""
    _require_keys(given, ("allowed", "other"), f"categories.{column}", "{allowed: [EWR, JFK], other: elsewhere}")
    allowed = given.get("allowed")
    if not isinstance(allowed, list) or not allowed:
        raise InputError("allowed is no list of values", where=f"categories.{column}", mend="write e.g. [EWR, JFK]")
    strange = table[column].notna() & ~table[column].isin(allowed)
    values = table[column].mask(strange, given.get("other", None))
    return Done(table.assign(**{column: values}), f"category({column})", changed=int(strange.sum()))


def within_limits(table: pandas.DataFrame, column: str, given: Any) -> Done:
    """Rows or values beyond the limits dropped, clipped or missing; missing values pass. Raises InputError."""
    where = f"outliers.{column}"
    _require_keys(given, ("min", "max", "do"), where, "{min: -120, max: 1800, do: drop}")
    lower, upper, do = given.get("min"), given.get("max"), given.get("do")
    if do not in _BEYOND:
        raise InputError(f"do is {do!r}", where=where, mend=nearest(str(do), _BEYOND))
    if not all(isinstance(limit, int | float | None) for limit in (lower, upper)) or lower is upper is None:
        raise InputError("neither min nor max is a number", where=where, mend="write one of them, or both")
    values = table[column]
    if not pandas.api.types.is_numeric_dtype(values):
        raise InputError(f"the column is {values.dtype}", where=where, mend="limit columns of numbers")
    numbers = values.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
    beyond = (numbers < (-numpy.inf if lower is None else lower)) | (numbers > (numpy.inf if upper is None else upper))
    step, count = f"outliers({column}, {do})", int(beyond.sum())
    if do == "drop":
        return Done(table[~beyond], step, dropped=count)
    changed = values.clip(lower, upper) if do == "clip" else values.mask(beyond)
    return Done(table.assign(**{column: changed}), step, changed=count)


def without_gaps(table: pandas.DataFrame, column: str, given: Any) -> Done:
    """Rows without a value dropped, or the values filled. Raises InputError."""
    where, gaps = f"missing.{column}", table[column].isna()
    if given == "drop":
        return Done(table[~gaps], f"missing({column}, drop)", dropped=int(gaps.sum()))
    if isinstance(given, Mapping):
        _require_keys(given, ("fill",), where, "{fill: 0}")
        value = given.get("fill")
    else:
        value = _typical(table[column], given, where)
    filled = _filled(table[column], value, where)
    return Done(table.assign(**{column: filled}), f"missing({column}, {value})", changed=int(gaps.sum()))


def _filled(values: pandas.Series, value: Any, where: str) -> pandas.Series:
    try:
        filled = values.fillna(value)
    except (TypeError, ValueError):
        filled = None
    if filled is None or filled.dtype != values.dtype:  # pandas makes it a column of anything
        mend = f"fill with a value of {values.dtype}"
        raise InputError(f"{value!r} does not fit into the column", where=where, mend=mend)
    return filled


def _typical(values: pandas.Series, how: Any, where: str) -> Any:
    if how not in _FILLS:
        raise InputError(f"there is no way {how!r}", where=where, mend=nearest(str(how), (*_FILLS, "{fill: VALUE}")))
    if how == "median" and not pandas.api.types.is_numeric_dtype(values):
        raise InputError(f"the column is {values.dtype}", where=where, mend="take most_frequent, or fill with a value")
    if not values.notna().any():
        raise InputError("the column has no value at all", where=where, mend="write {fill: VALUE}")
    return values.median() if how == "median" else values.mode().iloc[0]  # of equally frequent ones the least


def _require_keys(given: Any, known: Sequence[str], where: str, example: str) -> None:
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"{given!r} is no mapping", where=where, mend=f"write e.g. {example}")
    for key in given:
        if key not in known:
            raise InputError(f"unknown key {key!r}", where=where, mend=nearest(str(key), known))
