"""The features that a model reads, by its definitions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.definitions import Definitions


def pins(definitions: "Definitions", name: str) -> tuple[str, ...]:
    """What the feature set of a model pins, in its order; nothing where there is no such model or set."""
    from gitmlops.specs.feature import FeatureSet
    from gitmlops.specs.model import Model

    model = definitions.all(Model).get(name)
    chosen = definitions.all(FeatureSet).get(model.spec.feature_set or "") if model else None
    return tuple(chosen.spec.features) if chosen else ()
