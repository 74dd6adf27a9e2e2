"""Metrics of predicted numbers; forecasts are scored with them period by period, see `periods`.

truth, predicted: shape (rows,), finite, in the label's unit. weights: shape (rows,), >= 0, not all 0; None: all 1.
Definitions are scikit-learn's, which the tests compare with. All raise Unmeasurable for what is no evidence.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy

from gitmlops.statistics.classification import Array, Unmeasurable

Metric = Callable[[Array, Array, Array | None], float]


@dataclass(frozen=True)
class Measured:
    """How a metric is computed, and which way is better."""

    compute: Metric
    higher_is_better: bool = False


def require_numbers(truth: Array, predicted: Array, weights: Array | None = None) -> None:
    """Raises Unmeasurable unless there are rows, as many of each, all finite, and weights that weigh something."""
    if not len(truth):
        raise Unmeasurable("there are no rows")
    for what, part in (("predictions", predicted), ("weights", weights)):
        if part is not None and len(part) != len(truth):
            raise Unmeasurable(f"{len(part)} {what} for {len(truth)} labels")
    for what, part in (("labels", truth), ("predictions", predicted), ("weights", weights)):
        if part is not None and (missing := int(numpy.count_nonzero(~numpy.isfinite(part)))):
            raise Unmeasurable(f"{missing} of {len(part)} {what} are not finite numbers")
    if weights is not None and ((weights < 0).any() or not weights.sum()):
        raise Unmeasurable("weights are negative or all 0")


def mean_absolute_error(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """Mean of |truth - predicted|, in the label's unit, 0 or more."""
    require_numbers(truth, predicted, weights)
    return float(numpy.average(numpy.abs(truth - predicted), weights=weights))


def mean_squared_error(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """Mean of (truth - predicted)^2, in the label's unit squared, 0 or more."""
    require_numbers(truth, predicted, weights)
    return float(numpy.average(numpy.square(truth - predicted), weights=weights))


def root_mean_squared_error(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """Square root of the mean squared error, in the label's unit, 0 or more."""
    return math.sqrt(mean_squared_error(truth, predicted, weights))


def absolute_bias(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """|mean of predicted - truth|, in the label's unit: 0 is right on average."""
    require_numbers(truth, predicted, weights)
    return abs(float(numpy.average(predicted - truth, weights=weights)))


def median_absolute_error(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """Median of |truth - predicted|, in the label's unit; with weights the smallest error with half of the weight."""
    require_numbers(truth, predicted, weights)
    errors = numpy.abs(truth - predicted)
    if weights is None:
        return float(numpy.median(errors))
    order = numpy.argsort(errors, kind="stable")
    reached = numpy.cumsum(weights[order])
    return float(errors[order][int(numpy.searchsorted(reached, reached[-1] / 2))])


def mean_absolute_percentage_error(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """Mean of |truth - predicted| / |truth|, a share (0.1 is ten percent), 0 or more. A label of 0 is refused."""
    require_numbers(truth, predicted, weights)
    _require_no_zeros(truth)
    return float(numpy.average(numpy.abs((truth - predicted) / truth), weights=weights))


def r_squared(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """1 - sum of squared errors / sum of squares around the mean label: 1 perfect, 0 the mean; it has no lower end."""
    require_numbers(truth, predicted, weights)
    heavy = numpy.ones(len(truth)) if weights is None else weights
    spread = float(heavy @ numpy.square(truth - numpy.average(truth, weights=heavy)))
    if not spread:
        raise Unmeasurable("r squared needs labels that differ")
    return 1 - float(heavy @ numpy.square(truth - predicted)) / spread


def row_errors(metric: str, truth: Array, predicted: Array) -> Array:
    """What each row adds to a metric that is a mean: shape (rows,); of absolute_bias the signed error.

    metric: mae, mse, mape, smape or absolute_bias. smape: 2 |truth - predicted| / (|truth| + |predicted|), 0..2, 0
    where both are 0. Raises Unmeasurable.
    """
    require_numbers(truth, predicted)
    errors: Array = predicted - truth
    if metric == "absolute_bias":
        return errors
    if metric == "mape":
        _require_no_zeros(truth)
        errors = errors / truth
    if metric == "smape":
        size = (numpy.abs(truth) + numpy.abs(predicted)) / 2
        errors = numpy.divide(errors, size, out=numpy.zeros(len(size)), where=size > 0)
    found: Array = numpy.square(errors) if metric == "mse" else numpy.abs(errors)
    return found


def _require_no_zeros(truth: Array) -> None:
    if zeros := int(numpy.count_nonzero(truth == 0)):
        raise Unmeasurable(f"{zeros} of {len(truth)} labels are 0, of which there is no percentage")


METRICS: Mapping[str, Measured] = {
    "mae": Measured(mean_absolute_error),
    "mse": Measured(mean_squared_error),
    "rmse": Measured(root_mean_squared_error),
    "median_absolute_error": Measured(median_absolute_error),
    "mape": Measured(mean_absolute_percentage_error),
    "absolute_bias": Measured(absolute_bias),
    "r2": Measured(r_squared, higher_is_better=True),
}
"""The metrics of predicted numbers by their names in a policy."""
