"""The area under the ROC curve with its interval, and of two models on the same rows; rows may come in clusters.

labels: shape (rows,), 0 or 1. scores: shape (rows,), finite. clusters: shape (rows,), whole numbers from 0 that name
the entity of each row; None: every row is independent. Everything is sorting: O(rows log rows).
"""

import math
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array, Unmeasurable, midranks, require_scores
from gitmlops.statistics.proportions import Limits, Proportion, both_sides, clopper_pearson, quantile

SMALLEST_CLASS = 100
"""Positives, negatives and, for clustered rows, entities with either, from which the coverage was shown."""

Clusters = NDArray[numpy.int64] | None

# How often the row (or entity) farthest from the mean is counted beyond once. Both were chosen by simulation, see
# benchmarks/gate_statistics.py: the least that hold coverage and false passes for areas from 0.6 to 0.98.
_ONE, _PAIRED = 0.5, 3.0


@dataclass(frozen=True)
class Area:
    """P(a positive's score > a negative's) + P(equal) / 2, and its limits: 0.5 is chance, 1 a perfect order."""

    value: float
    limits: Limits
    standard_error: float


@dataclass(frozen=True)
class AreaDifference:
    """value: the area of ours - of theirs, -1..1; bound: its one-sided lower limit, never above value."""

    value: float
    bound: float
    standard_error: float


def area(labels: Array, scores: Array, *, confidence: float, clusters: Clusters = None) -> Area:
    """The area with two-sided limits, as of `estimate`. Raises Unmeasurable below SMALLEST_CLASS."""
    require_coverage(labels, scores, clusters)
    return estimate(labels, scores, confidence=confidence, clusters=clusters)


def area_difference(
    labels: Array, scores: Array, reference: Array, *, confidence: float, clusters: Clusters = None
) -> AreaDifference:
    """The gain in area over a reference on the same rows, as of `estimate_difference`.

    Raises Unmeasurable below SMALLEST_CLASS.
    """
    require_coverage(labels, scores, clusters)
    return estimate_difference(labels, scores, reference, confidence=confidence, clusters=clusters)


def estimate(labels: Array, scores: Array, *, confidence: float, clusters: Clusters = None) -> Area:
    """The area with two-sided limits on the logit scale, for any number of rows: DeLong's variance, made cautious.

    A = mean of V over positives, V_i the share of negatives below positive i (ties half), W_j the share of positives
    above negative j. se^2 = S(V) / (m (m - 1)) + S(W) / (n (n - 1)) for m positives and n negatives, S the sum of
    squared distances from A with the largest one counted 1.5 times: DeLong's S counts it once, and misses what lies
    beyond the rows that were drawn where A is near 1. Limits expit(logit(A) +- z se / (A (1 - A))).
    With clusters se^2 = K / (K - 1) S(sums in each of the K of (V_i - A) / m and (W_j - A) / n).
    A perfect order (or its reverse) has no variance to see: Clopper-Pearson's limits of one pair a row of the smaller
    class, or for every other cluster, all ordered. Raises Unmeasurable for one class or one row of a class.
    """
    z = quantile(confidence)
    found, value = components(labels, scores)
    if value in (0.0, 1.0):
        return Area(value, _of_perfect_order(labels, clusters, value, confidence), 0.0)
    error = _standard_error(labels, found, clusters, _ONE)
    logit, half = math.log(value / (1 - value)), z * error / (value * (1 - value))
    return Area(value, Limits(_expit(logit - half), _expit(logit + half)), error)


def estimate_difference(
    labels: Array, scores: Array, reference: Array, *, confidence: float, clusters: Clusters = None
) -> AreaDifference:
    """The gain in area over a reference on the same rows; confidence is one-sided, of the bound; for any rows.

    bound = value - z se, se from the differences of both models' V and W as in `estimate`, the largest one counted
    four times: with once (DeLong), a model exactly at its margin passed in 6 to 11 % of samples where A is above 0.9.
    Where other scores order every pair alike there is no variance to see: the bound is then -(1 - L), L the one-sided
    Clopper-Pearson limit of as many pairs as the smaller class has rows; 0 for the reference's own scores.
    Raises Unmeasurable as `estimate`.
    """
    z = quantile(both_sides(confidence))
    ours, theirs = components(labels, scores), components(labels, reference)
    gain, error = ours[1] - theirs[1], _standard_error(labels, ours[0] - theirs[0], clusters, _PAIRED)
    if error:
        return AreaDifference(gain, gain - z * error, error)
    if numpy.array_equal(scores, reference):
        return AreaDifference(0.0, 0.0, 0.0)
    limits = _of_perfect_order(labels, clusters, 1.0, both_sides(confidence))
    return AreaDifference(gain, gain - (1 - limits.lower), 0.0)


def require_coverage(labels: Array, scores: Array, clusters: Clusters = None) -> None:
    """Raises Unmeasurable unless the rows are scores of both classes, enough of each for the interval to hold."""
    require_scores(labels, scores)
    positive = labels == 1
    positives = int(numpy.count_nonzero(positive))
    counted = f"{positives} positives and {len(labels) - positives} negatives"
    if min(positives, len(labels) - positives) < SMALLEST_CLASS:
        raise Unmeasurable(f"{counted}, {SMALLEST_CLASS} of each are asked")
    if clusters is None:
        return
    if len(clusters) != len(labels):
        raise Unmeasurable(f"{len(clusters)} entities for {len(labels)} labels")
    with_positives, with_negatives = (int(numpy.count_nonzero(part)) for part in _classes(labels, clusters))
    if min(with_positives, with_negatives) < SMALLEST_CLASS:
        counted = f"{with_positives} entities with positives and {with_negatives} with negatives"
        raise Unmeasurable(f"{counted}, {SMALLEST_CLASS} of each are asked")


def components(labels: Array, scores: Array) -> tuple[Array, float]:
    """DeLong's structural components by row, shape (rows,), each 0..1, and their mean, the area.

    For a positive the share of negatives with a lower score, for a negative that of positives with a higher one; ties
    count half. Raises Unmeasurable for wrong rows and with fewer than two rows of a class.
    """
    require_scores(labels, scores)
    positive = labels == 1
    above, below = scores[positive], scores[~positive]
    if not len(above) or not len(below):
        raise Unmeasurable("roc_auc needs positives and negatives, all rows are of one class")
    if min(len(above), len(below)) < 2:
        raise Unmeasurable("one row has no variance")
    ranks = midranks(scores)
    found = numpy.empty(len(labels))
    found[positive] = (ranks[positive] - midranks(above)) / len(below)
    found[~positive] = 1 - (ranks[~positive] - midranks(below)) / len(above)
    wins = float(ranks[positive].sum()) - len(above) * (len(above) + 1) / 2
    return found, wins / (len(above) * len(below))


def _standard_error(labels: Array, found: Array, clusters: Clusters, more: float) -> float:
    positive = labels == 1
    if clusters is None:
        parts = [found[chosen] for chosen in (positive, ~positive)]
        return math.sqrt(sum(_spread(part - part.mean(), more) / (len(part) * (len(part) - 1)) for part in parts))
    influence = numpy.empty(len(found))
    for chosen in (positive, ~positive):
        influence[chosen] = (found[chosen] - found[chosen].mean()) / numpy.count_nonzero(chosen)
    sums: Array = numpy.bincount(clusters, weights=influence).astype(numpy.float64)
    count = int(numpy.count_nonzero(numpy.bincount(clusters)))
    return math.sqrt(count / (count - 1) * _spread(sums, more))


def _spread(distances: Array, more: float) -> float:
    """Sum of squares, the largest of them counted 1 + more times."""
    return float(distances @ distances) + more * float(numpy.abs(distances).max()) ** 2


def _classes(labels: Array, clusters: NDArray[numpy.int64]) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    """Positives and negatives of each cluster."""
    positives = numpy.bincount(clusters[labels == 1], minlength=int(clusters.max()) + 1)
    return positives, numpy.bincount(clusters) - positives


def _of_perfect_order(labels: Array, clusters: Clusters, value: float, confidence: float) -> Limits:
    """Limits from pairs of a positive and a negative that share no row and no cluster: each is a trial of its own."""
    if clusters is None:
        positives = int(numpy.count_nonzero(labels == 1))
        pairs = min(positives, len(labels) - positives)
    else:
        pairs = int(min(numpy.count_nonzero(part) for part in _classes(labels, clusters))) // 2
    return clopper_pearson(Proportion(pairs if value else 0, pairs), confidence=confidence)


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
