"""How sure a metric is: intervals of one model, and the bound of a paired difference of two.

All of them treat rows as independent draws and say nothing of a future period.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy

from gitmlops.statistics.auc import estimate, estimate_difference
from gitmlops.statistics.classification import (
    DECIDED,
    HIGHER_IS_BETTER,
    Array,
    Unmeasurable,
    measure,
    proportion,
    require_scores,
    row_losses,
)
from gitmlops.statistics.proportions import Proportion, limits

_RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """Two-sided limits of a metric, in the metric's unit, and its standard error."""

    lower: float
    upper: float
    standard_error: float


@dataclass(frozen=True)
class Difference:
    """How much better a candidate is than a reference: positive is better, whatever the metric's direction.

    bound: the one-sided lower limit of `gain`: with the given confidence the candidate is no worse than that.
    """

    gain: float
    bound: float


def interval(metric: str, labels: Array, scores: Array, *, threshold: float, confidence: float = 0.95) -> Interval:
    """The two-sided interval of a metric on these rows; arguments as of `classification.measure`.

    roc_auc: as `auc.estimate`. Proportions: as `proportions.limits`. Means: normal, with
    the rows' own variance; of calibration_gap the absolute value of the signed gap's limits.
    Raises Unmeasurable if the metric is, or if there are too few rows for a variance.
    """
    require_scores(labels, scores)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    if metric in DECIDED:
        return _of_proportion(*proportion(metric, labels, scores, threshold=threshold), confidence)
    middle = measure(metric, labels, scores, threshold=threshold)
    if metric == "roc_auc":
        area = estimate(labels, scores, confidence=confidence)
        return Interval(area.limits.lower, area.limits.upper, area.standard_error)
    losses = row_losses(metric, labels, scores)
    error = _standard_error(losses)
    if metric == "calibration_gap":
        return _folded(float(losses.mean()), z, error)
    return Interval(max(0.0, middle - z * error), middle + z * error, error)


def difference_bound(
    metric: str,
    labels: Array,
    scores: Array,
    reference: Array,
    *,
    threshold: float,
    confidence: float,
    seed: int,
) -> Difference:
    """The candidate's gain over a reference on the same rows, and its one-sided lower bound.

    scores, reference: shape (rows,), in the order of labels. roc_auc: as `auc.estimate_difference`. brier, log_loss,
    accuracy, selection_rate, and recall over the positives: normal, by row differences. precision, calibration_gap:
    paired percentile bootstrap from `seed`; a resample that cannot be measured counts as infinitely worse.
    Raises Unmeasurable.
    """
    ours = measure(metric, labels, scores, threshold=threshold)
    theirs = measure(metric, labels, reference, threshold=threshold)
    sign = 1 if HIGHER_IS_BETTER[metric] else -1
    gain = sign * (ours - theirs)
    if metric in ("precision", "calibration_gap"):
        bound = _bootstrap_bound(
            metric, labels, scores, reference, threshold=threshold, confidence=confidence, seed=seed
        )
        return Difference(gain, min(gain, bound))
    if metric == "roc_auc":
        return Difference(gain, estimate_difference(labels, scores, reference, confidence=confidence).bound)
    error = _standard_error(_row_differences(metric, labels, scores, reference, threshold))
    return Difference(gain, gain - NormalDist().inv_cdf(confidence) * error)


def _of_proportion(hits: int, trials: int, confidence: float) -> Interval:
    counted = Proportion(hits, trials)
    found = limits(counted, confidence=confidence)
    return Interval(found.lower, found.upper, math.sqrt(counted.share * (1 - counted.share) / trials))


def _folded(middle: float, z: float, error: float) -> Interval:
    lower, upper = middle - z * error, middle + z * error
    nearest_to_zero = 0.0 if lower <= 0 <= upper else min(abs(lower), abs(upper))
    return Interval(nearest_to_zero, max(abs(lower), abs(upper)), error)


def _standard_error(sample: Array) -> float:
    """Of the sample's mean: sqrt(variance / rows)."""
    if len(sample) < 2:
        raise Unmeasurable("one row has no variance")
    return math.sqrt(float(sample.var(ddof=1)) / len(sample))


def _row_differences(metric: str, labels: Array, scores: Array, reference: Array, threshold: float) -> Array:
    if metric in ("brier", "log_loss"):
        return row_losses(metric, labels, scores) - row_losses(metric, labels, reference)
    ours, theirs = scores >= threshold, reference >= threshold
    if metric == "accuracy":
        ours, theirs = ours == (labels == 1), theirs == (labels == 1)
    if metric == "recall":
        ours, theirs = ours[labels == 1], theirs[labels == 1]
    return ours.astype(numpy.float64) - theirs.astype(numpy.float64)


def _bootstrap_bound(
    metric: str, labels: Array, scores: Array, reference: Array, *, threshold: float, confidence: float, seed: int
) -> float:
    generator = numpy.random.default_rng(seed)
    resamples = max(_RESAMPLES, math.ceil(20 / (1 - confidence)))
    gains = numpy.empty(resamples)
    for index in range(resamples):
        rows = generator.integers(0, len(labels), len(labels))
        gains[index] = _gain(metric, labels[rows], scores[rows], reference[rows], threshold)
    return float(numpy.quantile(gains, 1 - confidence, method="lower"))


def _gain(metric: str, labels: Array, scores: Array, reference: Array, threshold: float) -> float:
    try:
        ours = measure(metric, labels, scores, threshold=threshold)
        theirs = measure(metric, labels, reference, threshold=threshold)
    except Unmeasurable:
        return -math.inf
    return ours - theirs if HIGHER_IS_BETTER[metric] else theirs - ours
