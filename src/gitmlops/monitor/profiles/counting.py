"""Values placed on the bins of a profile's column, and counted there."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy
import pyarrow
import pyarrow.compute
from numpy.typing import NDArray

from gitmlops.monitor.profiles.values import floats, mask, places, present, texts
from gitmlops.records.baseline import Column, NumericColumn
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array
from gitmlops.statistics.histogram import Counts

MAX_NAMED = 1_000
"""Values that a profile does not know and that are counted by name."""
_NAMED_AT_ONCE = 50


@dataclass
class Tally:
    """Rows of one column, on a profile's bins, or levels and a last entry for all others.

    others: levels that the profile does not name; outside: rows below the profile's minimum or above its maximum;
    extremes: the values of those.
    """

    counts: Counts
    missing: int = 0
    others: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    extremes: Counter[float] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Rows with a value."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Bins:
    """A column's bins, ready to place values. levels: for levels only."""

    column: Column
    edges: Array
    levels: pyarrow.Array | None

    @property
    def size(self) -> int:
        """How many bins hold values; the place after them is for rows without one."""
        return len(self.edges) + 1 if self.levels is None else len(self.levels) + 1


def bins_of(column: Column) -> Bins:
    """The bins of a column."""
    if isinstance(column, NumericColumn):
        return Bins(column, numpy.asarray(column.edges, dtype=numpy.float64), None)
    return Bins(column, numpy.empty(0), texts(column.levels))


def empty(bins: Bins) -> Tally:
    """A tally of no rows."""
    return Tally(numpy.zeros(bins.size, dtype=numpy.int64))


def add(tally: Tally, values: pyarrow.ChunkedArray | pyarrow.Array, bins: Bins) -> NDArray[numpy.int64]:
    """The place of each value, `bins.size` for one that is missing; the tally has counted them.

    values: numbers (or booleans) for numbers; anything that can be text for levels.
    """
    column = bins.column
    if isinstance(column, NumericColumn):
        return _add_numbers(tally, floats(values), bins, column)
    return _add_levels(tally, values, bins)


def _add_numbers(tally: Tally, values: Array, bins: Bins, column: NumericColumn) -> NDArray[numpy.int64]:
    found = histogram.place(values, bins.edges)
    found[numpy.isnan(values)] = bins.size
    _count(tally, found, bins)
    if column.minimum is not None and column.maximum is not None:
        outside = (values < column.minimum) | (values > column.maximum)
        if rows := int(numpy.count_nonzero(outside)):
            tally.outside += rows
            _name(tally.extremes, *numpy.unique(values[outside], return_counts=True))
    return found


def _add_levels(tally: Tally, values: pyarrow.ChunkedArray | pyarrow.Array, bins: Bins) -> NDArray[numpy.int64]:
    text = values.cast(pyarrow.string())
    found = places(pyarrow.compute.index_in(text, value_set=bins.levels), missing=bins.size - 1)
    if text.null_count:
        found = numpy.where(present(text), found, bins.size)
    _count(tally, found, bins)
    if (unknown := found == bins.size - 1).any():
        counted = text.filter(mask(unknown)).value_counts()
        _name(tally.others, counted.field("values"), places(counted.field("counts"), missing=0))
    return found


def _count(tally: Tally, found: NDArray[numpy.int64], bins: Bins) -> None:
    counts = numpy.bincount(found, minlength=bins.size + 1)
    tally.counts += counts[:-1]
    tally.missing += int(counts[-1])


def _name(into: Counter[Any], values: pyarrow.Array | Array, counts: Counts) -> None:
    """Count the most frequent values by name, as far as there is room for names."""
    for place in numpy.argsort(-counts, kind="stable")[:_NAMED_AT_ONCE]:
        value = values[int(place)]
        name = value.as_py() if isinstance(value, pyarrow.Scalar) else float(value)
        if name in into or len(into) < MAX_NAMED:
            into[name] += int(counts[place])
