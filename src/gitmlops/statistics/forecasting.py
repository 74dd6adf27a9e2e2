"""Metrics of forecasts of a series, beside those of `regression`.

truth, predicted: shape (rows,), finite, in the series' unit. All raise Unmeasurable for what is no evidence.
"""

import numpy

from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.regression import mean_absolute_error, require_numbers, row_errors


def weighted_absolute_percentage_error(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """sum |truth - predicted| / sum |truth|, a share, 0 or more; exists where single labels are 0."""
    require_numbers(truth, predicted, weights)
    heavy = numpy.ones(len(truth)) if weights is None else weights
    total = float(heavy @ numpy.abs(truth))
    if not total:
        raise Unmeasurable("all labels are 0, of which there is no percentage")
    return float(heavy @ numpy.abs(truth - predicted)) / total


def symmetric_percentage_error(truth: Array, predicted: Array) -> float:
    """Mean of 2 |truth - predicted| / (|truth| + |predicted|), 0..2; a row where both are 0 counts 0."""
    return float(row_errors("smape", truth, predicted).mean())


def scaled_error(truth: Array, predicted: Array, history: Array, *, season: int = 1) -> float:
    """Mean absolute error / that of the seasonal naive forecast within the history: below 1 beats it, 0 or more.

    history: the series before the forecast, shape (times,), in order; season: its period in rows, from 1. The naive
    forecast is the value one season before.
    """
    require_numbers(history, history)
    if not 1 <= season < len(history):
        raise Unmeasurable(f"a season of {season} rows in a history of {len(history)}")
    naive = float(numpy.abs(history[season:] - history[:-season]).mean())
    if not naive:
        raise Unmeasurable("the history repeats itself: there is no scale")
    return mean_absolute_error(truth, predicted) / naive


def interval_coverage(truth: Array, lower: Array, upper: Array) -> float:
    """Share of labels within their forecast limits, ends included, 0..1; to be compared with what they claim.

    Raises Unmeasurable also for a lower limit above its upper one.
    """
    require_numbers(truth, lower)
    require_numbers(truth, upper)
    if crossed := int(numpy.count_nonzero(lower > upper)):
        raise Unmeasurable(f"{crossed} of {len(truth)} intervals end before they begin")
    return float(((lower <= truth) & (truth <= upper)).mean())
