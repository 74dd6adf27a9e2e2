"""evaluate, package and prediction logs for tasks of every kind, against what scikit-learn computes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from sklearn import metrics
from sklearn.linear_model import LinearRegression, LogisticRegression
from tests.conftest import GitRepo

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.components.evaluate import evaluate
from gitmlops.components.package import package
from gitmlops.components.score.prediction_log import prediction_log
from gitmlops.errors import InputError
from gitmlops.records.baseline_file import read_baseline
from gitmlops.registry.tags.history import Version
from gitmlops.specs import reader
from gitmlops.specs.model import Model
from gitmlops.specs.yaml import compose

ROWS = 1200
FILES = {
    "features/entities/row.yaml": "kind: entity\nname: row\nkeys: [{name: row_id, dtype: int64}]\nowner: us\n"
    "description: A row\n",
    "features/sources/rows.yaml": "kind: source\nname: rows\npath: data/rows.parquet\ntimestamp: at\nowner: us\n"
    "description: Rows\ncolumns: {row_id: int64, at: timestamp, a: float64, b: float64}\n",
    "features/views/rows.yaml": "kind: feature_view\nname: rows\nowner: us\ndescription: Rows\nentities: [row]\n"
    "source: rows\nfeatures:\n- {name: a, dtype: float64, description: One}\n"
    "- {name: b, dtype: float64, description: Two}\n",
    "features/sets/both.yaml": "kind: feature_set\nname: both\nowner: us\ndescription: Both\n"
    "features: ['rows@v1:a', 'rows@v1:b']\n",
}
DEFINITION = """\
kind: model
name: toy
pipeline: train
artifact: models/toy.skops
feature_set: both
owner: us
risk_tier: low
intended_use: Tests
not_intended_for: Anything else
task: {TASK}
evaluation: {data: rows.parquet, labels: labels.parquet, id: row_id, slices: [place]}
"""
GENERATOR = numpy.random.default_rng(3)
FRAME = pandas.DataFrame(
    {
        "row_id": range(ROWS),
        "a": GENERATOR.normal(size=ROWS),
        "b": GENERATOR.normal(size=ROWS),
        "place": numpy.where(numpy.arange(ROWS) // 6 % 3 == 0, "JFK", "EWR"),
        "at": pandas.Timestamp("2026-01-01") + pandas.to_timedelta(numpy.arange(ROWS) // 4, unit="D"),
        "search": numpy.arange(ROWS) // 6,
    }
)
NOISE = GENERATOR.normal(size=ROWS)
SIZE = numpy.array(["short", "medium", "long"])[numpy.digitize(FRAME["a"] + 0.5 * NOISE, [-0.5, 0.5])]
DELAY = 20 + 5 * FRAME["a"] + FRAME["b"] + NOISE
CLICKED = numpy.where(FRAME["row_id"] % 6 == 0, 1, (FRAME["a"] + NOISE > 1.5).astype(int))
X = FRAME[["a", "b"]]


@dataclass(frozen=True)
class Kind:
    """A task, its labels, a model of it, its columns, and two of its metrics as scikit-learn has them."""

    task: str
    labels: Any
    fitted: Any
    columns: list[str]
    oracle: Callable[[Any], dict[str, float]]


def of_classes(predictions: Any) -> dict[str, float]:
    scores = predictions.to_numpy()
    order, names = ["long", "medium", "short"], numpy.array(["short", "medium", "long"])
    return {
        "macro_f1": metrics.f1_score(SIZE, names[scores.argmax(axis=1)], average="macro"),
        "log_loss": metrics.log_loss(SIZE, scores[:, ::-1], labels=order),
    }


def of_numbers(predictions: Any) -> dict[str, float]:
    found = predictions["prediction"]
    return {"mae": metrics.mean_absolute_error(DELAY, found), "r2": metrics.r2_score(DELAY, found)}


def of_queries(predictions: Any) -> dict[str, float]:
    by_query = [numpy.asarray(one).reshape(-1, 6) for one in (CLICKED, predictions["score"])]
    return {"ndcg": metrics.ndcg_score(*by_query)}


KINDS = {
    "multiclass": Kind(
        "{kind: multiclass, label: y, classes: [short, medium, long]}",
        SIZE, LogisticRegression().fit(X, SIZE), ["score_short", "score_medium", "score_long"], of_classes,
    ),
    "regression": Kind(
        "{kind: regression, label: y}", DELAY, LinearRegression().fit(X, DELAY), ["prediction"], of_numbers
    ),
    "forecast": Kind(
        "{kind: forecast, label: y, time: at}", DELAY, LinearRegression().fit(X, DELAY), ["prediction"], of_numbers
    ),
    "ranking": Kind(
        "{kind: ranking, label: y, query: search}", CLICKED, LinearRegression().fit(X, CLICKED), ["score"], of_queries
    ),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, project: GitRepo, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """A project with the definition of a model of this kind, its file, its rows and labels, in another order."""
    found = KINDS[request.param]
    project.write({**FILES, "models/toy.yaml": DEFINITION.replace("{TASK}", found.task)})
    monkeypatch.chdir(project.root)
    models.save(found.fitted, Path("model.skops"))
    tables.write(FRAME, Path("rows.parquet"))
    labels = pandas.DataFrame({"row_id": FRAME["row_id"], "y": found.labels})
    tables.write(labels.sample(frac=1, random_state=1), Path("labels.parquet"))
    return found


def evaluated() -> tuple[pandas.DataFrame, dict[str, Any]]:
    inputs = {"model": Path("model.skops"), "rows": Path("rows.parquet"), "labels": Path("labels.parquet")}
    outputs = {name: Path(f"{name}.json") for name in ("metrics", "calibration", "confusion")}
    evaluate.run(inputs, {"definition": "toy"}, {"predictions": Path("predictions.parquet"), **outputs})
    return tables.read(Path("predictions.parquet")), json.loads(Path("metrics.json").read_text())


def packaged() -> dict[str, Path]:
    outputs = {name: Path("models") / f"toy.{name}" for name in ("model", "card", "baseline", "manifest")}
    inputs = {name: Path(f"{name}.parquet") for name in ("rows", "labels", "predictions")}
    inputs |= {"train": Path("rows.parquet"), "model": Path("model.skops")}
    package.run(inputs, {"definition": "toy", "time": "at", "seed": 7}, outputs)
    return outputs


def test_predictions_and_metrics_are_of_the_kind_of_the_task(kind: Kind) -> None:
    predictions, measured = evaluated()
    assert list(predictions.columns) == ["row_id", *kind.columns]
    for name, expected in kind.oracle(predictions[kind.columns]).items():
        assert measured[name]["value"] == pytest.approx(expected), name
        assert set(measured["slices"]["place"]) == {"EWR", "JFK"}
        assert name in measured["slices"]["place"]["JFK"]
    decided = json.loads(Path("confusion.json").read_text())
    assert {one["actual"] for one in decided} == ({*SIZE} if "score_short" in kind.columns else set())
    points = json.loads(Path("calibration.json").read_text())
    assert sum(point["rows"] for point in points) == ROWS


def test_a_package_has_a_card_and_a_baseline_with_these_metrics_and_not_those_of_two_classes(kind: Kind) -> None:
    predictions, measured = evaluated()
    outputs = packaged()
    (name, expected), *_ = kind.oracle(predictions[kind.columns]).items()
    assert f"| {name} | {expected:.4f} |" in outputs["card"].read_text()
    assert "roc_auc |" not in outputs["card"].read_text().replace("macro_roc_auc", "")
    found = read_baseline(outputs["baseline"].read_bytes(), path="baseline")
    in_baseline = {metric.name: metric.value for metric in found.metrics}
    assert "roc_auc" not in in_baseline and found.calibration == ()
    shared = set(in_baseline) & set(kind.oracle(predictions[kind.columns]))
    assert len(shared) == (0 if kind.columns == ["score"] else 2)
    assert all(in_baseline[one] == pytest.approx(measured[one]["value"]) for one in shared)
    assert found.predicted == tuple(kind.columns)
    assert [one.name for one in found.class_calibration] == [c[6:] for c in kind.columns if c.startswith("score_")]
    assert {model.metric for model in found.losses} == ({"mae", "rmse"} if found.kind == "regression" else set())
    assert {column.name for column in found.columns} == {"a", "b"}
    assert measured


def test_a_package_keeps_how_columns_go_together_if_monitoring_asks_for_it(kind: Kind) -> None:
    asked = "monitoring: {log: data/served, windows: {by: 7d}, multivariate: {columns: [a, b]}}\n"
    Path("models/toy.yaml").write_text(DEFINITION.replace("{TASK}", kind.task) + asked)
    evaluated()
    found = read_baseline(packaged()["baseline"].read_bytes(), path="baseline")
    assert found.together is not None
    assert found.together.columns == ("a", "b")
    assert found.together.distance.rows == ROWS


def test_of_a_slice_that_few_rows_have_nothing_is_kept_in_git(kind: Kind) -> None:
    few = FRAME["search"] < 3
    tables.write(FRAME.assign(place=FRAME["place"].where(~few, "Doe Airfield")), Path("rows.parquet"))
    _, measured = evaluated()
    packaged()
    assert set(measured["slices"]["place"]) == {"EWR", "JFK"}
    for written in (Path("metrics.json"), Path("models/toy.card"), Path("models/toy.baseline")):
        assert "Doe Airfield" not in written.read_text()


def test_a_prediction_log_has_the_columns_of_the_task(kind: Kind) -> None:
    predictions, _ = evaluated()
    (root,) = compose(Path("models/toy.yaml").read_bytes(), path="models/toy.yaml")
    model, _ = reader.read(root, Model, path="models/toy.yaml")
    assert model is not None
    version = Version("toy", "v1.0.0", "c" * 40, "toy@v1.0.0", 0, "")
    content = Path("model.skops").read_bytes()
    log = prediction_log(FRAME, content, model=model, features=["a", "b"], version=version, time="at")
    pandas.testing.assert_frame_equal(log[kind.columns], predictions[kind.columns])
    assert list(log.columns[:4]) == ["prediction_id", "time", "model", "version"]


def test_labels_that_are_not_of_the_task_are_told(kind: Kind) -> None:
    wrong: Any = [None, *kind.labels[1:]] if kind.columns == ["score_short"] else numpy.full(ROWS, numpy.inf)
    tables.write(pandas.DataFrame({"row_id": FRAME["row_id"], "y": wrong}), Path("labels.parquet"))
    with pytest.raises(InputError, match="labels"):
        evaluated()
