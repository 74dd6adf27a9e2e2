"""Columns of a profile: their bins chosen from values, and filled with what was counted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import msgspec
import numpy
from numpy.typing import NDArray

from gitmlops.monitor.profiles.counting import Tally
from gitmlops.records.baseline import CategoricalColumn, Column, Dtype, Moments, NumericColumn
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array
from gitmlops.statistics.exact_sums import exact_moments
from gitmlops.statistics.histogram import Counts

MAX_LEVELS = 200
MIN_LEVEL_ROWS = 20
"""Levels with fewer rows count as `other`: rare levels are noise, and may point at a person."""
COARSE = 20
"""Bins of subsets: a rank is known to 1/20, half of the smallest drift that is an alarm (0.1)."""


@dataclass
class Summary:
    """What is known of the numbers of a column beside their bins; infinite ones are left out."""

    origin: float
    minimum: float = math.inf
    maximum: float = -math.inf
    total: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)
    finite: int = 0

    def add(self, values: Array) -> None:
        """Take in more values."""
        finite = values[numpy.isfinite(values)] + 0.0  # -0.0 is 0.0, whichever of them comes first
        if not len(finite):
            return
        self.minimum, self.maximum = min(self.minimum, float(finite.min())), max(self.maximum, float(finite.max()))
        total, squares = exact_moments(finite, self.origin)
        self.total, self.squares, self.finite = self.total + total, self.squares + squares, self.finite + len(finite)


def numbers_column(name: str, values: Array | NDArray[numpy.int64], dtype: Dtype) -> NumericColumn:
    """A column with bins for these values and no rows in them."""
    return _numbers(name, histogram.edges(values), values.astype(numpy.float64), dtype)


def personal_numbers_column(name: str, values: Array | NDArray[numpy.int64], dtype: Dtype) -> NumericColumn:
    """The same for values of people: few edges, all rounded, none of them an extreme."""
    column = _numbers(name, histogram.rounded_edges(values.astype(numpy.float64)), values.astype(numpy.float64), dtype)
    return msgspec.structs.replace(column, personal=True)


def levels_column(name: str, frequencies: Mapping[str, int], dtype: Dtype, *, fewest: int) -> CategoricalColumn:
    """A column with the most frequent levels that have so many rows, and no rows in them."""
    ranked = sorted(frequencies.items(), key=lambda item: (-item[1], item[0]))
    levels = tuple(level for level, rows in ranked[:MAX_LEVELS] if rows >= fewest)
    return CategoricalColumn(name, 0, 0, levels, (0,) * len(levels), 0, dtype=dtype, coarse=min(len(levels), COARSE))


def filled(column: Column, tally: Tally, summary: Summary | None) -> Column:
    """The column with the rows of a tally on its bins."""
    rows, counts = tally.rows + tally.missing, tuple(tally.counts.tolist())
    if isinstance(column, CategoricalColumn):
        return msgspec.structs.replace(column, rows=rows, missing=tally.missing, counts=counts[:-1], other=counts[-1])
    column = msgspec.structs.replace(column, rows=rows, missing=tally.missing, counts=counts)
    return summarised(column, summary) if summary and summary.finite else column


def summarised(column: NumericColumn, summary: Summary) -> NumericColumn:
    """The column with mean, deviation and extremes; without the extremes if it is personal."""
    mean = summary.total / summary.finite
    variance = max(summary.squares / summary.finite - mean * mean, Fraction(0))
    return msgspec.structs.replace(
        column,
        minimum=None if column.personal else summary.minimum,
        maximum=None if column.personal else summary.maximum,
        mean=float(mean + Fraction(summary.origin)),
        sd=_root(variance),
        moments=Moments(summary.origin, summary.finite, str(summary.total), str(summary.squares)),
    )


def _root(value: Fraction) -> float:
    """The square root, of what is too large or too small for a float as well."""
    half = (value.numerator.bit_length() - value.denominator.bit_length()) // 2
    return math.ldexp(math.sqrt(value / Fraction(4) ** half), half)


def origin(values: Array | NDArray[numpy.int64]) -> float:
    """The median of the finite values, from which offsets are summed; 0 without one."""
    finite = values[numpy.isfinite(values)]
    return float(numpy.partition(finite, len(finite) // 2)[len(finite) // 2]) + 0.0 if len(finite) else 0.0


def coarse_bins(column: Column) -> NDArray[numpy.int64]:
    """The coarse bin of each bin, the last one for rows without a value: shape (bins + 1,)."""
    if isinstance(column, NumericColumn):
        bins = len(column.edges) + 1
        places = numpy.searchsorted(numpy.asarray(column.coarse, dtype=numpy.int64), numpy.arange(bins))
        return numpy.append(places, len(column.coarse) + 1).astype(numpy.int64)
    places = numpy.minimum(numpy.arange(len(column.levels) + 1), column.coarse)
    return numpy.append(places, column.coarse + 1).astype(numpy.int64)


def coarse_counts(column: Column, counts: Counts) -> Counts:
    """Rows in each coarse bin. counts: in each bin, of levels with all others at the end."""
    found: Counts = numpy.bincount(coarse_bins(column)[:-1], weights=counts).astype(numpy.int64)
    return found


def coarse_labels(column: Column) -> tuple[str, ...]:
    """What the coarse bins hold, in a few characters."""
    if isinstance(column, CategoricalColumn):
        return (*column.levels[: column.coarse], "others")
    edges = [f"{column.edges[place]:.4g}" for place in column.coarse]
    return (*(f"≤ {edge}" for edge in edges), f"> {edges[-1]}" if edges else "all")


def all_counts(column: Column) -> Counts:
    """Rows in each bin, of levels with all others at the end."""
    others = (column.other,) if isinstance(column, CategoricalColumn) else ()
    return numpy.array((*column.counts, *others), dtype=numpy.int64)


def _numbers(name: str, edges: Array, values: Array, dtype: Dtype) -> NumericColumn:
    finite = values[numpy.isfinite(values)]
    counts = histogram.count(finite, edges)
    return NumericColumn(
        name=name, rows=0, missing=0, minimum=None, maximum=None, mean=None, sd=None,
        edges=tuple(edges.tolist()), counts=(0,) * (len(edges) + 1), dtype=dtype, coarse=_coarse(counts),
    )  # fmt: skip


def _coarse(counts: Counts) -> tuple[int, ...]:
    """The places of the edges nearest to every twentieth of the rows."""
    if counts.sum() == 0:
        return ()
    wanted = numpy.arange(1, COARSE) / COARSE * counts.sum()
    places = numpy.unique(numpy.searchsorted(numpy.cumsum(counts), wanted))
    return tuple(places[places < len(counts) - 1].tolist())
