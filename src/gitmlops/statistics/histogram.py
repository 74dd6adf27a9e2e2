"""Histograms on given edges: counts of parts add up to the counts of the whole, exactly."""

import math
from typing import Any

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array

Counts = NDArray[numpy.int64]

QUANTILES = 200
"""Bins of a profile: a rank is known to 1/200, a tenth of the smallest drift that is worth a warning (0.05)."""


_FEWEST_DIGITS, _MOST_DIGITS = 6, 15
"""Significant digits of an edge: six name a value to a millionth of it, more than fifteen are a float's own noise."""


def edges(values: Array | NDArray[numpy.int64]) -> Array:
    """Ascending distinct bin edges for `values`; shape (at most about 3 x QUANTILES,), empty without a finite value.

    Up to QUANTILES distinct values: a bin for each of them. More: their quantiles. A value that alone fills a bin and
    comes more than once (an atom, such as 0 mm of rain) has a bin that nothing else can fall into: an edge lies just
    below it, of an integer array at the whole number below. Every other edge is a value, or a number with fewer digits
    above it and below the next value: no row changes its bin for it.
    """
    finite = values[numpy.isfinite(values)] + 0  # -0.0 is 0.0, whichever of them comes first
    distinct, counts = numpy.unique(finite, return_counts=True)
    atoms: NDArray[Any] = distinct[counts >= max(2.0, len(finite) / QUANTILES)]
    last = numpy.arange(len(distinct)) if len(distinct) <= QUANTILES else _quantiles(counts)
    plain = last[~numpy.isin(distinct[last], atoms)]
    found = numpy.concatenate([_between(distinct.astype(numpy.float64), plain), atoms, _just_below(atoms)])
    return numpy.unique(found[numpy.isfinite(found)])


def _quantiles(counts: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
    """Places of the quantiles 0, 1/QUANTILES ... 1 among distinct values: the first that so many rows reach."""
    wanted = numpy.linspace(0, 1, QUANTILES + 1) * counts.sum()
    return numpy.unique(numpy.searchsorted(numpy.cumsum(counts), numpy.maximum(wanted, 1), side="left"))


def _just_below(atoms: NDArray[Any]) -> Array:
    if numpy.issubdtype(atoms.dtype, numpy.integer):
        return atoms.astype(numpy.float64) - 1
    below: Array = numpy.nextafter(atoms, -numpy.inf)
    return below


def _between(distinct: Array, last: NDArray[numpy.int64]) -> Array:
    """For each place in `distinct` the shortest number from its value on that is below the next value."""
    following = numpy.append(distinct, numpy.inf)[last + 1]
    found = distinct[last].copy()
    for digits in range(_MOST_DIGITS, _FEWEST_DIGITS - 1, -1):
        rounded = _rounded_up(distinct[last], digits)
        found = numpy.where((rounded >= distinct[last]) & (rounded < following), rounded, found)
    return found


def _rounded_up(values: Array, digits: int) -> Array:
    """The values with so many significant digits, none smaller than it was but for what a float cannot say."""
    return numpy.array([_shortened(value, digits) for value in values.tolist()], dtype=numpy.float64)


def _shortened(value: float, digits: int) -> float:
    near = float(f"{value:.{digits - 1}e}")
    if near >= value:
        return near
    step = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return float(f"{value + step:.{digits - 1}e}")


def count(values: Array, bins: Array) -> Counts:
    """Rows per bin, shape (len(bins) + 1,): entry i counts bins[i-1] < x <= bins[i]; NaN is not counted."""
    return numpy.bincount(place(values[~numpy.isnan(values)], bins), minlength=len(bins) + 1).astype(numpy.int64)


def place(values: Array, bins: Array) -> NDArray[numpy.int64]:
    """The bin of each value, 0 to len(bins)."""
    return numpy.searchsorted(bins, values, side="left").astype(numpy.int64)


def median(counts: Counts, bins: Array) -> float | None:
    """The edge at or below which half of the rows lie: infinite if they lie above the last one; None without rows."""
    if not counts.sum():
        return None
    reached = int(numpy.searchsorted(numpy.cumsum(counts), counts.sum() / 2))
    return float(bins[reached]) if reached < len(bins) else numpy.inf


def variance_explained(groups: NDArray[numpy.int64], values: Array) -> float:
    """Share of the variance of `values` that the groups explain (epsilon squared), in [0, 1].

    (SSB - (k - 1) MSW) / SST with k groups, MSW = SSW / (n - k): eta squared less what k random groups would explain.
    0 when the groups tell nothing (or the values do not vary), 1 when they tell everything.
    """
    _, codes = numpy.unique(groups, return_inverse=True)
    sizes = numpy.bincount(codes)
    total = float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
    if total == 0 or len(values) <= len(sizes):
        return 0.0
    means = numpy.bincount(codes, weights=values) / sizes
    within = float(((values - means[codes]) ** 2).sum())
    explained = total - within - (len(sizes) - 1) * within / (len(values) - len(sizes))
    return min(max(explained / total, 0.0), 1.0)


def rounded_edges(values: Array) -> Array:
    """Ascending edges of values of people: every twentieth of the rows, the ends left out, each rounded.

    To a power of ten that is at most a tenth of the middle half's range: no edge is a value of anybody, and none tells
    who is first or last. Empty without a finite value.
    """
    finite = values[numpy.isfinite(values)]
    if not len(finite):
        return numpy.empty(0)
    low, high = numpy.quantile(finite, [0.25, 0.75])
    spread = float(high - low) or abs(float(high)) or 1.0
    digits = 1 - math.floor(math.log10(spread))
    return numpy.unique(numpy.round(numpy.quantile(finite, numpy.arange(1, 20) / 20), min(max(digits, -300), 300)))
