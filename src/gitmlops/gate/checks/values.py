"""The value of each metric of a policy on one group of rows, and the same with weights, for the bootstrap."""

from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy

from gitmlops.gate.checks.plugin_values import plugin_value
from gitmlops.statistics import classification, regression
from gitmlops.statistics.calibration import expected_calibration_error
from gitmlops.statistics.classification import Array, require_scores
from gitmlops.statistics.mean_gains import Weighted
from gitmlops.statistics.rates import RATES, confusion, ratio
from gitmlops.statistics.resampling import Whole
from gitmlops.statistics.scoring import average_precision, balanced_accuracy, class_table, matthews, weighted_auc

Value = Callable[[Array, Array, float], Fraction]


def value(metric: str, labels: Array, scores: Array, *, decision: float) -> Fraction:
    """The metric as an exact number: a ratio of counts where it is one, else the float that was computed.

    metric: a key of `metrics.METRICS`, or PACKAGE/NAME of an installed one. labels, scores: shape (rows,);
    decision: a score >= it is the decision 1.
    Raises Unmeasurable: no NaN comes out of it.
    """
    require_scores(labels, scores)
    return _VALUES[metric](labels, scores, decision) if metric in _VALUES else plugin_value(metric, labels, scores)


def _by_score(name: str) -> Value:
    return lambda labels, scores, _: classification.value(name, labels, scores, threshold=0.5)


def _rate(name: str) -> Value:
    def of_rows(labels: Array, scores: Array, decision: float) -> Fraction:
        everybody = numpy.zeros(len(labels), dtype=numpy.int64)
        return ratio(name, confusion(labels, scores >= decision, everybody, 1)[0])

    return of_rows


def _of_table(measure: Callable[[Whole], float]) -> Value:
    def of_rows(labels: Array, scores: Array, decision: float) -> Fraction:
        decisions = (scores >= decision).astype(numpy.int64)
        return Fraction(measure(class_table(labels.astype(numpy.int64), decisions, 2)))

    return of_rows


def _mean_loss(name: str) -> Weighted:
    def weighted(labels: Array, scores: Array, weights: Array) -> float:
        return float(numpy.average(classification.row_losses(name, labels, scores), weights=weights))

    return weighted


_VALUES: Mapping[str, Value] = {
    **{name: _by_score(name) for name in ("roc_auc", "brier", "log_loss", "calibration_gap")},
    **{name: _rate(name) for name in RATES},
    "average_precision": lambda labels, scores, _: Fraction(average_precision(labels, scores)),
    "expected_calibration_error": lambda labels, scores, _: Fraction(expected_calibration_error(labels, scores)),
    "balanced_accuracy": _of_table(balanced_accuracy),
    "matthews": _of_table(matthews),
}
WEIGHTED: Mapping[str, Weighted] = {
    "roc_auc": weighted_auc,
    "average_precision": average_precision,
    "brier": _mean_loss("brier"),
    "log_loss": _mean_loss("log_loss"),
    "calibration_gap": regression.absolute_bias,
}
"""labels, scores, weights -> value, for the metrics whose gain the bootstrap bounds and that are no rates."""
