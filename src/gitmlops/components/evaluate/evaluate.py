"""The predictions of a model, and its metrics with their uncertainty."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas

from gitmlops.adapters import models, tables
from gitmlops.adapters.files import write_atomic
from gitmlops.components.columns import require_columns, require_unique
from gitmlops.components.evaluate import plots
from gitmlops.components.measures import labels_of, measure_all
from gitmlops.components.project import project
from gitmlops.errors import InputError
from gitmlops.records.card import CardMetric
from gitmlops.specs.model import Model


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write predictions, metrics and plots. Raises InputError, Refusal if the model file is not one to be loaded."""
    model = project().get(Model, params["definition"]).spec
    rows = tables.read(inputs["rows"])
    identifier = model.evaluation.id
    require_columns(rows, (identifier, *model.evaluation.slices), inputs["rows"])
    require_unique(rows[identifier], inputs["rows"])
    labels = labels_of(rows, tables.read(inputs["labels"]), model, path=inputs["labels"])
    scores = _scores(inputs["model"], rows, inputs["rows"], positive=model.task.positive)
    predictions = pandas.DataFrame({identifier: rows[identifier], "score": scores})
    tables.write(predictions, outputs["predictions"])
    values = predictions["score"].to_numpy()
    _write_json(_nested(measure_all(rows, labels, values, model)), outputs["metrics"])
    _write_json(plots.calibration(labels, values), outputs["calibration"])
    _write_json(plots.confusion(labels, values, threshold=model.task.threshold), outputs["confusion"])


def _write_json(value: Any, path: Path) -> None:
    write_atomic(path, json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")


def _scores(file: Path, rows: pandas.DataFrame, path: Path, *, positive: int) -> Any:
    """The probability of the positive class, a number a row."""
    model = models.load(file.read_bytes(), name=str(file))
    classes = list(getattr(model, "classes_", ()))
    if not hasattr(model, "predict_proba") or positive not in classes:
        mend = "train a classifier that gives probabilities, on a label of 0 and 1"
        raise InputError(f"the model gives no probability of the class {positive}", where=str(file), mend=mend)
    features = [str(name) for name in model.feature_names_in_]
    require_columns(rows, features, path)
    return model.predict_proba(rows[features])[:, classes.index(positive)]


def _nested(measured: Iterable[CardMetric]) -> dict[str, Any]:
    """{metric: {value, lower, upper, n}, "slices": {column: {value: {metric: ...}}}}, as `dvc metrics` shows it."""
    result: dict[str, Any] = {}
    for metric in measured:
        place = result
        if metric.slice:
            column, _, value = metric.slice.partition("=")
            place = result.setdefault("slices", {}).setdefault(column, {}).setdefault(value, {})
        place[metric.name] = {"value": metric.value, "lower": metric.lower, "upper": metric.upper, "n": metric.n}
    return result
