"""An estimator, fitted on a table."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.components.columns import require_columns
from gitmlops.components.parallel import parallel
from gitmlops.components.project import project
from gitmlops.components.train.estimator import estimator, failures
from gitmlops.components.train.preprocessing import pipeline
from gitmlops.errors import InputError, Refusal
from gitmlops.features.wiring.selection import columns


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the fitted model: the same rows and parameters give the same bytes. Raises InputError."""
    rows, labels = learnt_from(inputs["frame"], params["feature_set"], params["label"])
    given = {**params["estimator_params"], **_tuned(inputs.get("tuned"), params["estimator"])}
    unfitted = estimator(params["estimator"], given, seed=params["seed"])
    model = pipeline(unfitted, rows, params.get("preprocess", {}))
    try:
        with parallel(params.get("backend", "loky"), params.get("jobs", 1)):
            model.fit(rows, labels)
    except failures(params["estimator"]) as error:
        mend = "mend estimator_params or preprocess, or choose an estimator that takes these columns"
        raise InputError(f"{params['estimator']}: {error}", where=str(inputs["frame"]), mend=mend) from error
    models.save(model, outputs["model"])
    _require_loadable(outputs["model"], params["estimator"])


def learnt_from(path: Path, feature_set: str, label: str) -> tuple[pandas.DataFrame, pandas.Series]:
    """The columns of a feature set, in its order, and the label, of a table. Raises InputError."""
    features = columns(project(), feature_set)
    frame = tables.read(path)
    require_columns(frame, (*features, label), path)
    if label in features:
        raise InputError(f"the label {label!r} is a feature, too", mend="take it out of the feature set")
    return frame[list(features)], frame[label]


def _tuned(path: Path | None, name: str) -> Mapping[str, Any]:
    """The parameters that `tune` found best. Raises InputError if it tuned another estimator."""
    if path is None:
        return {}
    best = json.loads(path.read_bytes())
    if best.get("estimator") != name:
        mend = "give train and tune the same `estimator`"
        raise InputError(f"tunes {best.get('estimator')}, not {name}", where=str(path), mend=mend)
    params: Mapping[str, Any] = best["params"]
    return params


def _require_loadable(file: Path, name: str) -> None:
    try:
        models.load(file.read_bytes(), name=name)
    except Refusal as error:
        what = f"{name} could be written, and not be loaded again: {error.what}"
        raise InputError(what, where="estimator", mend="choose another estimator") from error
