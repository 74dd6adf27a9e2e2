"""Labels and scores -> every metric with its interval, for all rows and for each slice."""

from collections.abc import Iterator
from pathlib import Path

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.components.columns import require_columns, require_unique
from gitmlops.errors import InputError
from gitmlops.records.card import CardMetric
from gitmlops.specs.model import Model
from gitmlops.statistics.classification import HIGHER_IS_BETTER, Array, Unmeasurable, measure
from gitmlops.statistics.intervals import interval


def require_two_classes(model: Model) -> None:
    """Raises InputError for a task of another kind, which the gate judges, and these components do not measure."""
    if model.task.kind != "binary":
        mend = "let a component of the project write what the gate reads, and leave this step out"
        raise InputError(f"this step is of two classes, the task is {model.task.kind}", where=model.name, mend=mend)


def labels_of(rows: pandas.DataFrame, labels: pandas.DataFrame, model: Model, *, path: Path) -> Array:
    """1.0 for a row of the positive class, 0.0 for another, in the order of the rows.

    path: where the labels come from. Raises InputError unless there is exactly one label, 0 or 1, for each row.
    """
    require_two_classes(model)
    identifier, label = model.evaluation.id, model.task.label
    require_columns(labels, (identifier, label), path)
    require_unique(labels[identifier], path)
    found = rows[identifier].map(labels.set_index(identifier)[label])
    if missing := int(found.isna().sum()):
        raise InputError(f"{missing} rows have no label", where=str(path), mend="give a label for every row's id")
    if len(labels) != len(rows):
        raise InputError(f"{len(labels) - len(rows)} labels have no row", where=str(path), mend="take them out")
    if not found.isin([0, 1]).all():
        raise InputError(f"the label {label!r} is not 0 or 1", where=str(path), mend="write 1 for the positive class")
    return found.to_numpy(dtype=numpy.float64)


def measure_all(rows: pandas.DataFrame, labels: Array, scores: Array, model: Model) -> tuple[CardMetric, ...]:
    """Every metric on all rows, then by slice, values sorted. Where there is no number, there is no entry."""
    found = list(_measure("", labels, scores, model.task.threshold))
    for column in model.evaluation.slices:
        groups = rows[column].astype(str).to_numpy()
        for value in sorted(set(groups[rows[column].notna().to_numpy()])):
            chosen: NDArray[numpy.bool_] = groups == value
            found += _measure(f"{column}={value}", labels[chosen], scores[chosen], model.task.threshold)
    return tuple(found)


def _measure(slice_: str, labels: Array, scores: Array, threshold: float) -> Iterator[CardMetric]:
    for name in HIGHER_IS_BETTER:
        try:
            value = measure(name, labels, scores, threshold=threshold)
            limits = interval(name, labels, scores, threshold=threshold)
        except Unmeasurable:
            continue
        yield CardMetric(name, value, limits.lower, limits.upper, len(labels), slice_)
