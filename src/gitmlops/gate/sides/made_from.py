"""The data that a model is made from, as people brought it: what datasheets are about."""

from collections.abc import Mapping

from gitmlops.adapters.dvc import pointers
from gitmlops.features.wiring import upstream
from gitmlops.gate.sides.affected import beside, pieces
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.specs.feature import Source
from gitmlops.specs.model import Model


def data_of(side: Side, name: str) -> Mapping[str, str]:
    """Path -> digest of the data that no stage of a pipeline made: sources of features, and what DVC tracks by itself.

    The digest tells git's blobs and DVC's pointers at the path apart; no data is read. Raises InputError if the model
    names what is not there.
    """
    model = side.definitions.get(Model, name).spec
    own = {model.artifact, *beside(model), model.evaluation.data, model.evaluation.labels}
    sources = {upstream.fixed_part(placed.spec.path) for placed in side.definitions.all(Source).values()}
    return {
        path: digest
        for path, digest in pieces(side, name).items()
        if path not in own and (_brought(side, path) or path in sources)
    }


def _brought(side: Side, path: str) -> bool:
    """Whether DVC tracks something there that no stage made."""
    return any(not output.stage for output in pointers.held(path, side.outputs).values())
