"""What a metric would be if every score meant what it meant in the reference: before any outcome is known.

counts: rows per bin of the score, shape (bins,), low scores first; scores: one for each bin; chances: the share of
positives that each bin is expected to have. Nothing here can see that the same score, or the same row, has come to mean
something else.
"""

from dataclasses import dataclass

import numpy
from scipy.optimize import isotonic_regression

from gitmlops.statistics.classification import Array, Unmeasurable

_SMALLEST = float(numpy.finfo(numpy.float64).eps)


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


def expected_metric(metric: str, counts: Array, scores: Array, chances: Array, *, threshold: float) -> float:
    """The metric that is to be expected of these rows: of `clustered.HIGHER_IS_BETTER`, those of two classes.

    roc_auc: sum over bins of positives times negatives of lower bins (of the same one by half), over positives times
    negatives, all of them expected counts. brier: mean of c (1 - s)^2 + (1 - c) s^2. log_loss: mean of
    - c ln s - (1 - c) ln(1 - s). accuracy: mean of c where s >= threshold, else of 1 - c. calibration_gap:
    |mean of s - c|. Raises Unmeasurable for another metric, without rows, or where one class is not expected at all.
    """
    rows = float(counts.sum())
    if not rows:
        raise Unmeasurable("there are no rows")
    if metric == "brier":
        return float((counts * (chances * (1 - scores) ** 2 + (1 - chances) * scores**2)).sum() / rows)
    if metric == "calibration_gap":
        return abs(float((counts * (scores - chances)).sum() / rows))
    if metric == "log_loss":
        kept = numpy.clip(scores, _SMALLEST, 1 - _SMALLEST)
        return float(-(counts * (chances * numpy.log(kept) + (1 - chances) * numpy.log1p(-kept))).sum() / rows)
    if metric == "accuracy":
        return float((counts * numpy.where(scores >= threshold, chances, 1 - chances)).sum() / rows)
    if metric != "roc_auc":
        raise Unmeasurable(f"{metric} cannot be expected from scores")
    return _area(counts * chances, counts * (1 - chances))


def expected_of_classes(metric: str, scores: Array, chances: Array) -> float:
    """The metric that is to be expected of rows of several classes: accuracy, log_loss, macro_f1 or macro_roc_auc.

    scores: shape (rows, classes), probabilities; chances: the same, what each of them meant, class by class against all
    others; a row's are divided by their sum. The likeliest class d by the scores is the decision. accuracy: mean of
    c_d; log_loss: mean of - sum over classes c_k ln s_k; macro_f1: mean over classes of 2 sum of c_k where k is decided
    / (sum of c_k + rows where it is); macro_roc_auc: mean over classes of roc_auc as of `expected_metric`, each row
    being c_k of a positive. Source: NannyML's documentation, "How it works", estimation of performance, multiclass.
    Raises Unmeasurable for another metric, without rows, or for a class that is not expected at all.
    """
    if not len(scores):
        raise Unmeasurable("there are no rows")
    total = chances.sum(axis=1, keepdims=True)
    likely: Array = numpy.divide(chances, total, out=scores.astype(numpy.float64), where=total > 0)
    decided, rows = scores.argmax(axis=1), numpy.arange(len(scores))
    if metric == "accuracy":
        return float(likely[rows, decided].mean())
    if metric == "log_loss":
        return float(-(likely * numpy.log(numpy.clip(scores, _SMALLEST, 1))).sum() / len(scores))
    if metric == "macro_f1":
        right = numpy.bincount(decided, weights=likely[rows, decided], minlength=scores.shape[1])
        both = likely.sum(axis=0) + numpy.bincount(decided, minlength=scores.shape[1])
        if not both.all():
            raise Unmeasurable("a class is not expected at all")
        return float((2 * right / both).mean())
    if metric != "macro_roc_auc":
        raise Unmeasurable(f"{metric} cannot be expected from scores")
    return float(numpy.mean([_area_of_class(scores[:, k], likely[:, k]) for k in range(scores.shape[1])]))


def _area_of_class(scores: Array, chances: Array) -> float:
    _, places = numpy.unique(scores, return_inverse=True)
    positives: Array = numpy.bincount(places, weights=chances).astype(numpy.float64)
    return _area(positives, numpy.bincount(places).astype(numpy.float64) - positives)


def _area(positives: Array, negatives: Array) -> float:
    """Of expected counts at ascending scores."""
    if not positives.sum() or not negatives.sum():
        raise Unmeasurable("one class is not expected at all")
    below = numpy.cumsum(negatives) - negatives / 2
    return float((positives * below).sum() / (positives.sum() * negatives.sum()))
