"""A fitted model and rows -> what it says of each row, by the kind of its task."""

from typing import Any

import pandas

from gitmlops.adapters.scoring.predicted import Scores
from gitmlops.adapters.scoring.predicting import columns_of, predict, require_kind
from gitmlops.errors import Refusal
from gitmlops.specs.model import Task


def scores_of(model: Any, rows: pandas.DataFrame, task: Task, *, file: str) -> Scores:
    """Shape (rows,), of several classes (rows, classes) in the task's order. file: where the model was read from.

    Raises Refusal if the model is not of the task's kind, names no columns, names one that the rows lack, or fails.
    """
    try:
        require_kind(model, task)
        columns = columns_of(model, [str(name) for name in rows.columns])
        return predict(model, rows[columns], task)
    except Refusal as refused:
        raise Refusal(f"the model: {refused.what}", where=file, mend=refused.mend) from refused
