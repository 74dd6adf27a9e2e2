"""Which model a monitoring command is about."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.definitions import Definitions, Placed
    from gitmlops.specs.model import Model


def watched(definitions: "Definitions", name: str | None) -> "Placed[Model]":
    """The model of this name, or the only one that is monitored. Raises InputError, UsageError."""
    from gitmlops.errors import UsageError
    from gitmlops.specs.model import Model

    models = definitions.all(Model)
    monitored = [known for known, placed in models.items() if placed.spec.monitoring]
    if name is None and len(monitored) != 1:
        raise UsageError("which model?", mend=f"name one of: {', '.join(monitored) or 'none has `monitoring:` yet'}")
    return definitions.get(Model, name or monitored[0])
