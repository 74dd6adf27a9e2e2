"""`gitmlops.features.get`: features for rows of entities, from Python."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.adapters.git.repository import find
from gitmlops.adapters.git.trees import WorkTree
from gitmlops.definitions import load_valid
from gitmlops.errors import UsageError
from gitmlops.features.join import retrieval
from gitmlops.features.wiring import selection
from gitmlops.specs.engine import EngineName

if TYPE_CHECKING:
    import pandas


def get(
    entities: "pandas.DataFrame",
    *,
    set: str | None = None,
    features: Sequence[str] | None = None,
    time: str = "event_timestamp",
    root: str | PathLike[str] = ".",
    engine: EngineName | None = None,
) -> "pandas.DataFrame":
    """The entity rows, all of them, in their order, with a column for each feature as known at the row's time.

    entities: the key columns, the column `time` (UTC where it has no zone), fields of the request, and any others.
    set: the name of a feature set; features: pins in its place, `view@v1:feature` or `name@v1`.
    root: a folder of the project; engine: in place of the one of `gitmlops.yaml`.
    The same function answers `gitmlops feature get` and the pipelines' component.
    Raises UsageError unless one of `set` and `features` is given; InputError or InputErrors: rows, definitions or data
    that do not fit.
    """
    if (set is None) == (features is None):
        raise UsageError("name either a set or features", mend='write set="churn", or features=["spend@v1:amount"]')
    repository = find(Path(root))
    known = load_valid(WorkTree(repository))
    chosen = selection.select(known, set) if set is not None else selection.select_pins(known, features or ())
    by = engine or known.engine
    return retrieval.retrieve_chosen(repository.root, known, entities, chosen=chosen, time=time, engine=by)
