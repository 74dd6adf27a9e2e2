"""A model of numbers and one of three classes that serve: rows, what is predicted, what happens, their baselines.

Both predict the truth as far as it can be known. How much it can be known depends on `a`: numbers are less certain
where it is high, classes are more so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy
import pandas

from gitmlops.monitor.observing.log import Predictions, read_predictions
from gitmlops.monitor.observing.observation import Observation, observe
from gitmlops.monitor.profiles.loss_fitting import with_losses
from gitmlops.monitor.profiles.profile import profile
from gitmlops.records.baseline import Baseline
from gitmlops.specs.model import Labels, Monitoring, Task, Windows

MODEL = "kinds"
FEATURES = ("a", "b", "kind")
LOG, OUTCOMES = "data/served", "data/outcomes"
MONITORING = Monitoring(
    log=LOG, windows=Windows(by="month"), labels=Labels(source=OUTCOMES, join="row_id", label="y", matures_after="7d")
)
UNLABELLED = Monitoring(log=LOG, windows=Windows(by="month"))
CLASSES = ("long", "medium", "short")
NUMBERS = Task(kind="regression", label="y")
SEVERAL = Task(kind="multiclass", label="y", classes=list(CLASSES))
TASKS = {"regression": NUMBERS, "multiclass": SEVERAL}
_NOW = pandas.Timestamp("2021-01-01", tz="UTC").to_pydatetime()


@dataclass(frozen=True)
class World:
    """What rows are like in a month: higher `a`; outcomes that mean something else in a share of the rows."""

    higher: float = 0.0
    other: float = 0.0


AS_EVER = World()


def rows(task: Task, month: str, *, n: int = 3_000, world: World = AS_EVER, seed: int = 0) -> pandas.DataFrame:
    """Rows of one month with features, the columns of the task's predictions, and the outcome `y`."""
    draw = numpy.random.default_rng((int(month.replace("-", "")), seed))
    start = pandas.Timestamp(f"{month}-01", tz="UTC")
    seconds = numpy.sort(draw.integers(0, start.days_in_month * 86_400, n))
    seconds[-1] = start.days_in_month * 86_400 - 1
    frame = pandas.DataFrame(
        {
            "row_id": int(month.replace("-", "")) * 100_000 + numpy.arange(n),
            "time": start + pandas.to_timedelta(seconds, unit="s"),
            "a": draw.normal(world.higher, 1, n),
            "b": draw.normal(0, 1, n),
            "kind": draw.choice(["x", "y"], n),
        }
    )
    if task.kind == "regression":
        return _with_numbers(frame, world, draw)
    return _with_classes(frame, world, draw)


def _with_numbers(frame: pandas.DataFrame, world: World, draw: numpy.random.Generator) -> pandas.DataFrame:
    said = 100 + 5 * frame["a"] + 2 * frame["b"]
    noise = numpy.exp(0.5 * frame["a"]) * (1 + (frame["kind"] == "y"))
    strange = draw.random(len(frame)) < world.other
    happened = said + draw.normal(0, 1, len(frame)) * noise + 10 * strange
    return frame.assign(prediction=said, y=happened)


def _with_classes(frame: pandas.DataFrame, world: World, draw: numpy.random.Generator) -> pandas.DataFrame:
    sure = numpy.exp(frame["a"].to_numpy() / 2)
    lean = numpy.column_stack([frame["b"], numpy.zeros(len(frame)), -frame["b"]]) * 2 * sure[:, None]
    chances = numpy.exp(lean) / numpy.exp(lean).sum(axis=1, keepdims=True)
    places = (draw.random(len(frame))[:, None] > chances.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    strange = draw.random(len(frame)) < world.other
    places = numpy.where(strange, (places + 1) % 3, places)
    scores = {f"score_{name}": chances[:, place] for place, name in enumerate(CLASSES)}
    return frame.assign(**scores, y=numpy.array(CLASSES)[places])


def baseline(task: Task, *, n: int = 3_000, frame: pandas.DataFrame | None = None, entity: str = "") -> Baseline:
    """Learned from January to March, evaluated on April, or on the rows given, which belong together by `entity`."""
    training = pandas.concat([rows(task, month, n=n) for month in ("2020-01", "2020-02", "2020-03")])
    held = rows(task, "2020-04", n=n) if frame is None else frame
    scores = held[list(task.predicted)].to_numpy(dtype=float)
    scores = scores if scores.shape[1] > 1 else scores[:, 0]
    labels = held["y"] if task.kind == "regression" else held["y"].map({name: i for i, name in enumerate(CLASSES)})
    entities = held[entity].to_numpy(dtype=numpy.int64) if entity else None
    found = profile(
        model=MODEL, training=training, features=FEATURES, evaluation=held, slices=[], time="time",
        labels=labels.to_numpy(dtype=float), scores=scores, threshold=0.5, trained_until="2020-03-31", data_sha256="d",
        model_sha256="m", predicted=task.predicted, entities=entities,
    )  # fmt: skip
    if task.kind == "multiclass":
        return found
    return with_losses(found, held, labels.to_numpy(dtype=float), scores, entities)


def log(task: Task, frame: pandas.DataFrame, *, version: str = "v1.0.0") -> pandas.DataFrame:
    """The prediction log of rows; of those that have a `customer`, with its key."""
    contract = {"prediction_id": frame["row_id"], "time": frame["time"], "model": MODEL, "version": version}
    said = {name: frame[name] for name in task.predicted}
    seen = {f"feature.{name}": frame[name] for name in FEATURES}
    keys = {"key.customer": frame["customer"]} if "customer" in frame else {}
    return pandas.DataFrame({**contract, **said, **seen, **keys})


def serve(root: Path, task: Task, frames: dict[str, pandas.DataFrame], share: float = 1.0) -> None:
    """Write rows as a log, and that share of their outcomes."""
    for folder in (LOG, OUTCOMES):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        log(task, frame).to_parquet(root / LOG / f"{name}.parquet", index=False)
        known = frame[["row_id", "y"]][: int(len(frame) * share)]
        known.to_parquet(root / OUTCOMES / f"{name}.parquet", index=False)


def observed(
    root: Path, task: Task, reference: Baseline, *, monitoring: Monitoring = MONITORING, entity: str = ""
) -> Observation:
    """What monitoring sees of what was served."""
    predictions = read_predictions(root / LOG, MODEL, task.predicted, entity)
    return observing(root, task, predictions, {"v1.0.0": reference}, monitoring=monitoring)


def observing(
    root: Path,
    task: Task,
    predictions: Predictions,
    baselines: Mapping[str, Baseline],
    *,
    monitoring: Monitoring = MONITORING,
) -> Observation:
    """The same of predictions that were read."""
    return observe(root, monitoring, predictions, baselines, until=_NOW, predicted=task.predicted)
