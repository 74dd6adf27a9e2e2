"""Rows as they could have been: with noise, with a value missing, out of range, or given to another row."""

from typing import Any, Literal

import msgspec
import numpy
import pandas

from gitmlops.specs.model import Task

_NOISE = 0.1
_BEYOND = 10.0
_UNSEEN = "(never seen)"

Kind = Literal["as_is", "noise", "missing", "outside", "permuted"]


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to change all rows. columns: what is changed; seed: of what is drawn."""

    kind: Kind
    columns: tuple[str, ...] = ()
    seed: int = 0


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The variants that a model of a task scores; timed: how many rows it scores one by one, against the clock."""

    task: Task
    variants: tuple[Variant, ...]
    timed: int = 0

    def columns(self, place: int) -> list[str]:
        """What the predictions of a variant are called where those of all stand side by side."""
        return [f"{place} {name}" for name in self.task.predicted]


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why variants have no scores, by their place in the plan; milliseconds of each row that was scored alone."""

    failed: dict[int, str] = {}
    milliseconds: tuple[float, ...] = ()


def varied(rows: pandas.DataFrame, variant: Variant) -> pandas.DataFrame:
    """The rows, changed in these columns.

    noise: numbers + N(0, 0.1 sd of their column); missing: no value; outside: numbers 10 times their range below the
    least in every other row and above the greatest in the rest, and a word that nobody has seen; permuted: each value
    in a random other row. What has no such change (the noise of a word) stays as it is.
    """
    if variant.kind == "as_is":
        return rows
    generator = numpy.random.default_rng(variant.seed)
    return rows.assign(**{name: _changed(rows[name], variant.kind, generator) for name in variant.columns})


def _changed(values: "pandas.Series[Any]", kind: Kind, generator: numpy.random.Generator) -> Any:
    if kind == "permuted":
        return values.iloc[generator.permutation(len(values))].set_axis(values.index)
    if kind == "missing":
        return _without(values)
    if not is_number(values):
        return _unseen(values) if kind == "outside" and not _is_time(values) else values
    numbers = values.astype("float64")
    finite = numbers[numpy.isfinite(numbers)]
    if kind == "noise":
        return numbers + generator.normal(size=len(numbers)) * _NOISE * (finite.std(ddof=0) if len(finite) else 0.0)
    return _outside(finite, len(numbers))


def is_number(values: "pandas.Series[Any]") -> bool:
    """Whether a column has numbers; true and false are none."""
    kinds = pandas.api.types
    return kinds.is_numeric_dtype(values.dtype) and not kinds.is_bool_dtype(values.dtype)


def _is_time(values: "pandas.Series[Any]") -> bool:
    kinds = pandas.api.types
    return kinds.is_datetime64_any_dtype(values.dtype) or kinds.is_timedelta64_dtype(values.dtype)


def _without(values: "pandas.Series[Any]") -> Any:
    if is_number(values) or pandas.api.types.is_bool_dtype(values.dtype):
        return pandas.Series(numpy.nan, index=values.index)
    return values.where(numpy.zeros(len(values), dtype=bool))


def _outside(finite: "pandas.Series[float]", count: int) -> Any:
    least, greatest = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    beyond = _BEYOND * ((greatest - least) or 1.0)
    return numpy.where(numpy.arange(count) % 2 == 0, least - beyond, greatest + beyond)


def _unseen(values: "pandas.Series[Any]") -> Any:
    if pandas.api.types.is_bool_dtype(values.dtype):
        return values
    if isinstance(values.dtype, pandas.CategoricalDtype):
        known = [*values.cat.categories, _UNSEEN]
        return pandas.Series(pandas.Categorical([_UNSEEN] * len(values), categories=known), index=values.index)
    return pandas.Series(_UNSEEN, index=values.index, dtype=values.dtype)
