"""Histograms on given edges: counts of parts add up to the counts of the whole, exactly."""

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array

Counts = NDArray[numpy.int64]

QUANTILES = 200
"""Bins of a profile: a rank is known to 1/200, a tenth of the smallest drift that is worth a warning (0.05)."""


def edges(values: Array) -> Array:
    """Ascending distinct bin edges for `values`; shape (at most about 2 x QUANTILES,), empty without a finite value.

    Up to QUANTILES distinct values: the values themselves. More: their quantiles, and before each value that alone
    fills a bin (an atom, such as 0 mm of rain) the next smaller number, so that the atom has a bin of its own.
    """
    finite = values[numpy.isfinite(values)]
    distinct, counts = numpy.unique(finite, return_counts=True)
    if len(distinct) <= QUANTILES:
        return distinct
    steps = numpy.quantile(finite, numpy.linspace(0, 1, QUANTILES + 1), method="inverted_cdf")
    atoms = distinct[counts >= len(finite) / QUANTILES]
    return numpy.unique(numpy.concatenate([steps, atoms, numpy.nextafter(atoms, -numpy.inf)]))


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
