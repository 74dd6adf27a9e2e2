import json
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from tests.conftest import GitRepo

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.components.evaluate.evaluate import run
from gitmlops.errors import InputError, Refusal
from gitmlops.statistics.classification import HIGHER_IS_BETTER

MODEL = """\
kind: model
name: late
pipeline: p
artifact: models/late.skops
feature_set: s
owner: us
risk_tier: low
intended_use: Tests
not_intended_for: Anything else
task: {kind: binary, label: late}
evaluation: {data: rows.parquet, labels: labels.parquet, id: flight_id, slices: [origin]}
"""


@pytest.fixture
def rows(project: GitRepo, landed: pandas.DataFrame, monkeypatch: pytest.MonkeyPatch) -> pandas.DataFrame:
    """1,000 rows to be scored by a fitted model.skops, their labels beside them."""
    project.write({"models/late.yaml": MODEL})
    monkeypatch.chdir(project.root)
    chosen = landed.sample(1000, random_state=1)
    models.save(LogisticRegression().fit(landed[["miles"]], landed["late"]), Path("model.skops"))
    tables.write(chosen[["flight_id", "late"]], Path("labels.parquet"))
    return chosen.drop(columns="late")


def evaluate(rows: pandas.DataFrame) -> tuple[pandas.DataFrame, dict[str, Any]]:
    tables.write(rows, Path("rows.parquet"))
    inputs = {"model": Path("model.skops"), "rows": Path("rows.parquet"), "labels": Path("labels.parquet")}
    outputs = {name: Path(f"{name}.json") for name in ("metrics", "calibration", "confusion")}
    run(inputs, {"definition": "late"}, {"predictions": Path("scores.parquet"), **outputs})
    return tables.read(Path("scores.parquet")), json.loads(Path("metrics.json").read_text())


def test_every_row_gets_a_score_in_the_order_of_the_rows(rows: pandas.DataFrame) -> None:
    predictions, _ = evaluate(rows)
    assert predictions["flight_id"].tolist() == rows["flight_id"].tolist()
    assert predictions["score"].between(0, 1).all()


def test_metrics_have_intervals_for_all_rows_and_each_slice(rows: pandas.DataFrame) -> None:
    _, metrics = evaluate(rows)
    assert set(metrics) - {"slices"} <= set(HIGHER_IS_BETTER)
    assert metrics["brier"]["lower"] < metrics["brier"]["value"] < metrics["brier"]["upper"]
    assert {value: entry["brier"]["n"] for value, entry in metrics["slices"]["origin"].items()} == dict(
        rows["origin"].value_counts()
    )


def test_labels_are_found_by_id_not_by_order(rows: pandas.DataFrame) -> None:
    _, straight = evaluate(rows)
    labels = tables.read(Path("labels.parquet"))
    tables.write(labels.sort_values("flight_id"), Path("labels.parquet"))
    assert evaluate(rows)[1] == straight


def test_a_metric_that_has_no_number_is_left_out(rows: pandas.DataFrame) -> None:
    labels = tables.read(Path("labels.parquet"))
    tables.write(labels.assign(late=0), Path("labels.parquet"))
    _, metrics = evaluate(rows)
    assert "roc_auc" not in metrics
    assert "brier" in metrics


def test_of_a_slice_that_few_rows_have_nothing_is_kept_in_git(rows: pandas.DataFrame) -> None:
    few = numpy.arange(len(rows)) < 19
    _, metrics = evaluate(rows.assign(origin=numpy.where(few, "Doe Airfield", rows["origin"])))
    assert "Doe Airfield" not in json.dumps(metrics)
    _, metrics = evaluate(rows.assign(origin=numpy.where(numpy.arange(len(rows)) < 20, "Doe Airfield", "JFK")))
    assert metrics["slices"]["origin"]["Doe Airfield"]["brier"]["n"] == 20


def test_a_slice_that_is_called_like_a_formula_keeps_its_name(rows: pandas.DataFrame) -> None:
    _, metrics = evaluate(rows.assign(origin="a=b"))
    assert list(metrics["slices"]["origin"]) == ["a=b"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda labels: labels.head(990), "10 rows have no label"),
        (lambda labels: pandas.concat([labels, labels.head(1)]), "1 rows share their 'flight_id' with another"),
        (lambda labels: pandas.concat([labels, labels.head(1).assign(flight_id=-1)]), "1 labels have no row"),
        (lambda labels: labels.assign(late=labels["late"] + 1), "labels are neither 0 nor 1; write 0 or 1"),
        (lambda labels: labels.assign(late=numpy.nan), "1000 rows have no label"),
        (lambda labels: labels.rename(columns={"late": "lat"}), "there is no column 'late'; did you mean 'lat'?"),
    ],
)
def test_labels_that_do_not_fit_the_rows_are_an_error(rows: pandas.DataFrame, change: Any, words: str) -> None:
    tables.write(change(tables.read(Path("labels.parquet"))), Path("labels.parquet"))
    with pytest.raises(InputError) as wrong:
        evaluate(rows)
    assert words in str(wrong.value)


def test_rows_without_a_column_that_the_model_reads_are_an_error(rows: pandas.DataFrame) -> None:
    with pytest.raises(InputError, match=r"rows.parquet: there is no column 'miles'; did you mean 'mile'\?"):
        evaluate(rows.rename(columns={"miles": "mile"}))


def test_a_model_of_another_kind_than_its_task_is_an_error(rows: pandas.DataFrame) -> None:
    definition = MODEL.replace("kind: binary, label: late", "kind: regression, label: late")
    Path("models/late.yaml").write_text(definition)
    with pytest.raises(InputError, match="the model: it is no regressor; train one: the task is regression"):
        evaluate(rows)


def test_a_model_without_probabilities_is_an_error(rows: pandas.DataFrame) -> None:
    models.save(Ridge().fit(rows[["miles"]], numpy.arange(len(rows))), Path("model.skops"))
    with pytest.raises(InputError, match="the model: it is no classifier of 0 and 1 with probabilities"):
        evaluate(rows)


def test_a_model_that_never_saw_the_positive_class_is_an_error(rows: pandas.DataFrame) -> None:
    models.save(LogisticRegression().fit(rows[["miles"]], ["a", "b"] * 500), Path("model.skops"))
    with pytest.raises(InputError, match="the model: it is no classifier of 0 and 1 with probabilities"):
        evaluate(rows)


def test_a_file_that_is_no_skops_model_is_not_loaded(rows: pandas.DataFrame) -> None:
    Path("model.skops").write_bytes(b"\x80\x04not a model")
    with pytest.raises(Refusal, match="not a skops file"):
        evaluate(rows)


def test_the_calibration_plot_has_every_row_in_a_tenth_by_score(rows: pandas.DataFrame) -> None:
    predictions, metrics = evaluate(rows)
    points = json.loads(Path("calibration.json").read_text())
    assert sum(point["rows"] for point in points) == len(rows)
    means = [point["mean_score"] for point in points]
    assert means == sorted(means)
    assert numpy.average(means, weights=[point["rows"] for point in points]) == pytest.approx(
        predictions["score"].mean()
    )
    gap = sum(point["rows"] * (point["mean_score"] - point["positive_share"]) for point in points) / len(rows)
    assert abs(gap) == pytest.approx(metrics["calibration_gap"]["value"])


def test_the_confusion_plot_counts_to_the_accuracy(rows: pandas.DataFrame) -> None:
    _, metrics = evaluate(rows)
    entries = json.loads(Path("confusion.json").read_text())
    right = sum(entry["actual"] == entry["predicted"] for entry in entries)
    assert right / len(rows) == metrics["accuracy"]["value"]


def test_scores_that_are_all_the_same_are_one_point(rows: pandas.DataFrame) -> None:
    evaluate(rows.assign(miles=500))
    (point,) = json.loads(Path("calibration.json").read_text())
    assert point["rows"] == len(rows)
