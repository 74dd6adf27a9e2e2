"""A model that serves, as tables: rows, its scores, the log that it writes, what really happened, its baseline."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy
import pandas

from gitmlops.monitor.profiles.profile import profile
from gitmlops.records.baseline import Baseline
from gitmlops.specs.model import Labels, Monitoring, Multivariate, Retrain, Windows

FEATURES = ("history", "temp", "rain", "colour")
MODEL = "tiny"
LOG, OUTCOMES = "data/served", "data/outcomes"
NOW = datetime(2021, 1, 1, tzinfo=UTC)
MONITORING = Monitoring(
    log=LOG,
    windows=Windows(by="month"),
    labels=Labels(source=OUTCOMES, join="row_id", label="late"),
    retrain=Retrain(
        on=["performance"], set={"train_until": "{{ window.before }}", "evaluate_until": "{{ window.end }}"}
    ),
)


def rows(month: str, *, n: int = 3_000, seed: int = 0) -> pandas.DataFrame:
    """Rows of one month (`2020-05`) with features, a score that is a true probability, and the outcome `late`."""
    numbers = numpy.random.default_rng((int(month.replace("-", "")), seed))
    start = pandas.Timestamp(f"{month}-01", tz="UTC")
    seconds = numpy.sort(numbers.integers(0, start.days_in_month * 86_400, n))
    seconds[-1:] = start.days_in_month * 86_400 - 1
    frame = pandas.DataFrame(
        {
            "row_id": int(month.replace("-", "")) * 100_000 + numpy.arange(n),
            "time": start + pandas.to_timedelta(seconds, unit="s"),
            "history": numbers.normal(0, 1, n),
            "temp": numbers.normal(50, 10, n),
            "rain": numpy.where(numbers.random(n) < 0.8, 0.0, numbers.exponential(1, n)),
            "colour": numbers.choice(["red", "green", "blue"], n, p=[0.5, 0.3, 0.2]),
        }
    )
    frame["score"] = 1 / (1 + numpy.exp(1 - 1.5 * frame["history"]))
    frame["late"] = (numbers.random(n) < frame["score"]).astype(int)
    return frame


def warmer(frame: pandas.DataFrame, degrees: float = 10) -> pandas.DataFrame:
    """The rows with another `temp`, which has a standard deviation of 10."""
    return frame.assign(temp=frame["temp"] + degrees)


def baseline(*, degrees: float = 0) -> Baseline:
    """The profile of January to March, evaluated on April, all of it so many degrees warmer."""
    training = warmer(pandas.concat([rows(month) for month in ("2020-01", "2020-02", "2020-03")]), degrees)
    return baseline_of(training, warmer(rows("2020-04"), degrees))


def baseline_of(
    training: pandas.DataFrame, evaluation: pandas.DataFrame, multivariate: Multivariate | None = None
) -> Baseline:
    """The profile of these rows."""
    return profile(
        model=MODEL,
        training=training,
        features=FEATURES,
        evaluation=evaluation,
        slices=["colour"],
        time="time",
        labels=evaluation["late"].to_numpy(dtype=float),
        scores=evaluation["score"].to_numpy(),
        threshold=0.5,
        trained_until="2020-03-31",
        data_sha256="d",
        model_sha256="m",
        multivariate=multivariate,
    )


def log(frame: pandas.DataFrame, *, version: str = "v1.0.0", model: str = MODEL) -> pandas.DataFrame:
    """The prediction log of rows."""
    contract = {"prediction_id": frame["row_id"], "time": frame["time"], "model": model, "version": version}
    features = {f"feature.{name}": frame[name] for name in FEATURES if name in frame}
    columns = {**contract, "score": frame["score"], **features, "slice.colour": frame["colour"]}
    return pandas.DataFrame(columns).copy()  # what is changed in a log is not changed in the rows


def serve(root: Path, served: Mapping[str, pandas.DataFrame], outcomes: Mapping[str, pandas.DataFrame]) -> None:
    """Write log files and outcome files by name."""
    for folder, tables in ((LOG, served), (OUTCOMES, outcomes)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_parquet(root / folder / f"{name}.parquet", index=False)


def serve_rows(root: Path, frames: Mapping[str, pandas.DataFrame], *, version: str = "v1.0.0") -> None:
    """Write rows as a log, with their outcomes."""
    logs = {name: log(frame, version=version) for name, frame in frames.items()}
    serve(root, logs, {name: frame[["row_id", "late"]] for name, frame in frames.items()})


def prediction(row: Mapping[str, Any], *, version: str = "v1.0.0") -> dict[str, Any]:
    """A row of a log as an object, as the contract has it."""
    return {
        "prediction_id": row["prediction_id"],
        "time": row["time"].isoformat(),
        "model": row["model"],
        "version": version,
        "score": row["score"],
        "features": {name: row[f"feature.{name}"] for name in FEATURES},
        "slices": {"colour": row["slice.colour"]},
    }


def lines(frame: pandas.DataFrame) -> str:
    """Rows as JSON Lines."""
    return "".join(json.dumps(prediction(row)) + "\n" for row in log(frame).to_dict("records"))


def flipped(frame: pandas.DataFrame, share: float) -> pandas.DataFrame:
    """The rows with that share of the outcomes turned round: the model knows less than it did."""
    turned = numpy.random.default_rng(1).random(len(frame)) < share
    return frame.assign(late=numpy.where(turned, 1 - frame["late"], frame["late"]))
