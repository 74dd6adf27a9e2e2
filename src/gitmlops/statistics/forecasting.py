"""Metrics of forecasts of a series, beside those of `regression`.

truth, predicted: shape (rows,), finite, in the series' unit. All raise Unmeasurable for what is no evidence.
"""

import numpy

from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.regression import require_numbers


def weighted_absolute_percentage_error(truth: Array, predicted: Array, weights: Array | None = None) -> float:
    """sum |truth - predicted| / sum |truth|, a share, 0 or more; exists where single labels are 0."""
    require_numbers(truth, predicted, weights)
    heavy = numpy.ones(len(truth)) if weights is None else weights
    total = float(heavy @ numpy.abs(truth))
    if not total:
        raise Unmeasurable("all labels are 0, of which there is no percentage")
    return float(heavy @ numpy.abs(truth - predicted)) / total
