"""What real models say of rows, by the kind of their task, and what is no model of that kind."""

from typing import Any

import lightgbm
import numpy
import pandas
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from gitmlops.adapters.scoring import predicted, predicting
from gitmlops.errors import Refusal
from gitmlops.specs.model import Task

ROWS = pandas.DataFrame(numpy.random.default_rng(1).normal(size=(300, 2)), columns=["a", "b"])
SIZE = numpy.array(["long", "short", "medium"])[numpy.arange(300) % 3]
GRADE = numpy.array([10, 1, 2])[numpy.arange(300) % 3]
LATE = (ROWS["a"] > 0).astype(int)
QUIET: dict[str, Any] = {"verbose": -1, "n_estimators": 3, "random_state": 1}

SIZES = Task(kind="multiclass", label="size", classes=["short", "medium", "long"])
GRADES = Task(kind="multiclass", label="grade", classes=["1", "2", "10"])
BINARY = Task(kind="binary", label="late")
DELAY = Task(kind="regression", label="delay")
SALES = Task(kind="forecast", label="sales", time="day")
SEARCH = Task(kind="ranking", label="clicked", query="query")


def scaled(model: Any) -> Any:
    return make_pipeline(StandardScaler().set_output(transform="pandas"), model)


RANKER = lightgbm.LGBMRanker(**QUIET).fit(ROWS, LATE, group=[10] * 30)
FITTED = [
    (SIZES, LogisticRegression().fit(ROWS, SIZE)),
    (SIZES, scaled(HistGradientBoostingClassifier(max_iter=3)).fit(ROWS, SIZE.astype(object))),
    (GRADES, lightgbm.LGBMClassifier(**QUIET).fit(ROWS, GRADE)),
    (DELAY, LinearRegression().fit(ROWS, ROWS["a"])),
    (DELAY, lightgbm.LGBMRegressor(**QUIET).fit(ROWS, ROWS["a"])),
    (SALES, scaled(HistGradientBoostingRegressor(max_iter=3)).fit(ROWS, ROWS["a"])),
    (SEARCH, RANKER),
    (SEARCH, LinearRegression().fit(ROWS, LATE)),
    (SEARCH, LogisticRegression().fit(ROWS, LATE)),
    (BINARY, LogisticRegression().fit(ROWS, LATE)),
]


@pytest.mark.parametrize(("task", "model"), FITTED, ids=lambda value: getattr(value, "kind", type(value).__name__))
def test_a_model_of_the_kind_scores_rows_in_the_columns_of_the_task(task: Task, model: Any) -> None:
    predicting.require_kind(model, task)
    columns = predicting.columns_of(model, ["b", "a", "more"])
    found = predicting.predict(model, ROWS[columns], task)
    table = predicted.as_table(found, task)
    assert list(table) == list(task.predicted)
    assert numpy.array_equal(predicted.from_table(table, task), found)
    if task.kind == "multiclass":
        decided = numpy.array(task.classes)[found.argmax(axis=1)]
        assert decided.tolist() == [str(one) for one in model.predict(ROWS)]
    elif task.kind in ("regression", "forecast"):
        assert found.tolist() == model.predict(ROWS).tolist()


WRONG = [
    (SIZES, LogisticRegression().fit(ROWS, numpy.array(["long", "short"] * 150)), "it lacks medium, it has none"),
    (SIZES, LogisticRegression().fit(ROWS, numpy.where(SIZE == "long", "huge", SIZE)), "it lacks long, it has huge"),
    (GRADES, LogisticRegression().fit(ROWS, GRADE.astype(float)), "it has None beside them"),
    (SIZES, LinearRegression().fit(ROWS, ROWS["a"]), "no classifier with probabilities"),
    (SIZES, LinearSVC().fit(ROWS, SIZE), "no classifier with probabilities"),
    (BINARY, LogisticRegression().fit(ROWS, GRADE), "no classifier of 0 and 1"),
    (DELAY, LogisticRegression().fit(ROWS, LATE), "it is no regressor"),
    (DELAY, KMeans(n_clusters=2, n_init=1).fit(ROWS), "it is no regressor"),
    (SALES, IsolationForest(n_estimators=2).fit(ROWS), "it is no regressor"),
    (DELAY, RANKER, "it is no regressor"),
    (SEARCH, LogisticRegression().fit(ROWS, SIZE), "no regressor and no ranker"),
]


@pytest.mark.parametrize(("task", "model", "said"), WRONG)
def test_a_model_of_another_kind_is_refused(task: Task, model: Any, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        predicting.require_kind(model, task)


def test_a_model_of_two_outputs_is_refused() -> None:
    model = LinearRegression().fit(ROWS, ROWS[["a", "b"]])
    with pytest.raises(Refusal, match=r"it gives \(300, 2\) numbers for 300 rows"):
        predicting.predict(model, ROWS, DELAY)


def test_a_model_that_asks_for_other_columns_is_refused() -> None:
    model = LinearRegression().fit(ROWS, ROWS["a"])
    with pytest.raises(Refusal, match="columns that its feature set does not have: b"):
        predicting.columns_of(model, ["a"])
    with pytest.raises(Refusal, match="does not name its columns"):
        predicting.columns_of(LinearRegression().fit(ROWS.to_numpy(), ROWS["a"]), ["a", "b"])


def test_predictions_without_a_column_of_the_task_are_refused() -> None:
    with pytest.raises(Refusal, match="no column 'score_long'"):
        predicted.from_table(pandas.DataFrame({"score_short": [1.0], "score_medium": [0.0]}), SIZES)
