"""The examples of docs/reference/components.md, together one pipeline on two months of flights."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pandas
import pytest
import yaml
from tests.conftest import GitRepo

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.pipelines.contracts.library import LIBRARY_FOLDER, library

HEADER = """\
kind: pipeline
name: example
params: {seed: 7}
steps:
  labels:
    uses: ./components/label
    with: {flights: data/flights, arrivals: data/arrivals, from: "2013-01-01", until: "2013-02-28"}
"""
EXPECTATIONS = """\
kind: expectations
name: arrivals
owner: data-engineers
description: What every month of arrivals promises
unique: [flight_id]
not_null: [flight_id, landed_at]
ranges: {arr_delay: {min: -120, max: 1800}}
categories: {origin: [EWR, JFK, LGA]}
rows: {min: 40000}
"""
pytestmark = pytest.mark.slow
BUILT = Path("build/example")


def example(name: str) -> str:
    return (LIBRARY_FOLDER / name / "example.yaml").read_text()


@pytest.fixture(scope="module")
def flights(trained_project: Path, tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """The example project with version 1.0.0 of its model, and a pipeline of all examples that has run."""
    repo = GitRepo(tmp_path_factory.mktemp("examples") / "flights")
    shutil.copytree(trained_project, repo.root, symlinks=True)
    environment = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    repo.git(*environment, "tag", "-a", "flight-delay@v1.0.0", "-m", "The first")
    steps = "".join(indent(example(contract.spec.name), "  ") for contract in library())
    repo.write({"pipelines/example.yaml": HEADER + steps, "features/expectations/arrivals.yaml": EXPECTATIONS})
    result = repo.run("pipeline", "run", "example")
    assert result.exit_code == 0, result.output
    return repo


@pytest.mark.parametrize("name", [contract.spec.name for contract in library()])
def test_the_reference_shows_the_example_of_every_component(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/components.md").read_text()
    assert f"```yaml\n{example(name)}```" in page
    ((_, step),) = yaml.safe_load(example(name)).items()
    assert step["uses"] == f"gitmlops/{name}@v1"


def test_data_are_checked_and_cleaned_and_the_files_say_what_was_done(flights: GitRepo) -> None:
    report = json.loads((flights.root / BUILT / "validate/report.json").read_text())
    assert (report["broken"], len(report["checks"])) == (0, 8)
    log = json.loads((flights.root / BUILT / "clean/log.json").read_text())
    table = tables.read(flights.root / BUILT / "clean/table.parquet")
    assert log["rows_before"] - sum(step["dropped"] for step in log["steps"]) == log["rows_after"] == len(table)
    assert table["arr_delay"].max() <= 600


def test_the_model_is_the_one_that_was_tuned_and_ranks_better_than_chance(flights: GitRepo) -> None:
    best = json.loads((flights.root / BUILT / "tune/best.json").read_text())
    trained = models.load((flights.root / BUILT / "train/model.skops").read_bytes(), name="model").steps[-1][1]
    assert trained.get_params()["num_leaves"] == best["params"]["num_leaves"]
    assert trained.n_estimators == 40
    metrics = json.loads((flights.root / BUILT / "evaluate/metrics.json").read_text())
    assert metrics["roc_auc"]["lower"] > 0.55
    card = (flights.root / BUILT / "package/card.md").read_text()
    assert "| Estimator | LGBMClassifier |" in card


def test_the_manifest_tells_with_what_the_model_was_made(flights: GitRepo) -> None:
    manifest = json.loads((flights.root / BUILT / "package/manifest.json").read_text())
    assert manifest["threads"] >= 1
    assert manifest["cpu"]
    assert [library.partition(":")[0] for library in manifest["blas"]] == ["numpy", "scipy"]


def test_a_released_version_scores_rows_as_the_model_predict_command_does(flights: GitRepo) -> None:
    log = tables.read(flights.root / BUILT / "score/predictions.parquet")
    rows = tables.read(flights.root / BUILT / "split/evaluation.parquet")
    tables.write(rows, flights.root / "rows.parquet")
    result = flights.run(
        "model", "predict", "flight-delay@v1.0.0", "--entities", "rows.parquet", "--output", "p.parquet"
    )
    assert result.exit_code == 0, result.output
    pandas.testing.assert_frame_equal(tables.read(flights.root / "p.parquet"), log)


def test_dvc_draws_the_plots(flights: GitRepo) -> None:
    stages = yaml.safe_load((flights.root / "dvc.yaml").read_text())["stages"]
    assert len(stages["example-evaluate"]["plots"]) == 2
    command = [sys.executable, "-m", "dvc", "plots", "show"]
    paths = [f"{BUILT}/{path}" for path in ("evaluate/calibration.json", "evaluate/confusion.json", "tune/plot.json")]
    done = subprocess.run([*command, "--out", "drawn", *paths], cwd=flights.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (flights.root / "drawn/index.html").read_text()
    assert all(title in page for title in ("Calibration", "Decisions", "Best score so far"))


def test_after_it_dvc_finds_nothing_to_do(flights: GitRepo) -> None:
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    done = subprocess.run(command, cwd=flights.root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {}


def test_a_stage_is_no_version_to_score_with(flights: GitRepo) -> None:
    result = flights.run("pipeline", "run", "example", "--set", "steps.score.with.model=flight-delay")
    assert result.exit_code == 3
    assert "'flight-delay' may be another version tomorrow; write flight-delay@vX.Y.Z" in result.output
    flights.run("pipeline", "run", "example", "--set", "steps.score.with.model=flight-delay@v1.0.0")
