"""The prediction log and the outcomes of models of numbers and of several classes: what is read, what is refused."""

from pathlib import Path

import numpy
import pandas
import pytest
from tests import serving, serving_tasks
from tests.serving_tasks import NUMBERS, SEVERAL, TASKS

from gitmlops.errors import InputError
from gitmlops.monitor.observing.log import Predictions, read_predictions
from gitmlops.specs.model import Task

ROWS = {kind: serving_tasks.rows(task, "2020-05", n=200) for kind, task in TASKS.items()}


def read(root: Path, task: Task, log: pandas.DataFrame, outcomes: pandas.DataFrame | None = None) -> Predictions:
    (root / serving_tasks.LOG).mkdir(parents=True, exist_ok=True)
    (root / serving_tasks.OUTCOMES).mkdir(parents=True, exist_ok=True)
    log.to_parquet(root / serving_tasks.LOG / "log.parquet", index=False)
    if outcomes is not None:
        outcomes.to_parquet(root / serving_tasks.OUTCOMES / "outcomes.parquet", index=False)
    return read_predictions(root / serving_tasks.LOG, serving_tasks.MODEL, task.predicted, "customer")


def refused(root: Path, task: Task, log: pandas.DataFrame) -> str:
    with pytest.raises(InputError) as caught:
        read(root, task, log)
    return str(caught.value)


@pytest.mark.parametrize("kind", TASKS)
def test_a_log_without_what_the_task_predicts_is_an_error_with_the_columns_that_it_needs(
    tmp_path: Path, kind: str
) -> None:
    task = TASKS[kind]
    told = refused(tmp_path, task, serving_tasks.log(task, ROWS[kind]).drop(columns=task.predicted[0]))
    assert (
        f"{serving_tasks.LOG}: the prediction log lacks {task.predicted[0]}; a prediction log has the columns" in told
    )
    assert ", ".join(("prediction_id, time, model, version", *task.predicted)) in told


@pytest.mark.parametrize("kind", TASKS)
def test_predictions_that_are_text_are_a_fault_of_their_column(tmp_path: Path, kind: str) -> None:
    task = TASKS[kind]
    log = serving_tasks.log(task, ROWS[kind]).assign(**{task.predicted[0]: "much"})
    found = read(tmp_path, task, log)
    assert [fault.words for fault in found.faults] == [
        f"{task.predicted[0]} is text in served/log.parquet:1, where numbers are expected"
    ]
    assert not found.kept.any()


def test_numbers_that_are_not_finite_are_left_out(tmp_path: Path) -> None:
    log = serving_tasks.log(NUMBERS, ROWS["regression"])
    log.loc[0:2, "prediction"] = [numpy.nan, numpy.inf, -numpy.inf]
    found = read(tmp_path, NUMBERS, log)
    assert (found.incomplete, int(found.kept.sum()), found.entities) == (3, 197, None)
    log["prediction"] = numpy.nan
    assert "has an id, a time, a version and a finite prediction" in refused(tmp_path, NUMBERS, log)


def test_probabilities_that_are_none_are_left_out_and_others_are_divided_by_their_sum(tmp_path: Path) -> None:
    log, columns = serving_tasks.log(SEVERAL, ROWS["multiclass"]), list(SEVERAL.predicted)
    log.loc[0:4, columns] = [[0.5, 0.6, -0.1], [0.5, 0.5, 0.5], [0.5, 0.5, numpy.nan], [0.9, 0, 0], [0.33, 0.33, 0.33]]
    found = read(tmp_path, SEVERAL, log)
    assert found.incomplete == 4
    assert found.scores[found.kept].sum(axis=1) == pytest.approx(1)
    assert found.scores[4].tolist() == pytest.approx([1 / 3] * 3)
    log[columns] = 0.5
    assert "has an id, a time, a version and probabilities that sum to 1" in refused(tmp_path, SEVERAL, log)


def test_files_of_other_models_may_have_other_columns(tmp_path: Path) -> None:
    read(tmp_path, NUMBERS, serving_tasks.log(NUMBERS, ROWS["regression"]))
    serving.log(serving.rows("2020-05", n=50)).to_parquet(tmp_path / serving_tasks.LOG / "other.parquet", index=False)
    found = read_predictions(tmp_path / serving_tasks.LOG, serving_tasks.MODEL, NUMBERS.predicted)
    assert (int(found.kept.sum()), found.of_other_models) == (200, 50)


def test_a_row_without_an_entity_is_one_of_its_own(tmp_path: Path) -> None:
    customers = ["one", "two", None, None] * 50
    found = read(tmp_path, NUMBERS, serving_tasks.log(NUMBERS, ROWS["regression"].assign(customer=customers)))
    assert found.entities is not None
    assert len(numpy.unique(found.entities)) == 102
    assert found.entities[0] == found.entities[4] != found.entities[1]


def observed(root: Path, kind: str, outcomes: pandas.DataFrame) -> pandas.Series:
    read(root, TASKS[kind], serving_tasks.log(TASKS[kind], ROWS[kind]), outcomes)
    seen = serving_tasks.observed(root, TASKS[kind], serving_tasks.baseline(TASKS[kind], n=300))
    return pandas.Series(seen.units[0].labels)


def test_outcomes_are_numbers_or_names_of_classes_and_empty_where_nothing_is_known(tmp_path: Path) -> None:
    numbers = ROWS["regression"][["row_id", "y"]].copy()
    numbers.loc[0, "y"] = None
    assert observed(tmp_path / "numbers", "regression", numbers).tolist() == numbers["y"][1:].tolist()
    classes = ROWS["multiclass"][["row_id", "y"]].copy()
    classes.loc[0, "y"] = None
    places = [serving_tasks.CLASSES.index(name) for name in classes["y"][1:]]
    assert observed(tmp_path / "classes", "multiclass", classes).tolist() == places


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("regression", "much", "y is text"),
        ("regression", numpy.inf, "200 values of y are infinite"),
        ("multiclass", "longest", "200 values of y are none of the task's classes: longest; write one of long, medium"),
        ("multiclass", 1.0, "the outcomes in y are double, no text and no whole numbers"),
    ],
)
def test_outcomes_that_are_none_of_the_task_are_an_error(tmp_path: Path, kind: str, value: object, words: str) -> None:
    with pytest.raises(InputError) as caught:
        observed(tmp_path, kind, ROWS[kind][["row_id"]].assign(y=value))
    assert f"{serving_tasks.OUTCOMES}/outcomes.parquet: {words}" in str(caught.value)


def test_versions_whose_baseline_has_another_task_are_left_out_and_told(tmp_path: Path) -> None:
    log = serving_tasks.log(NUMBERS, ROWS["regression"])
    log.loc[:49, "version"] = "v0.9.0"
    predictions = read(tmp_path, NUMBERS, log, ROWS["regression"][["row_id", "y"]])
    baselines = {"v1.0.0": serving_tasks.baseline(NUMBERS, n=300), "v0.9.0": serving.baseline()}
    seen = serving_tasks.observing(tmp_path, NUMBERS, predictions, baselines)
    assert (seen.of_other_tasks, seen.unregistered, seen.units[0].rows) == ({"v0.9.0": 50}, {}, 150)
