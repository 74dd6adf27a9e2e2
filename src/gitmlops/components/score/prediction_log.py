"""Rows with features, a model and its definition -> one row a prediction, as monitoring reads it."""

from collections.abc import Sequence
from typing import Any

import pandas

from gitmlops.adapters.scoring import models
from gitmlops.adapters.scoring.predicted import as_table
from gitmlops.components.scoring import scores_of
from gitmlops.records.prediction_log import FEATURE, KEY, SLICE
from gitmlops.registry.tags.history import Version
from gitmlops.specs.model import Model


def prediction_log(
    rows: pandas.DataFrame, content: bytes, *, model: Model, features: Sequence[str], version: Version, time: str
) -> pandas.DataFrame:
    """The log of a version's predictions for these rows, in their order: `score`, `score_CLASS` or `prediction`.

    With the key of the entity by which the model's rows belong together, where the rows have it.
    content: the bytes of the model file; rows: with the model's id, time, features and slices. Raises Refusal if the
    file is not to be loaded, is no model of its task, or fails on the rows.
    """
    scores = scores_of(models.load(content, name=model.artifact), rows, model.task, file=model.artifact)
    columns: dict[str, Any] = {
        "prediction_id": rows[model.evaluation.id],
        "time": rows[time],
        "model": version.name,
        "version": version.version,
        **{str(name): values.to_numpy() for name, values in as_table(scores, model.task).items()},
    }
    known = {FEATURE + name: rows[name] for name in features}
    keys = {KEY + name: rows[name] for name in (model.entity,) if name in rows}
    slices = {SLICE + name: rows[name] for name in model.evaluation.slices}
    return pandas.DataFrame({**columns, **known, **slices, **keys}, index=rows.index)
