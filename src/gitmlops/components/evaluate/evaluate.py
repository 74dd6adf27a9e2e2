"""The predictions of a model, and its metrics with their uncertainty."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas

from gitmlops.adapters.data import tables
from gitmlops.adapters.files import write_atomic
from gitmlops.adapters.scoring import models
from gitmlops.adapters.scoring.predicted import Scores, as_table
from gitmlops.components.columns import require_columns, require_unique
from gitmlops.components.evaluate import plots
from gitmlops.components.measures import columns_of_task, labels_of, measure_all
from gitmlops.components.project import project
from gitmlops.components.scoring import scores_of
from gitmlops.errors import InputError, Refusal
from gitmlops.records.card import CardMetric
from gitmlops.specs.model import Model, Task


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write predictions, metrics and plots. Raises InputError, Refusal if the model file is not one to be loaded."""
    model = project().get(Model, params["definition"]).spec
    rows = tables.read(inputs["rows"])
    identifier = model.evaluation.id
    require_columns(rows, columns_of_task(model), inputs["rows"])
    require_unique(rows[identifier], inputs["rows"])
    labels = labels_of(rows, tables.read(inputs["labels"]), model, path=inputs["labels"])
    scores = _scores(inputs["model"], rows, inputs["rows"], model.task)
    predictions = as_table(scores, model.task)
    predictions.insert(0, identifier, rows[identifier].to_numpy())
    tables.write(predictions, outputs["predictions"])
    _write_json(_nested(measure_all(rows, labels, scores, model)), outputs["metrics"])
    _write_json(plots.calibration(*plots.levels(labels, scores)), outputs["calibration"])
    _write_json(plots.decisions(labels, scores, model.task), outputs["confusion"])


def _write_json(value: Any, path: Path) -> None:
    write_atomic(path, json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")


def _scores(file: Path, rows: pandas.DataFrame, path: Path, task: Task) -> Scores:
    model = models.load(file.read_bytes(), name=str(file))
    require_columns(rows, [str(name) for name in getattr(model, "feature_names_in_", ())], path)
    try:
        return scores_of(model, rows, task, file=str(file))
    except Refusal as refused:
        raise InputError(refused.what, where=refused.where, mend=refused.mend) from refused


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
