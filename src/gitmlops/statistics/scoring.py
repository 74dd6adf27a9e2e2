"""Metrics of scores beyond the counted ones: a classifier's with weights, and of several classes.

labels: shape (rows,). weights: shape (rows,), >= 0, None: all 1. Definitions are scikit-learn's, whose functions the
tests compare with; where those warn and answer 0, here there is Unmeasurable.
"""

import math

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array, Unmeasurable, require_scores
from gitmlops.statistics.resampling import Whole

_ROUNDING = 1e-6
"""How far the scores of a row may sum from 1."""


def weighted_auc(labels: Array, scores: Array, weights: Array | None = None) -> float:
    """P(a positive's score > a negative's) + P(equal) / 2 for rows drawn by weight: 0.5 is chance, 1 a perfect order.

    Raises Unmeasurable unless both classes have weight.
    """
    above, below = _weights_by_score(labels, scores, weights)
    if not above.sum() or not below.sum():
        raise Unmeasurable("roc_auc needs positives and negatives, all rows are of one class")
    lower = numpy.cumsum(below) - below
    return float(above @ (lower + below / 2) / (above.sum() * below.sum()))


def average_precision(labels: Array, scores: Array, weights: Array | None = None) -> float:
    """sum over thresholds, from high to low, of (recall_k - recall_(k-1)) * precision_k, above 0 and at most 1.

    The share of positives is chance. Raises Unmeasurable without a positive.
    """
    above, below = _weights_by_score(labels, scores, weights)
    above, below = above[::-1], below[::-1]
    if not above.sum():
        raise Unmeasurable("average precision needs a positive label, there is none")
    found, made = numpy.cumsum(above), numpy.cumsum(above + below)
    reached = made > 0
    return float((above[reached] * found[reached] / made[reached]).sum() / above.sum())


def balanced_accuracy(table: Whole) -> float:
    """Mean over classes of the share found: 1 / classes is chance, 1 perfect; of a `class_table`.

    Raises Unmeasurable if a class has no row.
    """
    rows = table.sum(axis=1)
    if not rows.all():
        raise Unmeasurable("balanced accuracy needs rows of every class")
    return float((numpy.diagonal(table) / rows).mean())


def matthews(table: Whole) -> float:
    """Matthews' correlation of labels and decisions, -1..1: 0 is chance, 1 perfect; of a `class_table`.

    (s c - sum p_k t_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2)) with s rows, c right, t_k labelled, p_k decided k.
    Raises Unmeasurable if all labels or all decisions are one class.
    """
    counts = table.astype(numpy.float64)
    rows, labelled, decided = counts.sum(), counts.sum(axis=1), counts.sum(axis=0)
    spread = (rows * rows - decided @ decided) * (rows * rows - labelled @ labelled)
    if spread <= 0:
        raise Unmeasurable("Matthews' correlation needs two classes among labels and among decisions")
    return float((rows * counts.trace() - decided @ labelled) / math.sqrt(spread))


def class_table(labels: Whole, decisions: Whole, classes: int) -> Whole:
    """Rows by label and decision: shape (classes, classes). labels, decisions: shape (rows,), 0..classes-1.

    Raises Unmeasurable without rows or for another class.
    """
    if len(labels) != len(decisions):
        raise Unmeasurable(f"{len(labels)} labels for {len(decisions)} decisions")
    if not len(labels):
        raise Unmeasurable("there are no rows")
    for what, found in (("labels", labels), ("decisions", decisions)):
        if outside := int(numpy.count_nonzero((found < 0) | (found >= classes))):
            raise Unmeasurable(f"{outside} of {len(found)} {what} are none of the {classes} classes")
    return numpy.bincount(labels * classes + decisions, minlength=classes * classes).reshape(classes, classes)


def macro_f1(labels: Array, scores: NDArray[numpy.float64], weights: Array | None = None) -> float:
    """Mean over classes of f1 = 2 right / (labelled + decided), the likeliest class being the decision, 0..1.

    labels: 0..classes-1, scores: shape (rows, classes). A class that is never decided counts 0. Raises Unmeasurable
    for a class without a label.
    """
    classes = scores.shape[1]
    cells = labels.astype(numpy.int64) * classes + scores.argmax(axis=1)
    table = numpy.bincount(cells, weights=weights, minlength=classes * classes).reshape(classes, classes)
    labelled, decided = table.sum(axis=1), table.sum(axis=0)
    if not labelled.all():
        raise Unmeasurable("macro f1 needs rows of every class")
    return float((2 * numpy.diagonal(table) / (labelled + decided)).mean())


def macro_auc(labels: Array, scores: NDArray[numpy.float64], weights: Array | None = None) -> float:
    """Mean over classes of `weighted_auc` of the class against all others; arguments as of `macro_f1`.

    Raises Unmeasurable unless every class has a label.
    """
    found = [
        weighted_auc((labels == place).astype(numpy.float64), scores[:, place], weights)
        for place in range(scores.shape[1])
    ]
    return float(numpy.mean(found))


def require_probabilities(labels: Array, scores: NDArray[numpy.float64]) -> None:
    """Raises Unmeasurable unless there are rows, labels are classes, and each row's scores sum to 1 within 1e-6."""
    if scores.ndim != 2 or len(scores) != len(labels) or not len(labels):
        raise Unmeasurable(f"{len(labels)} labels for scores of shape {scores.shape}")
    if not numpy.isin(labels, numpy.arange(scores.shape[1])).all():
        raise Unmeasurable("a label is none of the classes")
    if missing := int(numpy.count_nonzero(~numpy.isfinite(scores).all(axis=1))):
        raise Unmeasurable(f"{missing} of {len(scores)} scores are not finite numbers")
    wrong = (scores < 0).any(axis=1) | (numpy.abs(scores.sum(axis=1) - 1) > _ROUNDING)
    if wrong.any():
        raise Unmeasurable(f"the scores of {int(wrong.sum())} of {len(scores)} rows are no probabilities that sum to 1")


def class_losses(metric: str, labels: Array, scores: NDArray[numpy.float64]) -> Array:
    """What each row adds to log_loss or brier: shape (rows,); labels, scores as of `require_probabilities`.

    log_loss: -ln of the probability given to what happened, in nats, held 2^-52 off 0. brier: sum over classes of
    (score - 1 if it happened, else score)^2, 0..2, of two classes twice the one of the positive class.
    Raises Unmeasurable.
    """
    require_probabilities(labels, scores)
    happened = labels.astype(numpy.int64)
    if metric == "brier":
        losses: Array = numpy.square(scores - numpy.eye(scores.shape[1])[happened]).sum(axis=1)
        return losses
    given = numpy.clip(scores[numpy.arange(len(labels)), happened], numpy.finfo(numpy.float64).eps, 1)
    return -numpy.log(given)


def _weights_by_score(labels: Array, scores: Array, weights: Array | None) -> tuple[Array, Array]:
    """Weight of positives and of negatives at each distinct score, from low to high."""
    require_scores(labels, scores)
    heavy = numpy.ones(len(labels)) if weights is None else weights
    _, places = numpy.unique(scores, return_inverse=True)
    positive = (labels == 1).astype(numpy.float64)
    above: Array = numpy.bincount(places, weights=heavy * positive).astype(numpy.float64)
    below: Array = numpy.bincount(places, weights=heavy * (1 - positive)).astype(numpy.float64)
    return above, below
