"""Labels of the evaluation rows, by the kind of the task: one for each row, exactly typed, none made up."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy
import pandas

from gitmlops.adapters.scoring.predicted import class_name
from gitmlops.errors import Refusal
from gitmlops.gate.evidence.ids import USABLE, kind
from gitmlops.specs.model import Evaluation, Model, Task, TaskKind
from gitmlops.statistics.classification import Array

_SHOWN = 3


class WrongLabels(Refusal):
    """The labels are not what the task says."""


def of_rows(model: Model, rows: pandas.DataFrame, labels: pandas.DataFrame) -> Array:
    """The label of each row, in the order of the rows: 0 or 1, a number, or the place of a class among the task's.

    Raises Refusal if the rows carry the label, ids do not match one to one, or a label is not what the task says.
    """
    evaluation, label = model.evaluation, model.task.label
    if carried := sorted(name for name in map(str, rows.columns) if name.casefold() == label.casefold()):
        mend = "write rows and labels to files of their own"
        raise Refusal(f"the evaluation rows carry the label {carried[0]!r}", where=evaluation.data, mend=mend)
    _require(rows, (evaluation.id,), evaluation.data)
    _require(labels, (evaluation.id, label), evaluation.labels)
    _match(rows[evaluation.id], labels[evaluation.id], evaluation)
    found = labels.set_index(evaluation.id)[label].reindex(rows[evaluation.id])
    try:
        return in_numbers(found, model.task)
    except WrongLabels as error:
        raise Refusal(error.what, where=evaluation.labels, mend=error.mend) from error


def in_numbers(labels: "pandas.Series[Any]", task: Task) -> Array:
    """Labels as numbers: 0 or 1, a number, or the place of a class among the task's. Raises WrongLabels."""
    return _READ[task.kind](labels, task)


def _of_two(labels: "pandas.Series[Any]", _: Task) -> Array:
    mend = "write 0 or 1 for every row"
    numbers = _numbers(labels, mend)
    if wrong := int(numpy.count_nonzero((numbers != 0) & (numbers != 1))):
        raise WrongLabels(f"{wrong} of {len(numbers)} labels are neither 0 nor 1", mend=mend)
    return numbers


def _of_classes(labels: "pandas.Series[Any]", task: Task) -> Array:
    """Text or whole numbers: 1.0 could be the class 1, and what could be is not evidence."""
    kinds = pandas.api.types
    known = ", ".join(task.classes)
    if missing := int(labels.isna().sum()):
        raise WrongLabels(f"{missing} of {len(labels)} labels are missing", mend=f"write one of {known} for every row")
    values = labels.astype(object) if isinstance(labels.dtype, pandas.CategoricalDtype) else labels
    if not (kinds.is_integer_dtype(values.dtype) or kinds.infer_dtype(values) == "string"):
        raise WrongLabels(f"the labels are {labels.dtype}, no text and no whole numbers", mend=f"write one of {known}")
    places = {name: place for place, name in enumerate(task.classes)}
    found = values.map(lambda one: places.get(class_name(one) or "", -1)).to_numpy(dtype=numpy.float64)
    if wrong := int(numpy.count_nonzero(found < 0)):
        strange = sorted({str(one) for one in values[found < 0].unique()})[:_SHOWN]
        what = f"{wrong} of {len(found)} labels are none of the task's classes: {', '.join(strange)}"
        raise WrongLabels(what, mend=f"write one of {known}, or mend `classes`")
    return found


def _of_numbers(labels: "pandas.Series[Any]", _: Task) -> Array:
    mend = "write a number for every row"
    numbers = _numbers(labels, mend)
    if wrong := int(numpy.count_nonzero(~numpy.isfinite(numbers))):
        raise WrongLabels(f"{wrong} of {len(numbers)} labels are missing or infinite", mend=mend)
    return numbers


def _of_relevance(labels: "pandas.Series[Any]", task: Task) -> Array:
    numbers = _of_numbers(labels, task)
    if wrong := int(numpy.count_nonzero(numbers < 0)):
        raise WrongLabels(f"{wrong} of {len(numbers)} labels are below 0", mend="write a relevance, 0 or more")
    return numbers


def _numbers(labels: "pandas.Series[Any]", mend: str) -> Array:
    if not pandas.api.types.is_numeric_dtype(labels.dtype):
        raise WrongLabels(f"the labels are {labels.dtype}, no numbers", mend=mend)
    found: Array = labels.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
    return found


_READ: Mapping[TaskKind, Callable[["pandas.Series[Any]", Task], Array]] = {
    "binary": _of_two,
    "multiclass": _of_classes,
    "regression": _of_numbers,
    "forecast": _of_numbers,
    "ranking": _of_relevance,
}


def _require(frame: pandas.DataFrame, names: tuple[str, ...], path: str) -> None:
    if not len(frame):
        raise Refusal("there are no rows", where=path, mend="evaluate on some")
    for name in names:
        if name not in frame.columns:
            raise Refusal(f"there is no column {name!r}", where=path, mend="write it, or mend the model's definition")


def _match(rows: "pandas.Series[Any]", labels: "pandas.Series[Any]", evaluation: Evaluation) -> None:
    """Raises Refusal unless each row has one label and each label one row."""
    kinds = [kind(ids) for ids in (rows, labels)]
    if kinds[0] != kinds[1] or kinds[0] not in USABLE:
        what = f"ids are {kinds[0]} in the rows, {kinds[1]} in the labels"
        raise Refusal(what, where=evaluation.labels, mend="write whole numbers or text, in both the same")
    known, labelled = pandas.Index(rows), pandas.Index(labels)
    counts = {
        "doubled in the rows": int(known.duplicated().sum()),
        "doubled in the labels": int(labelled.duplicated().sum()),
        "missing in the labels": len(known.difference(labelled)),
        "not in the rows": len(labelled.difference(known)),
    }
    if any(counts.values()):
        shown = ", ".join(f"{count} {where}" for where, count in counts.items() if count)
        raise Refusal(f"ids do not match one to one: {shown}", where=evaluation.labels, mend="write one label a row")
