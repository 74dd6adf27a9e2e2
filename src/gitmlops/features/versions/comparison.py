"""Two states of the repository: which features differ, and who uses them on either side."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitmlops.definitions import Definitions, Tree
from gitmlops.errors import InputErrors
from gitmlops.features.versions import changes, hashes, impact
from gitmlops.features.versions.changes import Changed
from gitmlops.features.versions.hashes import Described
from gitmlops.features.versions.impact import Use


@dataclass(frozen=True)
class Comparison:
    """before, after: the uses on both sides; described: the features as they are after."""

    changed: tuple[Changed, ...]
    before: tuple[Use, ...]
    after: tuple[Use, ...]
    described: Mapping[str, Described]


def compare(base: Definitions, base_tree: Tree, head: Definitions, head_tree: Tree) -> Comparison:
    """What the head makes of the features of the base.

    A feature that the base cannot tell (what it draws on is not there) is new on the head. Raises InputErrors with
    those that the head cannot tell, unless the base could not, either.
    """
    before, known = hashes.describe(base, base_tree)
    after, wrong = hashes.describe(head, head_tree)
    if new := [error for error in wrong if str(error) not in {*map(str, known)}]:
        raise InputErrors(new)
    return Comparison(changes.between(before, after), impact.uses(base, before), impact.uses(head, after), after)
