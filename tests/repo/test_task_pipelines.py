"""A pipeline of the library's steps for each kind of task, from its data to the verdict of the gate."""

import subprocess
import sys
from typing import Any

import pandas
import pytest
from tests.conftest import GitRepo
from tests.unit.components.test_tasks import DEFINITION, FILES, FRAME, KINDS

pytestmark = pytest.mark.slow
PIPELINE = """\
kind: pipeline
name: train
params: {seed: 7}
steps:
  train:
    uses: gitmlops/train@v1
    with: {frame: data/train.parquet, feature_set: both, label: y, estimator: ESTIMATOR, seed: "${{ params.seed }}"}
  evaluate:
    uses: gitmlops/evaluate@v1
    with:
      model: "${{ steps.train.outputs.model }}"
      rows: data/evaluation.parquet
      labels: data/labels.parquet
      definition: toy
  package:
    uses: gitmlops/package@v1
    with:
      model: "${{ steps.train.outputs.model }}"
      train: data/train.parquet
      predictions: "${{ steps.evaluate.outputs.predictions }}"
      rows: data/evaluation.parquet
      labels: data/labels.parquet
      definition: toy
      time: at
      seed: "${{ params.seed }}"
    outputs:
      model: models/toy.skops
      card: models/toy.card.md
      baseline: models/toy.baseline.json
      manifest: models/toy.manifest.json
"""
LEARNED = {
    "multiclass": ("lightgbm.LGBMClassifier", "macro_f1, op: '>=', threshold: 0.5"),
    "regression": ("lightgbm.LGBMRegressor", "mae, op: '<=', threshold: 2"),
    "forecast": ("sklearn.ensemble.HistGradientBoostingRegressor", "wape, op: '<=', threshold: 0.2"),
    "ranking": ("sklearn.linear_model.LogisticRegression", "ndcg, op: '>=', threshold: 0.6"),
}


def dvc(repo: GitRepo, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments, "--quiet"], cwd=repo.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def of_kind(repo: GitRepo, name: str) -> None:
    """main has rules, definitions and data; the work tree then has a pipeline that has run."""
    dvc(repo, "init")
    kind, (estimator, check) = KINDS[name], LEARNED[name]
    definition = DEFINITION.replace("{TASK}", kind.task).replace("data: rows", "data: data/evaluation")
    policy = (
        "kind: policy\nid: quality\nversion: 1.0.0\ntitle: Good enough\nowner: us\n"
        f"checks:\n- {{id: good, metric: {check}, min_n: 50, enforcement: hard-mandatory}}\n"
    )
    repo.write(
        {
            **FILES,
            "models/toy.yaml": definition.replace("labels: labels", "labels: data/labels"),
            "policies/quality.yaml": policy,
            "pipelines/train.yaml": PIPELINE.replace("ESTIMATOR", estimator),
        }
    )
    rows: Any = FRAME.assign(y=kind.labels)
    train, evaluation = rows.iloc[:600], rows.iloc[600:]
    (repo.root / "data").mkdir()
    tables = {"rows": rows, "train": train, "evaluation": evaluation.drop(columns="y"), "labels": evaluation}
    for table, content in tables.items():
        kept = content[["row_id", "y"]] if table == "labels" else content
        pandas.DataFrame(kept).to_parquet(repo.root / f"data/{table}.parquet", index=False)
    dvc(repo, "add", *(f"data/{table}.parquet" for table in tables))
    repo.commit(message="Rules and data")
    run = repo.run("pipeline", "run", "train")
    assert run.exit_code == 0, run.output


@pytest.mark.parametrize("name", KINDS)
def test_the_steps_of_the_library_make_a_model_that_the_gate_judges(project: GitRepo, name: str) -> None:
    of_kind(project, name)
    project.commit(branch="work", message="A model")
    result = project.run("gate", "--base", "main")
    assert result.exit_code == 0, result.output
    metric = LEARNED[name][1].split(",")[0]
    assert f"toy: {metric} is" in result.output
    card = (project.root / "models/toy.card.md").read_text()
    assert f"| {metric} |" in card
    (measured,) = [line.split("|")[2].strip() for line in card.splitlines() if line.startswith(f"| {metric} |")]
    assert f"{metric} is {measured.rstrip('0')}" in result.output
    assert (project.root / "models/toy.baseline.json").exists()
