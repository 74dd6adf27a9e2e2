"""Whether an on-demand feature's inputs are there. Its SQL is bound elsewhere: see `binding`."""

from collections.abc import Iterator

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.wiring import selection
from gitmlops.features.wiring.columns import wrong
from gitmlops.report import Finding
from gitmlops.specs.feature import FeatureView, OnDemand
from gitmlops.specs.hints import nearest


def check(definitions: Definitions, placed: Placed[OnDemand]) -> Iterator[Finding]:
    """What does not hold in one on-demand feature."""
    seen: dict[str, str] = {}
    for i, pin in enumerate(placed.spec.inputs):
        try:
            name = selection.pinned(definitions, pin).feature.name
        except InputError as error:
            yield wrong(error.what, placed.at("inputs", i), error.mend)
            continue
        if other := seen.get(name.lower()):
            message = f"{other} and {pin} are both called {name!r} in the SQL"
            yield wrong(message, placed.at("inputs", i), "keep one, or give one a new name in a view of its own")
        seen[name.lower()] = pin
    for name in placed.spec.request:
        if other := seen.get(name.lower()):
            message = f"the request's {name!r} has the name of the input {other}"
            yield wrong(message, placed.at("request", name), "rename the field of the request")
    yield from _replaced(definitions, placed)


def _replaced(definitions: Definitions, placed: Placed[OnDemand]) -> Iterator[Finding]:
    name = placed.spec.replaced_by
    if name is None:
        return
    known = {*definitions.all(FeatureView), *definitions.all(OnDemand)}
    if name.partition(":")[0] not in known:
        message = f"there is no {name!r} that replaces the feature"
        yield wrong(message, placed.at("replaced_by"), nearest(name, known))
