"""The example pipeline on two months of real flights."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.conftest import GitRepo

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.records.baseline import BASELINE_VERSIONS
from gitmlops.records.canonical import decode
from gitmlops.records.manifest import Manifest


@pytest.fixture
def flights(trained_project: Path, tmp_path: Path) -> GitRepo:
    shutil.copytree(trained_project, tmp_path / "flights", symlinks=True)
    return GitRepo(tmp_path / "flights")


def dvc(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_after_a_run_dvc_finds_nothing_to_do(trained_project: Path) -> None:
    assert dvc(trained_project, "status").strip() == "Data and pipelines are up to date."
    assert json.loads(dvc(trained_project, "status", "--json")) == {}
    assert "| delay-train |" in dvc(trained_project, "dag")


def test_plain_dvc_repro_of_the_compiled_stages_is_a_no_op(flights: GitRepo) -> None:
    before = (flights.root / "dvc.lock").read_bytes()
    said = dvc(flights.root, "repro")
    assert said.count("didn't change, skipping") >= 7
    assert "Running stage" not in said
    assert (flights.root / "dvc.lock").read_bytes() == before


def test_a_second_run_does_nothing_and_changes_nothing(flights: GitRepo) -> None:
    result = flights.run("pipeline", "run", "delay")
    assert result.exit_code == 0, result.output
    assert flights.git("status", "--porcelain") == ""


def test_the_small_outputs_are_in_git_and_the_large_ones_in_dvc(trained_project: Path) -> None:
    tracked = set(GitRepo(trained_project).git("ls-files").split())
    assert {"models/flight-delay.card.md", "models/flight-delay.baseline.json"} <= tracked
    assert {"models/flight-delay.manifest.json", "build/delay/evaluate/metrics.json"} <= tracked
    assert "models/flight-delay.skops" not in tracked
    assert not [path for path in tracked if path.endswith(".parquet")]


def test_no_evaluation_row_was_trained_on_and_none_carries_its_label(trained_project: Path) -> None:
    train = tables.read(trained_project / "build/delay/split/train.parquet")
    rows = tables.read(trained_project / "data/evaluation.parquet")
    labels = tables.read(trained_project / "data/evaluation_labels.parquet")
    assert not set(train["flight_id"]) & set(rows["flight_id"])
    assert train["scheduled_at"].max() < rows["scheduled_at"].min()
    assert "late" in train
    assert "late" not in rows
    assert list(labels) == ["flight_id", "late"]
    assert list(labels["flight_id"]) == list(rows["flight_id"])


def test_the_model_ranks_late_flights_better_than_chance(trained_project: Path) -> None:
    metrics = json.loads((trained_project / "build/delay/evaluate/metrics.json").read_text())
    assert 0.6 < metrics["roc_auc"]["lower"] < metrics["roc_auc"]["value"] < metrics["roc_auc"]["upper"] < 0.75
    assert set(metrics["slices"]["origin"]) == {"EWR", "JFK", "LGA"}
    rows = sum(slice_["brier"]["n"] for slice_ in metrics["slices"]["origin"].values())
    assert rows == metrics["brier"]["n"]


def test_the_packaged_files_agree_with_each_other(trained_project: Path) -> None:
    content = (trained_project / "models/flight-delay.skops").read_bytes()
    assert content == (trained_project / "build/delay/train/model.skops").read_bytes()
    model = models.load(content, name="flight-delay")
    path = trained_project / "models/flight-delay.baseline.json"
    baseline = decode(path.read_bytes(), BASELINE_VERSIONS, path=str(path))
    assert len(path.read_bytes()) < 90_000
    path = trained_project / "models/flight-delay.manifest.json"
    manifest = decode(path.read_bytes(), Manifest, path=str(path))
    assert tuple(column.name for column in baseline.columns) == tuple(model.feature_names_in_) == manifest.features
    assert baseline.trained_until == "2013-01-31"
    assert (baseline.effect_period, baseline.periods) == ("month", ("2013-01-01",))
    assert {subset.of for subset in baseline.subsets} == {"origin", "carrier"}
    assert baseline.model_sha256 == manifest.outputs[0].sha256
    assert manifest.outputs[0].path == "models/flight-delay.skops"
    assert any(package.startswith("scikit-learn==") for package in manifest.packages)
    card = (trained_project / "models/flight-delay.card.md").read_text()
    assert "| Learned from | 26," in card
    assert "2013-01-01 to 2013-01-31" in card


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes_whatever_the_hash_seed(
    flights: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (flights.root / "dvc.lock").read_bytes()
    monkeypatch.setenv("PYTHONHASHSEED", "4711")
    flights.run("pipeline", "run", "delay", "--force")
    assert (flights.root / "dvc.lock").read_bytes() == before
    assert flights.git("status", "--porcelain") == ""


def test_the_compiled_stages_name_the_model_as_an_artifact_of_dvc(trained_project: Path) -> None:
    artifact = yaml.safe_load((trained_project / "dvc.yaml").read_text())["artifacts"]["flight-delay"]
    assert artifact["path"] == "models/flight-delay.skops"
    assert artifact["type"] == "model"
    assert artifact["labels"] == ["operations"]
    assert "flight-delay.skops" in dvc(trained_project, "ls", ".", "models")


def test_a_smaller_model_reruns_only_training_and_what_follows(flights: GitRepo) -> None:
    setting = "steps.train.with.estimator_params.max_iter=3"
    compiled = (flights.root / "dvc.yaml").read_bytes()
    result = flights.run("pipeline", "run", "delay", "--set", setting)
    assert result.exit_code == 0, result.output
    changed = flights.git("diff", "--name-only").split()
    assert "estimator_params: {max_iter: 3, learning_rate: 0.1}" in (flights.root / "pipelines/delay.yaml").read_text()
    assert "models/flight-delay.card.md" in changed
    assert "build/delay/validate/report.json" not in changed
    assert (flights.root / "dvc.yaml").read_bytes() == compiled


def test_data_that_break_a_promise_refuse_the_run_and_say_which_rows(flights: GitRepo) -> None:
    result = flights.run("pipeline", "run", "delay", "--set", "steps.validate.with.ranges.arr_delay.max=300")
    assert result.exit_code == 1
    assert "step 'validate' failed" in result.output
    assert "range(arr_delay, -120..300)" in result.output
    assert "rows (first: " in result.output


def test_a_missing_data_folder_is_named_with_the_command_that_brings_it_back(flights: GitRepo) -> None:
    shutil.rmtree(flights.root / "data/weather")
    result = flights.run("pipeline", "run", "delay", "--set", "params.seed=8")
    assert result.exit_code == 3
    assert "data/weather: the data is not here; run `dvc checkout data/weather`" in result.output
    assert flights.git("status", "--porcelain") == ""
