"""The value of each metric of a policy on one group of rows, and the same with weights, for the bootstrap."""

from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy

from gitmlops.gate.checks.plugin_values import plugin_value
from gitmlops.gate.rules.metrics import METRICS, metric_of
from gitmlops.statistics import classification, regression
from gitmlops.statistics.calibration import expected_calibration_error
from gitmlops.statistics.classification import Array, require_scores
from gitmlops.statistics.forecasting import weighted_absolute_percentage_error
from gitmlops.statistics.mean_gains import Weighted
from gitmlops.statistics.rates import RATES, confusion, ratio
from gitmlops.statistics.resampling import Whole
from gitmlops.statistics.scoring import (
    average_precision,
    balanced_accuracy,
    class_losses,
    class_table,
    macro_auc,
    macro_f1,
    matthews,
    require_probabilities,
    weighted_auc,
)

Value = Callable[[Array, Array, float], Fraction]


def value(metric: str, labels: Array, scores: Array, *, decision: float) -> Fraction:
    """The metric as an exact number: a ratio of counts where it is one, else the float that was computed.

    metric: a key of `metrics.METRICS`, or PACKAGE/NAME of an installed one, on what `tasks.asked_of` says that it is
    measured on. labels: shape (rows,); scores: the same, or (rows, classes); decision: a score >= it is the decision 1.
    Raises Unmeasurable: no NaN comes out of it.
    """
    require_measurable(metric, labels, scores)
    if scores.ndim == 2:
        return _OF_CLASSES[metric](labels, scores, decision)
    return _VALUES[metric](labels, scores, decision) if metric in _VALUES else plugin_value(metric, labels, scores)


def require_measurable(metric: str, labels: Array, scores: Array) -> None:
    """Raises Unmeasurable unless there are rows, all numbers are finite, and labels are what the metric takes."""
    if scores.ndim == 2:
        require_probabilities(labels, scores)
    elif "binary" in metric_of(metric).tasks:
        require_scores(labels, scores)
    else:
        regression.require_numbers(labels, scores)


def row_losses(metric: str, labels: Array, scores: Array) -> Array:
    """What each row adds to a metric that is a mean: shape (rows,). Raises Unmeasurable."""
    if scores.ndim == 2:
        return class_losses(metric, labels, scores)
    if "ranking" in METRICS[metric].tasks:
        return scores
    if "regression" in METRICS[metric].tasks:
        return regression.row_errors(metric, labels, scores)
    return classification.row_losses(metric, labels, scores)


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
        return float(numpy.average(row_losses(name, labels, scores), weights=weights))

    return weighted


def _plain(measure: Callable[[Array, Array, Array | None], float]) -> Value:
    return lambda labels, scores, _: Fraction(measure(labels, scores, None))


def _mean(name: str) -> Value:
    return lambda labels, scores, _: Fraction(float(row_losses(name, labels, scores).mean()))


def _of_decided(measure: Callable[[Whole], float]) -> Value:
    """Of several classes, of which the likeliest is decided."""

    def of_rows(labels: Array, scores: Array, _: float) -> Fraction:
        return Fraction(measure(class_table(labels.astype(numpy.int64), scores.argmax(axis=1), scores.shape[1])))

    return of_rows


_NUMBERS: Mapping[str, Callable[[Array, Array, Array | None], float]] = {
    **{name: one.compute for name, one in regression.METRICS.items()},
    "wape": weighted_absolute_percentage_error,
}
_MEANS = ("brier", "log_loss", "mae", "mse", "mape", "smape")
_OF_QUERIES = tuple(name for name, one in METRICS.items() if "ranking" in one.tasks)
_OF_CLASSES: Mapping[str, Value] = {
    "brier": _mean("brier"),
    "log_loss": _mean("log_loss"),
    "balanced_accuracy": _of_decided(balanced_accuracy),
    "matthews": _of_decided(matthews),
    "macro_f1": _plain(macro_f1),
    "macro_roc_auc": _plain(macro_auc),
}
_VALUES: Mapping[str, Value] = {
    **{name: _by_score(name) for name in ("roc_auc", "brier", "log_loss", "calibration_gap")},
    **{name: _rate(name) for name in RATES},
    "average_precision": lambda labels, scores, _: Fraction(average_precision(labels, scores)),
    "expected_calibration_error": lambda labels, scores, _: Fraction(expected_calibration_error(labels, scores)),
    "balanced_accuracy": _of_table(balanced_accuracy),
    "matthews": _of_table(matthews),
    **{name: _plain(compute) for name, compute in _NUMBERS.items()},
    **{name: _mean(name) for name in ("smape", *_OF_QUERIES)},
}
WEIGHTED: Mapping[str, Weighted] = {
    "roc_auc": weighted_auc,
    "average_precision": average_precision,
    **_NUMBERS,
    **{name: _mean_loss(name) for name in (*_MEANS, *_OF_QUERIES)},
    "macro_f1": macro_f1,
    "macro_roc_auc": macro_auc,
    "calibration_gap": regression.absolute_bias,
}
"""labels, scores, weights -> value, for the metrics whose gain the bootstrap bounds and that are no rates."""
