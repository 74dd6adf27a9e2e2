"""What a metric would be if every score meant what it meant in the reference: before any outcome is known.

counts: rows per bin of the score, shape (bins,), low scores first; scores: one for each bin; chances: the share of
positives that each bin is expected to have. Nothing here can see that the same score, or the same row, has come to mean
something else.
"""

from dataclasses import dataclass

import numpy
from scipy.optimize import isotonic_regression

from gitmlops.statistics.classification import Array, Unmeasurable


@dataclass(frozen=True)
class Calibration:
    """Which share of positives a score has had: ascending scores and shares, straight lines between them."""

    scores: Array
    shares: Array

    def chances(self, scores: Array) -> Array:
        """The expected share of positives of each score, 0..1."""
        found: Array = numpy.interp(scores, self.scores, self.shares)
        return found


def calibration(scores: Array, shares: Array, rows: Array) -> Calibration:
    """The calibration of bins with these mean scores, shares of positives and rows, made monotone.

    Least squares among non-decreasing shares, weighted by rows (isotonic regression). Raises Unmeasurable without bins.
    """
    if not len(scores):
        raise Unmeasurable("there is no calibration table")
    return Calibration(scores, isotonic_regression(shares, weights=rows).x)


def expected_metric(metric: str, counts: Array, scores: Array, chances: Array) -> float:
    """The metric that is to be expected of these rows: roc_auc, brier or calibration_gap.

    roc_auc: sum over bins of positives times negatives of lower bins (of the same one by half), over positives times
    negatives, all of them expected counts. brier: mean of c (1 - s)^2 + (1 - c) s^2. calibration_gap: |mean of s - c|.
    Raises Unmeasurable for another metric, without rows, or where one class is not expected at all.
    """
    rows = float(counts.sum())
    if not rows:
        raise Unmeasurable("there are no rows")
    if metric == "brier":
        return float((counts * (chances * (1 - scores) ** 2 + (1 - chances) * scores**2)).sum() / rows)
    if metric == "calibration_gap":
        return abs(float((counts * (scores - chances)).sum() / rows))
    if metric != "roc_auc":
        raise Unmeasurable(f"{metric} cannot be expected from scores")
    positives, negatives = counts * chances, counts * (1 - chances)
    if not positives.sum() or not negatives.sum():
        raise Unmeasurable("one class is not expected at all")
    below = numpy.cumsum(negatives) - negatives / 2
    return float((positives * below).sum() / (positives.sum() * negatives.sum()))
