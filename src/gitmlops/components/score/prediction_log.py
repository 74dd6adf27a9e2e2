"""Rows with features, a model and its definition -> one row a prediction, as monitoring reads it."""

from collections.abc import Sequence

import pandas

from gitmlops.adapters import models
from gitmlops.components.measures import require_two_classes
from gitmlops.errors import Refusal
from gitmlops.records.prediction_log import FEATURE, SLICE
from gitmlops.registry.history import Version
from gitmlops.specs.model import Model


def prediction_log(
    rows: pandas.DataFrame, content: bytes, *, model: Model, features: Sequence[str], version: Version, time: str
) -> pandas.DataFrame:
    """The log of a version's predictions for these rows, in their order.

    content: the bytes of the model file; rows: with the model's id, time, features and slices. Raises Refusal if the
    file is not to be loaded, or if the model fails on the rows; InputError for a task that is not of two classes.
    """
    require_two_classes(model)
    columns = {
        "prediction_id": rows[model.evaluation.id],
        "time": rows[time],
        "model": version.name,
        "version": version.version,
        "score": _scores(rows, content, model),
    }
    known = {FEATURE + name: rows[name] for name in features}
    slices = {SLICE + name: rows[name] for name in model.evaluation.slices}
    return pandas.DataFrame({**columns, **known, **slices}, index=rows.index)


def _scores(rows: pandas.DataFrame, content: bytes, model: Model) -> "pandas.Series[float]":
    """The probability of the positive class, by the columns that the model itself names."""
    estimator = models.load(content, name=model.artifact)
    try:
        names = [str(name) for name in estimator.feature_names_in_]
        place = [*estimator.classes_].index(model.task.positive)
        scores = estimator.predict_proba(rows[names])[:, place]
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        mend = "see that it was trained on the feature set of its definition"
        raise Refusal(f"the model fails on these rows: {error}", where=model.artifact, mend=mend) from error
    return pandas.Series(scores, index=rows.index, dtype="float64")
