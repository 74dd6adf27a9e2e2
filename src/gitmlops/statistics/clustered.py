"""Metrics of every kind of task with a standard error, rows of one entity counted together.

A metric M of rows is, near what was drawn, M + the mean of each row's influence: the derivative of M by the row's
weight, times the rows, the mean 0. Entities, drawn independently, give the error of that mean:
se^2 = K / (K - 1) sum over the K entities of (sum of influence in it)^2 / rows^2. Of a plain mean and rows of their own
it is the sample variance / rows. The tests compare each influence with what the weighted metric does.

labels: shape (rows,): 0 or 1, the place of a class, or a number. scores: shape (rows,), or (rows, classes). clusters:
shape (rows,), whole numbers from 0 that name the entity of each row; None: every row is one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy

from gitmlops.statistics import auc, regression
from gitmlops.statistics.classification import Array, Unmeasurable, require_scores
from gitmlops.statistics.classification import row_losses as losses_of_two
from gitmlops.statistics.resampling import Whole
from gitmlops.statistics.scoring import class_losses, class_table, macro_f1, require_probabilities

HIGHER_IS_BETTER: Mapping[str, bool] = {
    "roc_auc": True,
    "brier": False,
    "calibration_gap": False,
    "macro_roc_auc": True,
    "log_loss": False,
    "accuracy": True,
    "macro_f1": True,
    "mae": False,
    "rmse": False,
    "r2": True,
}
"""Every metric: of two classes, of several, of numbers."""


_UNSEEN = 1.5
"""A sample shows less of a long tail than there is: half as much again, as in `mean_gains`."""


@dataclass(frozen=True)
class Estimate:
    """value, standard_error: in the metric's unit; entities: how many independent ones it rests on.

    skewness: of the entities' sums of influence, 0 if they are as far above their mean as below; of roc_auc 0.
    """

    value: float
    standard_error: float
    entities: int
    skewness: float = 0.0


def estimate(metric: str, labels: Array, scores: Array, *, threshold: float, clusters: Whole | None = None) -> Estimate:
    """A metric of HIGHER_IS_BETTER with its standard error. threshold: a score of two classes >= it is the decision 1.

    roc_auc: DeLong's, made cautious as `auc.estimate` is. calibration_gap: the value is |the mean of score - label|,
    the error that of the mean. Raises Unmeasurable if the metric is, or for fewer than two entities.
    """
    if metric == "roc_auc":
        area = auc.estimate(labels, scores, confidence=0.95, clusters=clusters)
        return Estimate(area.value, area.standard_error, _entities(labels, clusters))
    value, influence = measured(metric, labels, scores, threshold=threshold)
    error, skewness = error_and_skewness(influence, clusters)
    return Estimate(value, error, _entities(labels, clusters), skewness)


def measured(metric: str, labels: Array, scores: Array, *, threshold: float) -> tuple[float, Array]:
    """A metric, and the influence of each row on it, shape (rows,); of any metric but roc_auc. Raises Unmeasurable."""
    if metric == "accuracy" and scores.ndim == 1:
        require_scores(labels, scores)
        return _of_mean(((scores >= threshold) == (labels == 1)).astype(numpy.float64))
    return _MEASURES[metric](labels, scores)


def error_and_skewness(influence: Array, clusters: Whole | None = None) -> tuple[float, float]:
    """The standard error of the mean of influence, shape (rows,), as above, and the skewness of the entities' sums.

    Raises Unmeasurable for fewer than two entities.
    """
    entities = _entities(influence, clusters)
    if entities < 2:
        raise Unmeasurable("one entity has no variance")
    sums = influence if clusters is None else numpy.bincount(clusters, weights=influence)
    squares = float(sums @ sums)
    spread = math.sqrt(squares / entities)
    skewness = float(numpy.sum(sums**3)) / entities / spread**3 if spread else 0.0
    return math.sqrt(entities / (entities - 1) * squares) / len(influence), skewness


def half_width(found: Estimate, *, confidence: float, side: Literal[-1, 1]) -> float:
    """How far below (-1) or above (1) the value its one-sided limit lies, in the metric's unit, 0 or more.

    se (t + max(0, side c)), t Student's quantile for the entities, c = 1.5 g (2 t^2 + 1) / (6 sqrt(entities)), g
    the skewness: as of means in `mean_gains.mean`, a limit reaches further to the side of a long tail.
    """
    z = NormalDist().inv_cdf(confidence)
    t = z + (z**3 + z) / (4 * max(found.entities - 1, 1))
    wider = side * _UNSEEN * found.skewness * (2 * t * t + 1) / (6 * math.sqrt(found.entities))
    return found.standard_error * (t + max(0.0, wider))


def _entities(rows: Array, clusters: Whole | None) -> int:
    return len(rows) if clusters is None else int(numpy.count_nonzero(numpy.bincount(clusters)))


_Measured = tuple[float, Array]


def _of_mean(losses: Array) -> _Measured:
    mean = float(losses.mean())
    return mean, losses - mean


def _brier(labels: Array, scores: Array) -> _Measured:
    require_scores(labels, scores)
    return _of_mean(losses_of_two("brier", labels, scores))


def _calibration_gap(labels: Array, scores: Array) -> _Measured:
    require_scores(labels, scores)
    gap, influence = _of_mean(losses_of_two("calibration_gap", labels, scores))
    return abs(gap), influence if gap >= 0 else -influence


def _log_loss(labels: Array, scores: Array) -> _Measured:
    if scores.ndim == 2:
        return _of_mean(class_losses("log_loss", labels, scores))
    require_scores(labels, scores)
    return _of_mean(losses_of_two("log_loss", labels, scores))


def _accuracy(labels: Array, scores: Array) -> _Measured:
    require_probabilities(labels, scores)
    return _of_mean((scores.argmax(axis=1) == labels).astype(numpy.float64))


def _macro_f1(labels: Array, scores: Array) -> _Measured:
    """Of one class f1 = 2 right / (labelled + decided): (2 right_i - f1 (labelled_i + decided_i)) / its mean."""
    require_probabilities(labels, scores)
    value = macro_f1(labels, scores)
    codes, decided, classes = labels.astype(numpy.int64), scores.argmax(axis=1), scores.shape[1]
    table = class_table(codes, decided, classes)
    both = table.sum(axis=1) + table.sum(axis=0)
    f1 = 2 * numpy.diagonal(table) / both
    scale = len(labels) / both
    influence: Array = 2 * (codes == decided) * scale[codes] - f1[codes] * scale[codes] - f1[decided] * scale[decided]
    return value, influence / classes


def _macro_roc_auc(labels: Array, scores: Array) -> _Measured:
    """Of one class DeLong's components: (V_i - area) rows / positives, and the same of negatives."""
    require_probabilities(labels, scores)
    classes, rows = scores.shape[1], len(labels)
    total, influence = 0.0, numpy.zeros(rows)
    for place in range(classes):
        positive = labels == place
        found, area = auc.components(positive.astype(numpy.float64), scores[:, place])
        positives = int(numpy.count_nonzero(positive))
        influence += (found - area) * rows / numpy.where(positive, positives, rows - positives)
        total += area
    return total / classes, influence / classes


def _mae(labels: Array, scores: Array) -> _Measured:
    return _of_mean(regression.row_errors("mae", labels, scores))


def _rmse(labels: Array, scores: Array) -> _Measured:
    """(e_i^2 - mse) / (2 rmse)."""
    squared, influence = _of_mean(regression.row_errors("mse", labels, scores))
    root = math.sqrt(squared)
    return root, influence / (2 * root) if root else influence


def _r2(labels: Array, scores: Array) -> _Measured:
    """((1 - r2) d_i^2 - e_i^2) / mean of d^2, d the distance of a label from the mean label."""
    value = regression.r_squared(labels, scores)
    spread = numpy.square(labels - labels.mean())
    return value, ((1 - value) * spread - numpy.square(labels - scores)) / float(spread.mean())


_MEASURES: Mapping[str, Callable[[Array, Array], _Measured]] = {
    "brier": _brier,
    "calibration_gap": _calibration_gap,
    "macro_roc_auc": _macro_roc_auc,
    "log_loss": _log_loss,
    "accuracy": _accuracy,
    "macro_f1": _macro_f1,
    "mae": _mae,
    "rmse": _rmse,
    "r2": _r2,
}
