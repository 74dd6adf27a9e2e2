"""Rows to learn from, and other rows to judge by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas

from gitmlops.adapters.data import tables
from gitmlops.components.columns import require_columns, require_present, require_unique
from gitmlops.components.project import project
from gitmlops.components.split import leakage
from gitmlops.components.split.sides import EVALUATION, TRAIN, sides
from gitmlops.errors import InputError
from gitmlops.features.wiring.selection import columns


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write training rows, evaluation rows and their labels.

    Raises InputError if there is no such split, Refusal if the sides would not be apart.
    """
    frame = tables.read(inputs["frame"])
    identifier, label = params["id"], params["label"]
    roles = [identifier, label, *(params[role] for role in ("time", "group") if role in params)]
    require_columns(frame, roles, inputs["frame"])
    if len({*roles}) < len(roles):
        raise InputError("id, time, label and group must be columns of their own", mend="name a column for each")
    # Ids are unique over all rows: hence none is on both sides.
    require_unique(frame[identifier], inputs["frame"])
    require_present(frame, [label], inputs["frame"])
    found = sides(frame, params, inputs["frame"])
    train, rest = frame[found == TRAIN], frame[found == EVALUATION]
    if "features" in params:
        _require_apart(train, rest, params, inputs["frame"])
    tables.write(train, outputs["train"])
    tables.write(rest.drop(columns=label), outputs["evaluation"])
    tables.write(rest[[identifier, label]], outputs["evaluation_labels"])


def _require_apart(train: pandas.DataFrame, rest: pandas.DataFrame, params: Mapping[str, Any], path: Path) -> None:
    features = columns(project(), params["features"])
    require_columns(train, features, path)
    most_alike = params.get("most_alike", 0.05)
    leakage.require_none(train, rest, features=features, label=params["label"], most_alike=most_alike)
