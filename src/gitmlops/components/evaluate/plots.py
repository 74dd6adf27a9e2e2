"""What `dvc plots` draws of predictions: how well they are calibrated, and which decisions they lead to."""

from typing import Any

import numpy

from gitmlops.adapters.scoring.predicted import Scores
from gitmlops.specs.model import Task
from gitmlops.statistics.classification import Array

_BINS = 10


def calibration(labels: Array, scores: Array) -> list[dict[str, Any]]:
    """A point for each tenth of the rows by score: mean score, share of positives and number of rows.

    labels: 0 or 1, scores: 0..1, both of shape (rows,). Rows of one score are in one bin, so that there may be fewer.
    A model is calibrated where share and mean score are the same. Of numbers the share is the mean label.
    """
    uppers = numpy.unique(numpy.quantile(scores, numpy.linspace(0, 1, _BINS + 1)[1:]))
    bins = numpy.searchsorted(uppers, scores)
    return [
        {
            "mean_score": float(scores[bins == index].mean()),
            "positive_share": float(labels[bins == index].mean()),
            "rows": int((bins == index).sum()),
        }
        for index in numpy.unique(bins)
    ]


def levels(labels: Array, scores: Scores) -> tuple[Array, Array]:
    """What calibration compares, a number a row: labels and scores; of several classes whether the likeliest is right,
    and its probability."""
    if scores.ndim == 1:
        return labels, scores
    return (scores.argmax(axis=1) == labels).astype(numpy.float64), scores.max(axis=1)


def decisions(labels: Array, scores: Scores, task: Task) -> list[dict[str, Any]]:
    """As `confusion`, of several classes by their names; nothing where a task decides nothing."""
    if task.kind == "binary":
        return confusion(labels, scores, threshold=task.threshold)
    if task.kind != "multiclass":
        return []
    return [
        {"actual": task.classes[int(label)], "predicted": task.classes[place]}
        for label, place in zip(labels.tolist(), scores.argmax(axis=1).tolist(), strict=True)
    ]


def confusion(labels: Array, scores: Array, *, threshold: float) -> list[dict[str, Any]]:
    """An entry a row with what happened and what was decided, 0 or 1: the template `confusion` counts them."""
    decided = scores >= threshold
    return [
        {"actual": int(label), "predicted": int(one)}
        for label, one in zip(labels.tolist(), decided.tolist(), strict=True)
    ]
