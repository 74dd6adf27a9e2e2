"""Predictions in the columns in which they are kept; apart from the models, whose library takes a second to import."""

from typing import Any

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.errors import Refusal
from gitmlops.specs.model import Task

Scores = NDArray[numpy.float64]


def as_table(scores: Scores, task: Task) -> pandas.DataFrame:
    """Predictions as they are kept, in the task's columns: `score`, `score_CLASS` or `prediction`."""
    return pandas.DataFrame(scores.reshape(len(scores), -1), columns=list(task.predicted))


def from_table(table: pandas.DataFrame, task: Task) -> Scores:
    """Predictions as `predict` gives them, from the columns in which they are kept. Raises Refusal if one lacks."""
    if missing := [name for name in task.predicted if name not in table.columns]:
        raise Refusal(f"the predictions have no column {missing[0]!r}", mend="score the rows again")
    found = table[list(task.predicted)].to_numpy(dtype=numpy.float64)
    return found if task.kind == "multiclass" else found[:, 0]


def class_name(value: Any) -> str | None:
    """A class as a task names it: text as it is, a whole number by its digits; None for anything else."""
    if isinstance(value, str):
        return str(value)
    is_whole = isinstance(value, int | numpy.integer) and not isinstance(value, bool | numpy.bool_)
    return str(int(value)) if is_whole else None
