"""Metrics of a binary classifier, as exact numbers where they are counts."""

from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy
from numpy.typing import NDArray

from gitmlops.errors import InputError

Array = NDArray[numpy.float64]

HIGHER_IS_BETTER: Mapping[str, bool] = {
    "roc_auc": True,
    "brier": False,
    "log_loss": False,
    "accuracy": True,
    "precision": True,
    "recall": True,
    "selection_rate": True,
    "calibration_gap": False,
}
"""Every metric; a selection rate is read as the group's share of a favourable decision."""

DECIDED = frozenset({"accuracy", "precision", "recall", "selection_rate"})
"""The metrics that depend on the decision threshold; each is hits / trials."""

_SMALLEST = float(numpy.finfo(numpy.float64).eps)


class Unmeasurable(InputError):
    """There is no number: no rows, no positives, a score that is not one. Never 0, never NaN, never a pass."""


def measure(metric: str, labels: Array, scores: Array, *, threshold: float) -> float:
    """The metric on these rows.

    metric: a key of HIGHER_IS_BETTER. labels: shape (rows,), 0 or 1. scores: shape (rows,), finite; probabilities
    (0..1) for brier, log_loss and calibration_gap. threshold: a score >= threshold is the decision 1.
    Raises Unmeasurable.
    """
    return float(value(metric, labels, scores, threshold=threshold))


def value(metric: str, labels: Array, scores: Array, *, threshold: float) -> Fraction:
    """The metric as an exact number: a ratio of counts where it is one, else the float that was computed.

    70 right of 100 are 7/10, which the float 0.7 is not: it lies under it. Raises Unmeasurable.
    """
    require_scores(labels, scores)
    if metric in DECIDED:
        hits, trials = proportion(metric, labels, scores, threshold=threshold)
        return Fraction(hits, trials)
    return _BY_SCORE[metric](labels, scores)


def proportion(metric: str, labels: Array, scores: Array, *, threshold: float) -> tuple[int, int]:
    """Hits and trials of a metric of DECIDED.

    accuracy: right decisions of all rows; precision: positives of the decisions 1; recall: decisions 1 of the
    positives; selection_rate: decisions 1 of all rows. Raises Unmeasurable without trials.
    """
    decided, positive = scores >= threshold, labels == 1
    hits, trials = {
        "accuracy": (decided == positive, None),
        "precision": (decided & positive, decided),
        "recall": (decided & positive, positive),
        "selection_rate": (decided, None),
    }[metric]
    rows = len(labels) if trials is None else int(numpy.count_nonzero(trials))
    if not rows:
        raise Unmeasurable(
            f"{metric} needs a {'decision 1' if metric == 'precision' else 'positive label'}, there is none"
        )
    return int(numpy.count_nonzero(hits)), rows


def require_scores(labels: Array, scores: Array) -> None:
    """Raises Unmeasurable unless there are rows, every label is 0 or 1 and every score finite."""
    if len(labels) != len(scores):
        raise Unmeasurable(f"{len(labels)} labels for {len(scores)} scores")
    if not len(labels):
        raise Unmeasurable("there are no rows")
    if missing := int(numpy.count_nonzero(~numpy.isfinite(scores))):
        raise Unmeasurable(f"{missing} of {len(scores)} scores are not finite numbers")
    if other := int(numpy.count_nonzero((labels != 0) & (labels != 1))):
        raise Unmeasurable(f"{other} of {len(labels)} labels are neither 0 nor 1")


def row_losses(metric: str, labels: Array, scores: Array) -> Array:
    """What each row adds to a metric that is a mean: shape (rows,).

    brier: (score - label)^2, 0..1. log_loss: -ln of the probability given to what happened, in nats, scores held
    off 0 and 1 by 2^-52 so that it is finite. calibration_gap: score - label, -1..1, whose mean is the signed gap.
    Raises Unmeasurable for scores outside 0..1.
    """
    if outside := int(numpy.count_nonzero((scores < 0) | (scores > 1))):
        raise Unmeasurable(f"{outside} of {len(scores)} scores are no probabilities")
    if metric == "brier":
        return numpy.square(scores - labels)
    if metric == "log_loss":
        kept = numpy.clip(scores, _SMALLEST, 1 - _SMALLEST)
        return -numpy.where(labels == 1, numpy.log(kept), numpy.log1p(-kept))
    return scores - labels


def midranks(values: Array) -> Array:
    """Rank of each value from 1, ties sharing the mean of theirs: shape (rows,), in halves, exact."""
    _, inverse, counts = numpy.unique(values, return_inverse=True, return_counts=True)
    last = numpy.cumsum(counts)
    ranks: Array = (last - (counts - 1) / 2)[inverse]
    return ranks


def _roc_auc(labels: Array, scores: Array) -> Fraction:
    """P(a positive's score > a negative's) + half of P(equal): 0.5 is chance, 1 is a perfect order."""
    positive = labels == 1
    positives = int(numpy.count_nonzero(positive))
    negatives = len(labels) - positives
    if not positives or not negatives:
        raise Unmeasurable("roc_auc needs positives and negatives, all rows are of one class")
    twice_ranks = int(2 * midranks(scores)[positive].sum())
    return Fraction(twice_ranks - positives * (positives + 1), 2 * positives * negatives)


def _mean(metric: str) -> Callable[[Array, Array], Fraction]:
    return lambda labels, scores: Fraction(float(row_losses(metric, labels, scores).mean()))


def _calibration_gap(labels: Array, scores: Array) -> Fraction:
    """|mean score - share of positives|: 0 is calibrated in the large, 1 is always wrong and sure."""
    return abs(Fraction(float(row_losses("calibration_gap", labels, scores).mean())))


_BY_SCORE: Mapping[str, Callable[[Array, Array], Fraction]] = {
    "roc_auc": _roc_auc,
    "brier": _mean("brier"),
    "log_loss": _mean("log_loss"),
    "calibration_gap": _calibration_gap,
}
