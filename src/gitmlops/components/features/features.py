"""Rows with the features of a feature set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitmlops.adapters.data import tables
from gitmlops.components.project import project
from gitmlops.features.join.retrieval import retrieve


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the entities' rows with their features. Raises InputError."""
    entities, known = tables.read(inputs["entities"]), project()
    feature_set, time = params["feature_set"], params["time"]
    frame = retrieve(Path.cwd(), known, entities, feature_set=feature_set, time=time, engine=known.engine)
    tables.write(frame, outputs["frame"])
