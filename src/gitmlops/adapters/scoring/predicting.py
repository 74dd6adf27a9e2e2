"""What a fitted model says of rows, by the kind of its task: probabilities, numbers, or an order."""

import re
from collections.abc import Collection
from typing import Any

import numpy
import pandas
from sklearn.base import is_regressor

from gitmlops.adapters.scoring.predicted import Scores, class_name
from gitmlops.errors import Refusal
from gitmlops.specs.model import Task

_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|\[[^\]]*\]")
_RANKERS = ("lightgbm.sklearn.LGBMRanker",)
_LEARN = "train it on the columns of its feature set"


def columns_of(model: Any, known: Collection[str]) -> list[str]:
    """The columns that a model names, in its order. Raises Refusal if it names none, or one that is not known."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        raise Refusal("it does not name its columns", mend="train it on a data frame")
    columns = [str(name) for name in names]
    if missing := sorted(set(columns) - set(known)):
        raise Refusal(
            f"it asks for columns that its feature set does not have: {', '.join(missing[:5])}",
            mend="train it on the feature set that its definition names",
        )
    return columns


def require_kind(model: Any, task: Task) -> None:
    """Raises Refusal unless a model gives what its task asks for.

    binary: probabilities of the classes 0 and 1; multiclass: of exactly the task's classes, whole numbers by their
    digits; regression, forecast: numbers; ranking: numbers, or the probabilities of 0 and 1.
    """
    if task.kind == "multiclass":
        _require_classes(model, task)
    elif task.kind == "binary":
        if not _is_of_zero_and_one(model):
            raise Refusal("it is no classifier of 0 and 1 with probabilities", mend="train one on labels 0 and 1")
    elif not is_regressor(model) and not (task.kind == "ranking" and (_ranks(model) or _is_of_zero_and_one(model))):
        also = " and no ranker" if task.kind == "ranking" else ""
        raise Refusal(f"it is no regressor{also}", mend=f"train one: the task is {task.kind}")


def predict(model: Any, rows: pandas.DataFrame, task: Task) -> Scores:
    """What a model of the task's kind says of each row: shape (rows,), of several classes (rows, classes) in the task's
    order; as floats, which need not be finite.

    rows: the columns that the model names, in its order. Raises Refusal if it fails on them.
    """
    try:
        found = numpy.asarray(_said(model, rows, task), dtype=numpy.float64)
    except (ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise Refusal(f"it fails on the evaluation rows: {_without_values(str(error))}", mend=_LEARN) from error
    wanted = (len(rows), len(task.classes)) if task.kind == "multiclass" else (len(rows),)
    if found.shape != wanted:
        raise Refusal(f"it gives {found.shape} numbers for {len(rows)} rows", mend="train a model of one output")
    return found


def _without_values(message: str) -> str:
    """A library's words without what it quotes: values of rows are of people, and no report may have them."""
    return _QUOTED.sub("…", message)


def _said(model: Any, rows: pandas.DataFrame, task: Task) -> Any:
    if task.kind == "multiclass":
        places = [_class_names(model).index(name) for name in task.classes]
        return model.predict_proba(rows)[:, places]
    if task.kind == "binary" or (task.kind == "ranking" and hasattr(model, "classes_")):
        return model.predict_proba(rows)[:, 1]
    return model.predict(rows)


def _require_classes(model: Any, task: Task) -> None:
    if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
        raise Refusal("it is no classifier with probabilities", mend="train one on the task's classes")
    known = _class_names(model)
    if sorted(map(str, known)) != sorted(task.classes):
        lacks = ", ".join(sorted({*task.classes} - {*known})) or "none"
        more = ", ".join(sorted(map(str, {*known} - {*task.classes}))) or "none"
        mend = "train it on rows of every class of the task, or mend `classes`"
        raise Refusal(f"its classes are not those of its task: it lacks {lacks}, it has {more} beside them", mend=mend)


def _class_names(model: Any) -> list[str | None]:
    classes = numpy.asarray(model.classes_)
    return [class_name(one) for one in classes.tolist()] if classes.ndim == 1 else []


def _is_of_zero_and_one(model: Any) -> bool:
    classes = numpy.asarray(getattr(model, "classes_", ()))
    return hasattr(model, "predict_proba") and classes.ndim == 1 and classes.tolist() == [0, 1]


def _ranks(model: Any) -> bool:
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return f"{type(last).__module__}.{type(last).__qualname__}" in _RANKERS
