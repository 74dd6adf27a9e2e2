"""A regression and a multiclass model: evaluated, packaged and served by the library's components, drifted, told."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier
from tests import serving_tasks
from tests.conftest import GitRepo
from tests.serving_tasks import TASKS, World
from tests.unit.components.test_tasks import DEFINITION, FILES

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.components.evaluate import evaluate
from gitmlops.components.package import package
from gitmlops.components.score import score
from gitmlops.records.baseline_file import read_baseline
from gitmlops.specs.model import Task

FEATURES = ["a", "b"]
MONITORED = """
monitoring:
  log: data/served
  windows: {by: month}
  labels: {source: data/outcomes, join: row_id, label: y, matures_after: 1d}
"""
LEARNERS = {
    "regression": LinearRegression(),
    "multiclass": DecisionTreeClassifier(min_samples_leaf=200, random_state=0),
}
LESS_KNOWN = {"regression": World(higher=1.5), "multiclass": World(higher=-1.5)}
SPECS = {
    "regression": "{kind: regression, label: y}",
    "multiclass": "{kind: multiclass, label: y, classes: [long, medium, short]}",
}


@pytest.fixture(params=SPECS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def released(kind: str, project: GitRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> GitRepo:
    """v1.0.0, learned from January to March, evaluated on April, written by `evaluate` and `package`."""
    monkeypatch.chdir(project.root)
    project.write({**FILES, "models/toy.yaml": definition(kind)})
    train = pandas.concat([month(kind, f"2020-0{number}") for number in (1, 2, 3)])
    held = month(kind, "2020-04")
    for folder in ("scratch", "data/served", "data/outcomes", "data/rows"):
        (project.root / folder).mkdir(parents=True)
    inputs = {name: Path(f"scratch/{name}") for name in ("train", "rows", "labels", "model", "predictions")}
    tables.write(train, inputs["train"])
    tables.write(held.drop(columns="y"), inputs["rows"])
    tables.write(held[["row_id", "y"]], inputs["labels"])
    models.save(LEARNERS[kind].fit(train[FEATURES], train["y"]), inputs["model"])
    told = {name: Path(f"scratch/{name}.json") for name in ("metrics", "calibration", "confusion")}
    evaluate.run(inputs, {"definition": "toy"}, {"predictions": inputs["predictions"], **told})
    names = {"model": "toy.skops", "card": "toy.card.md", "baseline": "toy.baseline.json", "manifest": "toy.json"}
    outputs = {name: Path("models") / file for name, file in names.items()}
    package.run(inputs, {"definition": "toy", "time": "at", "seed": 7}, outputs)
    project.write({".gitignore": "/scratch\n/data\n"})
    project.commit(message="A model")
    project.git("tag", "-a", "toy@v1.0.0", "-m", "first")
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "origin.git")], check=True)
    project.git("remote", "add", "origin", "../origin.git")
    return project


def definition(kind: str) -> str:
    """The model's definition: rows of one customer belong together."""
    return DEFINITION.replace("{TASK}", SPECS[kind]).replace(", slices: [place]", ", entity: customer") + MONITORED


def month(kind: str, name: str, world: World = serving_tasks.AS_EVER) -> pandas.DataFrame:
    """Rows of a month: what is known of them and what happened; each customer has two."""
    task: Task = TASKS[kind]
    rows = serving_tasks.rows(task, name, world=world).rename(columns={"time": "at"})
    return rows.drop(columns=[*task.predicted, "kind"]).assign(customer=rows["row_id"] // 2)


def serve(name: str, rows: pandas.DataFrame) -> None:
    """What the component `score` writes of a month's rows."""
    (source := Path(f"data/rows/{name}.parquet")).parent.mkdir(exist_ok=True)
    tables.write(rows.drop(columns="y"), source)
    params = {"model": "toy@v1.0.0", "time": "at"}
    score.run({"rows": source}, params, {"predictions": Path(f"data/served/{name}.parquet")})


def report(repo: GitRepo, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = repo.run("monitor", "run", "toy", "--format", "json", *arguments)
    assert result.exit_code in (0, 1), result.output
    return result.exit_code, json.loads(result.stdout)


def messages(found: dict[str, Any], severity: str) -> str:
    return "\n".join(one["message"] for one in found["findings"] if one["severity"] == severity)


def test_a_model_of_another_task_is_packaged_served_and_watched(released: GitRepo, kind: str) -> None:
    baseline = read_baseline(Path("models/toy.baseline.json").read_bytes(), "baseline")
    first = {"regression": "mae", "multiclass": "macro_roc_auc"}[kind]
    assert baseline.metrics[0].name == first
    assert {metric.entities for metric in baseline.metrics} == {1_500}
    may, june = month(kind, "2020-05"), month(kind, "2020-06", LESS_KNOWN[kind])
    serve("may", may)
    tables.write(may[["row_id", "y"]], Path("data/outcomes/may.parquet"))
    code, found = report(released, "--until", "2020-06-15")
    assert (code, found["tables"][0]["rows"][0]["performance"]) == (0, "ok")
    assert f"{first} of v1.0.0 is" in messages(found, "pass")
    assert not [one for one in found["findings"] if one["severity"] in ("warning", "error")]

    serve("june", june)
    (Path("data/outcomes/may.parquet")).unlink()  # before any outcome is known
    tables.write(may[["row_id", "y"]][:0], Path("data/outcomes/none.parquet"))
    code, found = report(released, "--until", "2020-07-15")
    assert code == 1
    assert f"{first} of v1.0.0 is estimated at" in messages(found, "error")
    assert "it cannot see that the same inputs have come to mean another outcome" in messages(found, "error")

    both = pandas.concat([may, june])
    tables.write(both[["row_id", "y"]], Path("data/outcomes/both.parquet"))
    code, found = report(released, "--until", "2020-07-15", "--record")
    assert code == 1
    assert f"{first} of v1.0.0 is" in messages(found, "error")
    assert "the log does not say" not in messages(found, "warning")
    for format_ in ("text", "markdown", "html"):
        told = released.run("monitor", "run", "toy", "--until", "2020-07-15", "--format", format_)
        assert "In 2020-06 v1.0.0 was worse than its reference" in told.stdout.replace("\\", "")
    history = released.run("monitor", "history", "toy", "--format", "json")
    windows = next(table for table in json.loads(history.stdout)["tables"] if table["title"] == "Windows")["rows"]
    assert [window["performance"] for window in windows] == ["ok", "alarm"]
    assert all(isinstance(window[first], float) for window in windows)


def test_check_refuses_metrics_and_margins_of_another_task(project: GitRepo, kind: str) -> None:
    rules = "  alarm:\n    metrics: [roc_auc]\n    margins: {brier: 0.01}\n"
    project.write({**FILES, "models/toy.yaml": definition(kind) + rules})
    result = project.run("check")
    assert result.exit_code == 3
    known = {"regression": "mae, rmse, r2", "multiclass": "macro_roc_auc, log_loss, accuracy, macro_f1"}[kind]
    told = " ".join(result.output.split())
    assert f"models/toy.yaml:18:15: roc_auc is not watched of {kind} tasks; write one of {known}" in told
    assert f"models/toy.yaml:19:22: brier is not watched of {kind} tasks" in told


def test_a_ranking_is_not_watched(project: GitRepo) -> None:
    text = definition("regression").replace(SPECS["regression"], "{kind: ranking, label: y, query: search}")
    project.write({**FILES, "models/toy.yaml": text})
    result = project.run("check")
    assert result.exit_code == 3
    assert "monitoring does not know ranking tasks; remove `monitoring`" in " ".join(result.output.split())
