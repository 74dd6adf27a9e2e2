"""Labels by the kind of the task: exactly typed, one for each row, and what is none refuses."""

import numpy
import pandas
import pytest

from gitmlops.gate.evidence.labels import WrongLabels, in_numbers
from gitmlops.specs.model import Task

SIZES = Task(kind="multiclass", label="size", classes=["short", "medium", "long"])
GRADES = Task(kind="multiclass", label="grade", classes=["1", "2", "10"])
LATE = Task(kind="binary", label="late")
DELAY = Task(kind="regression", label="delay")
SALES = Task(kind="forecast", label="sales", time="day")
SEARCH = Task(kind="ranking", label="clicked", query="query")


@pytest.mark.parametrize(
    ("task", "labels", "numbers"),
    [
        (SIZES, ["long", "short", "medium"], [2, 0, 1]),
        (SIZES, pandas.Categorical(["long", "short"]), [2, 0]),
        (GRADES, [10, 1, 2], [2, 0, 1]),
        (GRADES, ["10", "1", "2"], [2, 0, 1]),
        (GRADES, pandas.array([10, 2], dtype="Int64"), [2, 1]),
        (DELAY, [1, -2], [1, -2]),
        (SALES, [0.5, 2.25], [0.5, 2.25]),
        (SEARCH, [0, 3], [0, 3]),
        (LATE, [0, 1], [0, 1]),
    ],
)
def test_labels_become_numbers_in_the_order_of_the_rows(task: Task, labels: object, numbers: list[float]) -> None:
    assert in_numbers(pandas.Series(labels), task).tolist() == numbers


@pytest.mark.parametrize(
    ("task", "labels", "said"),
    [
        (SIZES, ["long", "huge", "tiny"], "2 of 3 labels are none of the task's classes: huge, tiny"),
        (SIZES, ["Long"], "1 of 1 labels are none of the task's classes: Long"),
        (SIZES, ["long", None], "1 of 2 labels are missing"),
        (SIZES, [0, 1], "2 of 2 labels are none of the task's classes: 0, 1"),
        (SIZES, [""], "1 of 1 labels are none of the task's classes"),
        (GRADES, [1.0, 2.0], "the labels are float64, no text and no whole numbers"),
        (GRADES, [True, False], "the labels are bool, no text and no whole numbers"),
        (GRADES, pandas.Series([1, "2"], dtype=object), "the labels are object, no text and no whole numbers"),
        (GRADES, ["01"], "1 of 1 labels are none of the task's classes: 01"),
        (GRADES, pandas.to_datetime(["2026-01-01"]), "no text and no whole numbers"),
        (LATE, [0, 2], "1 of 2 labels are neither 0 nor 1"),
        (LATE, ["0", "1"], "no numbers"),
        (DELAY, ["1"], "no numbers"),
        (DELAY, [1.0, numpy.nan], "1 of 2 labels are missing or infinite"),
        (SALES, [1.0, numpy.inf], "1 of 2 labels are missing or infinite"),
        (SEARCH, [1.0, -1.0], "1 of 2 labels are below 0"),
    ],
)
def test_labels_that_are_none_of_the_task_refuse(task: Task, labels: object, said: str) -> None:
    with pytest.raises(WrongLabels, match=said):
        in_numbers(pandas.Series(labels), task)
