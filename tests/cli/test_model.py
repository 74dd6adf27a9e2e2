"""gitmlops model predict: a released version scores a table, and writes the log that monitoring reads."""

from pathlib import Path

import numpy
import pandas
import pytest
from sklearn.linear_model import LogisticRegression
from tests.conftest import GitRepo
from tests.releasing import ARTIFACT, MODEL, done, judge, team

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.records.prediction_log import REQUIRED_COLUMNS

DEFINITIONS: dict[str, str | bytes] = {
    "models/churn.yaml": MODEL.replace("id: customer_id}", "id: customer_id, slices: [plan]}"),
    "features/entities/customer.yaml": """
kind: entity
name: customer
keys: [{name: customer_id, dtype: int64}]
owner: crm
description: One paying customer
""",
    "features/sources/tx.yaml": """
kind: source
name: tx
path: data/tx.parquet
timestamp: paid_at
columns: {customer_id: int64, paid_at: timestamp, amount: float64}
owner: crm
description: Payments
""",
    "features/views/spend.yaml": """
kind: feature_view
name: spend
version: 1
owner: crm
description: Spend of a customer
entities: [customer]
source: tx
features:
  - {name: amount, dtype: float64, description: Last payment}
""",
    "features/sets/churn.yaml": """
kind: feature_set
name: churn
owner: crm
description: What churn learns from
features: [spend@v1:amount]
""",
    "pipelines/churn.yaml": """
kind: pipeline
name: churn
steps:
  features:
    uses: gitmlops/features@v1
    with: {entities: data/customers.parquet, feature_set: churn, time: asked_at}
""",
    ".gitignore": "data/\n*.parquet\n",
}


def at(*days: int) -> pandas.DatetimeIndex:
    return pandas.DatetimeIndex([pandas.Timestamp(2024, 5, day, tz="UTC") for day in days]).as_unit("us")


def estimator() -> LogisticRegression:
    return LogisticRegression().fit(pandas.DataFrame({"amount": [1.0, 2.0, 30.0, 40.0]}), [0, 0, 1, 1])


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn v1.0.0 is registered; payments are in the work tree; customers ask on three days."""
    work = team(tmp_path)
    models.save(estimator(), work.root / ARTIFACT)
    work.commit(DEFINITIONS)
    judge(work)
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    payments = {"customer_id": [1, 1, 2], "paid_at": at(1, 3, 2), "amount": [5.0, 35.0, 2.0]}
    tables.write(pandas.DataFrame(payments), work.root / "data/tx.parquet")
    customers(work, amount=[0.0, 0.0, 0.0])
    return work


def customers(work: GitRepo, **more: object) -> None:
    columns = {"customer_id": [1, 1, 2], "asked_at": at(2, 4, 4), "plan": ["gold", "gold", "basic"], **more}
    tables.write(pandas.DataFrame({name: column for name, column in columns.items() if column is not None}), rows(work))


def rows(work: GitRepo) -> Path:
    return work.root / "data/customers.parquet"


def predict(work: GitRepo, reference: str = "churn") -> pandas.DataFrame:
    output = work.root / "data/served/may.parquet"
    done(work, "predict", reference, "--entities", str(rows(work)), "--output", str(output))
    return tables.read(output)


def refused(work: GitRepo, exit_code: int, *, entities: Path | None = None) -> str:
    """What is said when nothing can be predicted; nothing is written."""
    output = work.root / "data/served/may.parquet"
    result = work.run("model", "predict", "churn", "--entities", str(entities or rows(work)), "--output", str(output))
    assert result.exit_code == exit_code, result.output
    assert not output.exists()
    return result.output


def test_each_row_is_scored_with_what_was_known_at_its_own_time(work: GitRepo) -> None:
    log = predict(work)
    assert list(log.columns) == [*REQUIRED_COLUMNS, "feature.amount", "slice.plan"]
    assert log["feature.amount"].tolist() == [5.0, 35.0, 2.0]
    expected = estimator().predict_proba(pandas.DataFrame({"amount": [5.0, 35.0, 2.0]}))[:, 1]
    assert numpy.array_equal(log["score"], expected)
    assert log["prediction_id"].tolist() == [1, 1, 2]
    assert log["time"].tolist() == list(at(2, 4, 4))
    assert log["slice.plan"].tolist() == ["gold", "gold", "basic"]
    assert set(log["model"] + " " + log["version"]) == {"churn v1.0.0"}


def test_the_same_version_and_rows_give_the_same_bytes(work: GitRepo) -> None:
    predict(work)
    first = (work.root / "data/served/may.parquet").read_bytes()
    predict(work, "churn@v1.0.0")
    assert (work.root / "data/served/may.parquet").read_bytes() == first


def test_features_are_those_of_the_released_commit_whatever_the_work_tree_says(work: GitRepo) -> None:
    view = str(DEFINITIONS["features/views/spend.yaml"])
    work.write({"features/views/spend.yaml": view.replace("source: tx", "source: elsewhere"), ARTIFACT: b"other"})
    assert predict(work)["feature.amount"].tolist() == [5.0, 35.0, 2.0]


def test_a_table_without_rows_is_named(work: GitRepo) -> None:
    tables.write(tables.read(rows(work)).head(0), rows(work))
    assert "customers.parquet: has no rows" in refused(work, 3)


@pytest.mark.parametrize("column", ["customer_id", "asked_at", "plan"])
def test_a_missing_column_is_named(work: GitRepo, column: str) -> None:
    customers(work, **{column: None, f"{column}s": [1, 1, 2]})
    said = refused(work, 3)
    assert f"customers.parquet: the entity rows have no column {column!r}; did you mean '{column}s'?" in said


def test_a_missing_table_is_named(work: GitRepo) -> None:
    assert "nowhere.parquet: no such table" in refused(work, 3, entities=work.root / "nowhere.parquet")


def test_a_pipeline_that_knows_no_time_is_named(work: GitRepo) -> None:
    pipeline = str(DEFINITIONS["pipelines/churn.yaml"]).replace(", time: asked_at", "")
    models.save(LogisticRegression(C=2).fit(pandas.DataFrame({"amount": [1.0, 2.0]}), [0, 1]), work.root / ARTIFACT)
    work.commit({"pipelines/churn.yaml": pipeline})
    judge(work)
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    said = refused(work, 3)
    assert "pipelines/churn.yaml:5:3: no step of the pipeline churn computes churn at a `time:`" in said


@pytest.mark.parametrize("kind", ["no model", "other columns"])
def test_a_model_that_cannot_score_is_refused(work: GitRepo, kind: str) -> None:
    if kind == "no model":
        (work.root / ARTIFACT).write_bytes(b"not a model")
    else:
        models.save(LogisticRegression().fit(pandas.DataFrame({"other": [1.0, 2.0]}), [0, 1]), work.root / ARTIFACT)
    work.commit()
    judge(work)
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    assert "models/churn.skops: " in refused(work, 1)


def test_help_names_every_command(project: GitRepo) -> None:
    said = project.run("model", "--help").output
    for command in ("list", "show", "history", "register", "promote", "rollback", "get", "predict"):
        assert f"  {command} " in said


@pytest.mark.parametrize(
    "command",
    [("promote", "churn", "--to", "prod"), ("promote", "churn@v1.0.0"), ("rollback", "churn"), ("get", "churn")],
)
def test_a_command_that_lacks_something_is_a_matter_of_usage(work: GitRepo, command: tuple[str, ...]) -> None:
    assert work.run("model", *command).exit_code == 2


def test_without_a_production_stage_a_rollback_needs_one_named(work: GitRepo) -> None:
    work.write({"gitmlops.yaml": "project: test\nstages: [{name: prod}]\n"})
    result = work.run("model", "rollback", "churn", "--reason", "x", "--yes")
    assert result.exit_code == 2
    assert "gitmlops.yaml marks no stage as production; name one with --stage" in result.output
