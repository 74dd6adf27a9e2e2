"""The same definition under two names: somebody did not find what was there."""

from collections.abc import Mapping
from itertools import islice

from gitmlops.features.discovery.catalogue import MOST_ALIKE
from gitmlops.features.versions.hashes import Described


def alike(described: Mapping[str, Described]) -> Mapping[str, tuple[str, ...]]:
    """Feature -> the other features whose values are made in the same way, whatever they are called: the first few.

    Versions of one view are meant to be alike, and what is deprecated is on its way out: both do not count.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Described]] = {}
    for one in described.values():
        if one.placed.spec.status != "deprecated":
            groups.setdefault(_made(one), []).append(one)
    found = {}
    for group in (sorted(group, key=lambda one: one.pin) for group in groups.values() if len(group) > 1):
        for one in group:
            if others := tuple(islice((other.pin for other in group if _called(other) != _called(one)), MOST_ALIKE)):
                found[one.pin] = others
    return found


def _made(one: Described) -> tuple[tuple[str, str], ...]:
    """What makes the values, without the name that they have. A column that is taken as it is counts by its name."""
    facets = {**one.definition, "keys": one.interface["keys"]}
    if one.feature is not None and "fn" not in facets:
        name, text = one.feature.name, facets.get("sql", "")
        nameless = text.replace(f"(alias alias={name} ", "(alias ")  # as `canonical_sql` writes it
        facets |= {"sql": nameless} if nameless != text else {"column": name}
    return tuple(sorted(facets.items()))


def _called(one: Described) -> tuple[str, str]:
    """The name of the view, or of the on-demand feature, and of the feature."""
    return one.placed.spec.name, one.feature.name if one.feature else ""
