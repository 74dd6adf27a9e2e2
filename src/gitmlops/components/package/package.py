"""A model with all that its reviewers and watchers need beside it."""

import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pandas

from gitmlops.adapters.data import tables
from gitmlops.adapters.files import sha256, write_atomic
from gitmlops.adapters.scoring import models
from gitmlops.adapters.scoring.predicted import Scores, from_table
from gitmlops.adapters.system import machine, threads
from gitmlops.components.columns import require_columns, require_unique
from gitmlops.components.measures import columns_of_task, labels_of, measure_all
from gitmlops.components.package.markdown import markdown
from gitmlops.components.project import project
from gitmlops.errors import InputError
from gitmlops.features.wiring.selection import personal_columns, read_by
from gitmlops.monitor.profiles.loss_fitting import with_losses
from gitmlops.monitor.profiles.profile import profile
from gitmlops.records.baseline import Baseline, Period
from gitmlops.records.canonical import encode
from gitmlops.records.card import Card
from gitmlops.records.manifest import Manifest
from gitmlops.records.receipt import Digest
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Model
from gitmlops.statistics.classification import Array
from gitmlops.statistics.resampling import Whole

_LONG_DAY, _LONG_WEEK = 3 * 86_400, 14 * 86_400


@dataclass(frozen=True)
class Evidence:
    """What a model learned from and how it did: labels and scores are in the order of `rows`."""

    model: Model
    features: tuple[str, ...]
    personal: tuple[str, ...]
    time: str
    train: pandas.DataFrame
    rows: pandas.DataFrame
    labels: Array
    scores: Scores

    @property
    def entities(self) -> Whole | None:
        """Which evaluation rows belong together, None if each is on its own."""
        if not self.model.entity or self.model.entity not in self.rows:
            return None
        codes = pandas.factorize(self.rows[self.model.entity], use_na_sentinel=False)[0]
        return codes.astype(numpy.int64)

    @property
    def trained(self) -> tuple[str, str]:
        """First and last day of the training rows (UTC)."""
        times = pandas.to_datetime(self.train[self.time], utc=True)
        return str(times.min().date()), str(times.max().date())


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write model, card, baseline and manifest. Raises InputError, Refusal if the model file must not be loaded."""
    evidence = _gather(inputs, params)
    card = _card(evidence, estimator=_estimator(inputs["model"]))
    baseline = _baseline(evidence, inputs)
    manifest = _manifest(evidence, inputs, seed=params["seed"])
    write_atomic(outputs["model"], inputs["model"].read_bytes())
    write_atomic(outputs["card"], markdown(card).encode())
    write_atomic(outputs["baseline"], encode(baseline))
    write_atomic(outputs["manifest"], encode(manifest))


def _gather(inputs: Mapping[str, Path], params: Mapping[str, Any]) -> Evidence:
    definitions = project()
    model = definitions.get(Model, params["definition"]).spec
    features, time = read_by(definitions, model), params["time"]
    train, rows = tables.read(inputs["train"]), tables.read(inputs["rows"])
    require_columns(train, (*features, time), inputs["train"])
    require_columns(rows, (*features, *columns_of_task(model), time), inputs["rows"])
    require_unique(rows[model.evaluation.id], inputs["rows"])
    labels = labels_of(rows, tables.read(inputs["labels"]), model, path=inputs["labels"])
    scores = _scores(rows, tables.read(inputs["predictions"]), model, inputs["predictions"])
    personal = personal_columns(definitions, model.feature_set) if model.feature_set else ()
    return Evidence(model, features, personal, time, train, rows, labels, scores)


def _scores(rows: pandas.DataFrame, predictions: pandas.DataFrame, model: Model, path: Path) -> Scores:
    identifier, kept = model.evaluation.id, list(model.task.predicted)
    require_columns(predictions, (identifier, *kept), path)
    require_unique(predictions[identifier], path)
    of_rows = predictions.set_index(identifier)[kept].reindex(rows[identifier])
    if missing := int(of_rows.isna().any(axis=1).sum()):
        raise InputError(f"{missing} evaluation rows have no score", where=str(path), mend="evaluate the same rows")
    return from_table(of_rows, model.task)


def _card(evidence: Evidence, *, estimator: str) -> Card:
    model = evidence.model
    return Card(
        model=model.name,
        owner=model.owner,
        risk_tier=model.risk_tier,
        intended_use=model.intended_use,
        not_intended_for=model.not_intended_for,
        features=evidence.features,
        training_rows=len(evidence.train),
        trained_from=evidence.trained[0],
        trained_until=evidence.trained[1],
        evaluation_rows=len(evidence.rows),
        estimator=estimator,
        metrics=measure_all(evidence.rows, evidence.labels, evidence.scores, model),
    )


def _estimator(file: Path) -> str:
    model = models.load(file.read_bytes(), name=str(file))
    return type(model.steps[-1][1] if hasattr(model, "steps") else model).__name__


def _baseline(evidence: Evidence, inputs: Mapping[str, Path]) -> Baseline:
    scores, task = evidence.scores, evidence.model.task
    found = profile(
        model=evidence.model.name,
        training=evidence.train,
        features=evidence.features,
        evaluation=evidence.rows,
        slices=evidence.model.evaluation.slices,
        time=evidence.time,
        labels=evidence.labels if task.kind != "ranking" else None,
        scores=scores,
        threshold=task.threshold,
        trained_until=evidence.trained[1],
        data_sha256=sha256(inputs["train"]),
        model_sha256=sha256(inputs["model"]),
        effect_period=_period(evidence.model),
        personal=evidence.personal,
        predicted=task.predicted,
        entities=evidence.entities,
        multivariate=evidence.model.monitoring.multivariate if evidence.model.monitoring else None,
    )
    if found.kind != "regression":
        return found
    return with_losses(found, evidence.rows, evidence.labels, scores, evidence.entities)


def _period(model: Model) -> Period:
    """The period that is nearest to the windows that the model is watched in."""
    by = model.monitoring.windows.by if model.monitoring else "7d"
    if by == "month" or seconds(by) > _LONG_WEEK:
        return "month"
    return "week" if seconds(by) > _LONG_DAY else "day"


def _manifest(evidence: Evidence, inputs: Mapping[str, Path], *, seed: int) -> Manifest:
    installed = {f"{each.name.lower()}=={each.version}" for each in importlib.metadata.distributions()}
    return Manifest(
        model=evidence.model.name,
        pipeline=evidence.model.pipeline or "",
        seed=seed,
        features=evidence.features,
        inputs=tuple(_digest(path, path.as_posix()) for path in sorted(inputs.values())),
        outputs=(_digest(inputs["model"], evidence.model.artifact),),
        python=platform.python_version(),
        platform=f"{platform.system()}-{platform.machine()}",
        packages=tuple(sorted(installed)),
        cpu=machine.processor(),
        blas=machine.linear_algebra(),
        threads=threads.chosen(),
    )


def _digest(file: Path, path: str) -> Digest:
    return Digest(path, sha256(file), file.stat().st_size)
