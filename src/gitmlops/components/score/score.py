"""A table scored with a registered version."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitmlops.adapters.data import tables
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.components.columns import require_columns, require_unique
from gitmlops.components.score.prediction_log import prediction_log
from gitmlops.definitions import load_valid
from gitmlops.errors import InputError
from gitmlops.features.wiring.selection import read_by
from gitmlops.registry.files import delivery
from gitmlops.registry.files.contents import Contents
from gitmlops.registry.tags import history, references
from gitmlops.registry.tags.history import Version
from gitmlops.specs.model import Model


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the prediction log. Raises InputError, Refusal if the version's files are not those that its tag pins."""
    repository, time = Repository(Path.cwd()), params["time"]
    version = _version(repository, params["model"])
    definitions = load_valid(CommitTree(repository, version.commit))
    model = definitions.get(Model, version.name).spec
    content = delivery.gather(Contents(repository, version.commit), version, model.artifact)[model.artifact]
    features = read_by(definitions, model)
    rows = tables.read(inputs["rows"])
    require_columns(rows, (model.evaluation.id, time, *features, *model.evaluation.slices), inputs["rows"])
    require_unique(rows[model.evaluation.id], inputs["rows"])
    log = prediction_log(rows, content, model=model, features=features, version=version, time=time)
    tables.write(log, outputs["predictions"])


def _version(repository: Repository, text: str) -> Version:
    reference = references.parse(text)
    artifact = history.read(repository).artifact(reference.artifact)
    if not reference.version:
        mend = f"write {reference.artifact}@vX.Y.Z, of `gitmlops model history {reference.artifact}`"
        raise InputError(f"{text!r} may be another version tomorrow", where="model", mend=mend)
    return references.pick(artifact, reference, production="")
