"""gitmlops policy measure: a model's predictions, counted by an engine, against its policies."""

from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.gate_lab import DEFINITIONS, TOY
from tests.unit.gate.test_tables import predicted

COLUMNS = {
    "evaluation": ["row_id", "customer", "place"],
    "labels": ["row_id", "late"],
    "predictions": ["row_id", "score"],
}


@pytest.fixture
def project(repo: GitRepo) -> GitRepo:
    """A model whose predictions are a folder of files."""
    repo.write(DEFINITIONS)
    frame = predicted(6_000)
    (repo.root / "data/predictions").mkdir(parents=True)
    for name, columns in COLUMNS.items():
        frame[columns].to_parquet(repo.root / f"data/{name}.parquet", index=False)
    for place, part in enumerate((frame[:2_000], frame[2_000:])):
        part[COLUMNS["predictions"]].to_parquet(repo.root / f"data/predictions/{place}.parquet", index=False)
    return repo


def test_checks_of_counts_are_judged_and_those_that_compare_models_are_left_to_the_gate(project: GitRepo) -> None:
    folder = project.root / "data/predictions"
    (folder / "place=1").mkdir()
    (folder / "1.parquet").rename(folder / "place=1/1.parquet")
    result = project.run("policy", "measure", "toy", "--predictions", str(folder))
    assert result.exit_code == 0, result.output
    assert "roc_auc is 0.8083, policy asks >= 0.7" in result.stdout
    assert "nobody says what production predicted of these rows; give --production" in " ".join(result.stdout.split())
    assert "brier is 0.1784, policy asks <= 0.1" in result.stdout
    assert "place=p" in result.stdout
    assert "no evidence for the gate" in result.stdout


def test_checks_that_compare_are_held_against_what_production_predicts(project: GitRepo, tmp_path: Path) -> None:
    ours = project.root / "data/predictions.parquet"
    better = predicted(6_000).assign(score=lambda rows: (rows["score"] + 0.2 * (rows["late"] - 0.5)).clip(0, 1))
    better[COLUMNS["predictions"]].to_parquet(tmp_path / "better.parquet", index=False)
    given = ("policy", "measure", "toy", "--predictions", str(ours))
    same = project.run(*given, "--production", str(ours))
    assert same.exit_code == 0, same.output
    assert "0.8083 in production: a gain of at least 0, policy asks > -0.01" in " ".join(same.stdout.split())
    worse = project.run(*given, "--production", str(tmp_path / "better.parquet"))
    assert worse.exit_code == 1
    assert "roc_auc is 0.8083, 0.9" in worse.stdout
    predicted(5_999)[COLUMNS["predictions"]].to_parquet(tmp_path / "few.parquet", index=False)
    few = project.run(*given, "--production", str(tmp_path / "few.parquet"))
    assert few.exit_code == 1
    assert "few.parquet: 5,999 predictions for 6,000 rows" in few.stderr


def test_a_missed_check_refuses_and_one_that_advises_warns(project: GitRepo) -> None:
    policy = str(DEFINITIONS["policies/quality.yaml"]).replace("threshold: 0.65", "threshold: 0.99")
    project.write({"policies/quality.yaml": policy, "models/toy.yaml": TOY.replace(
        "id: row_id,", "id: row_id, evidence: declared, predictions: data/predictions.parquet, entity: customer,"
    )})  # fmt: skip
    result = project.run("policy", "measure", "toy")
    assert result.exit_code == 1
    assert "roc_auc is 0.8" in result.stdout
    assert "(and 4 more)" in result.stdout


def test_a_model_without_a_check_of_counts_is_refused(project: GitRepo) -> None:
    project.write({"policies/quality.yaml": str(DEFINITIONS["policies/quality.yaml"]).replace("[toys]", "[others]")})
    result = project.run("policy", "measure", "toy", "--predictions", f"{project.root}/data/predictions.parquet")
    assert result.exit_code == 1
    assert "no check of counts judges toy; write a policy" in result.stdout


def test_what_is_not_there_is_named(project: GitRepo) -> None:
    assert "toy names no predictions; give --predictions FILE" in project.run("policy", "measure", "toy").stderr
    (project.root / "data/labels.parquet").unlink()
    given = ("--predictions", str(project.root / "data/predictions.parquet"))
    result = project.run("policy", "measure", "toy", *given)
    assert result.exit_code == 3
    assert "labels.parquet: no such table" in result.stderr
    project.write({"models/toy.yaml": TOY.replace("kind: binary, label: late, positive: 1, threshold: 0.5",
                                                   "kind: regression, label: late")})  # fmt: skip
    result = project.run("policy", "measure", "toy", *given)
    assert result.exit_code == 3
    assert "counts are of tasks with two classes" in result.stderr


def test_predictions_that_do_not_fit_the_rows_are_refused(project: GitRepo, tmp_path: Path) -> None:
    predicted(5_999)[COLUMNS["predictions"]].to_parquet(tmp_path / "few.parquet", index=False)
    result = project.run("policy", "measure", "toy", "--predictions", str(tmp_path / "few.parquet"))
    assert result.exit_code == 1
    assert "few.parquet: 5,999 predictions for 6,000 rows; write one for each row" in result.stderr


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_files_that_no_engine_can_read_are_named_before_one_is_started(project: GitRepo, engine: str) -> None:
    folder, whole = project.root / "data/predictions", predicted(6_000)[COLUMNS["predictions"]]
    content = (folder / "1.parquet").read_bytes()
    given = ("policy", "measure", "toy", "--engine", engine, "--predictions")

    def told(path: Path) -> str:
        result = project.run(*given, str(path))
        assert result.exit_code == 3, result.output
        return result.stderr

    (folder / "1.parquet").write_bytes(content[: len(content) // 2])
    assert "predictions/1.parquet: not readable as Parquet: " in told(folder)
    whole.rename(columns={"score": "said"}).to_parquet(folder / "1.parquet", index=False)
    assert "predictions/1.parquet: there is no column 'score', as there is in 0.parquet" in told(folder)
    whole.to_csv(project.root / "data/scores.csv", index=False)
    said = told(project.root / "data/scores.csv")
    assert "scores.csv: rows, labels and predictions are Parquet here; write it so" in said
    (project.root / "data/nothing").mkdir()
    assert "data/nothing: no such table" in told(project.root / "data/nothing")
