"""An estimator of scikit-learn, fitted on a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from gitmlops.adapters import models, tables
from gitmlops.components.columns import require_columns
from gitmlops.components.project import project
from gitmlops.components.train.estimator import estimator
from gitmlops.errors import InputError
from gitmlops.features.selection import columns


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the fitted model: the same rows and parameters give the same bytes. Raises InputError."""
    features = columns(project(), params["feature_set"])
    label = params["label"]
    frame = tables.read(inputs["frame"])
    require_columns(frame, (*features, label), inputs["frame"])
    if label in features:
        raise InputError(f"the label {label!r} is a feature, too", mend="take it out of the feature set")
    model = _pipeline(params, frame[list(features)])
    try:
        model.fit(frame[list(features)], frame[label])
    except ValueError as error:
        mend = "mend estimator_params, or choose an estimator that takes these columns"
        raise InputError(f"{params['estimator']}: {error}", where=str(inputs["frame"]), mend=mend) from error
    models.save(model, outputs["model"])


def _pipeline(params: Mapping[str, Any], rows: pandas.DataFrame) -> Pipeline:
    steps = [("estimator", estimator(params["estimator"], params["estimator_params"], seed=params["seed"]))]
    if words := _words(rows):
        # Unseen and missing words get a number of their own, so that serving never fails on them.
        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
        encode = ColumnTransformer([("words", encoder, words)], remainder="passthrough")
        steps.insert(0, ("encode", encode))
    return Pipeline(steps)


def _words(rows: pandas.DataFrame) -> Sequence[str]:
    """Columns of text. Raises InputError for columns that are neither text, numbers nor booleans."""
    kinds = pandas.api.types
    other = [name for name, values in rows.items() if not kinds.is_numeric_dtype(values)]  # booleans are numeric
    for name in other:
        if not (kinds.is_string_dtype(rows[name]) or kinds.is_object_dtype(rows[name])):
            raise InputError(f"the feature {name!r} is {rows[name].dtype}", mend="derive a number or a text from it")
    return [str(name) for name in other]
