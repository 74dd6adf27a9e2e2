"""Views that a command is given by name."""

import hashlib
import re
from collections.abc import Iterable

from gitmlops.definitions import Definitions, Placed, Tree, within_import
from gitmlops.errors import InputError, InputErrors
from gitmlops.features.versions import hashes
from gitmlops.features.wiring.selection import view_at
from gitmlops.specs.feature import FeatureView

_REFERENCE = re.compile(r"([^@:]+)(?:@v([0-9]{1,6}))?")


def named(definitions: Definitions, references: Iterable[str]) -> tuple[Placed[FeatureView], ...]:
    """The views that `view` (its newest version) and `view@vN` name, each once. Raises InputError."""
    found = {}
    for reference in references:
        match = _REFERENCE.fullmatch(reference)
        if not match:
            raise InputError(f"{reference!r} names no view", mend="write view or view@v1")
        view = view_at(definitions, match[1], int(match[2]) if match[2] else None)
        found[view.spec.id] = view
    return tuple(found.values())


def own(definitions: Definitions) -> tuple[Placed[FeatureView], ...]:
    """Every view that is defined in this repository, and not imported."""
    views = definitions.all(FeatureView)
    return tuple(views[id_] for id_ in sorted(views) if not within_import(views[id_].path)[0])


def definition_digests(definitions: Definitions, tree: Tree, views: Iterable[Placed[FeatureView]]) -> dict[str, str]:
    """View -> digest of what all its features are. Raises InputErrors if one of them has no hash."""
    described, errors = hashes.describe(definitions, tree)
    digests = {}
    for view in views:
        pins = [f"{view.spec.id}:{feature.name}" for feature in view.spec.features]
        if errors and not all(pin in described for pin in pins):
            raise InputErrors(errors)
        lines = sorted(f"{pin} {described[pin].hash.definition}\n" for pin in pins)
        digests[view.spec.id] = hashlib.sha256("".join(lines).encode()).hexdigest()
    return digests
