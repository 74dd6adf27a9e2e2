"""Areas and intervals of rows that are counted already: in bins of their scores, in buckets of their entities.

Rows of one entity are in one bucket, whatever their number: buckets are independent as entities are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.resampling import Whole

FEWEST_BUCKETS = 100
"""Buckets with rows from which an error is told: from so many on it is itself known to 7 %, 1 / sqrt(2 buckets)."""
_RESAMPLES = 1_000


@dataclass(frozen=True)
class BinnedArea:
    """P(a positive's score > a negative's) + half of P(equal); of all rows it is within `error` of value."""

    value: Fraction
    error: Fraction


def area(negatives: Whole, positives: Whole, mixed: NDArray[numpy.bool_]) -> BinnedArea:
    """The area under the ROC curve of rows in bins of rising scores; pairs within a bin count as equal.

    negatives, positives: shape (bins,). mixed: which bins hold several scores, whose pairs may each be half a pair off:
    error = sum over these of positives * negatives / 2, over all pairs. 0 where each bin holds one score.
    Raises Unmeasurable for one class.
    """
    above, below = int(positives.sum()), int(negatives.sum())
    if not above or not below:
        raise Unmeasurable("roc_auc needs positives and negatives, all rows are of one class")
    before = numpy.cumsum(negatives) - negatives
    # Python's whole numbers: a billion times a billion pairs are more than 64 bits hold.
    pairs = zip(positives.tolist(), negatives.tolist(), before.tolist(), mixed.tolist(), strict=True)
    twice, unsure = 0, 0
    for more, less, lower, several in pairs:
        twice += more * (2 * lower + less)
        unsure += more * less if several else 0
    return BinnedArea(Fraction(twice, 2 * above * below), Fraction(unsure, 2 * above * below))


def wider(scores: Whole, most: int) -> tuple[int, ...]:
    """Where bins are put together so that at most so many are left: the first one of each but the first, rising.

    scores: shape (2, bins), rows by label. The bins at the quantiles of the scores of each class stay by themselves, so
    that one of several has less than 4 / most of each class, wherever in 0..1 scores lie. An area of wider bins is
    within 2 / most of that of the bins that they are of.
    """
    edges: set[int] = set()
    parts = most // 4
    for rows in scores:
        if total := int(rows.sum()):
            places = numpy.searchsorted(numpy.cumsum(rows), total * numpy.arange(1, parts) / parts)
            edges.update(places.tolist(), (places + 1).tolist())
    return tuple(sorted(edges - {0, scores.shape[1]}))


def standard_error(measure: Callable[[Array], float], buckets: Array, seed: int) -> float:
    """The bootstrap's standard error of a number that is made of what buckets add up to.

    buckets: shape (buckets, ...), what the rows of each add. measure: what they add up to, of shape (...), -> the
    number. Each bucket counts as often as a Poisson draw of mean 1 says, a resample of entities that need not know how
    many there are; times sqrt(K / (K - 1)) for K buckets with rows. Raises Unmeasurable under FEWEST_BUCKETS of them.
    """
    filled = buckets[buckets.reshape(len(buckets), -1).any(axis=1)]
    if len(filled) < FEWEST_BUCKETS:
        what = f"the rows are of {len(filled)} groups of entities, {FEWEST_BUCKETS} are asked"
        raise Unmeasurable(what)
    generator = numpy.random.default_rng(seed)
    flat = filled.reshape(len(filled), -1)
    drawn = generator.poisson(1.0, (_RESAMPLES, len(filled))).astype(numpy.float64) @ flat
    found = numpy.array([measure(one.reshape(filled.shape[1:])) for one in drawn])
    if not numpy.isfinite(found).all():
        raise Unmeasurable("some resamples have no number")
    return float(found.std() * numpy.sqrt(len(filled) / (len(filled) - 1)))
