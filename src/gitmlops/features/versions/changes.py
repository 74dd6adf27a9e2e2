"""What becomes of every feature between two states of the repository: docs, additive, behaviour or breaking.

Both states are hashed by this release, so that another version of the canonicaliser changes nothing but lock files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

import msgspec

from gitmlops.features.versions.hashes import Described
from gitmlops.specs.feature import FeatureView, OnDemand

_LONG = ("sql", "python", "upstream", "rows")
_HASHED = {"name", "version", "entities", "source", "ttl", "known_at", "transform", "aggregations", "features"}
_HASHED_OF_FEATURE = {"name", "dtype", "unit", "nullable"}
_HASHED_ON_DEMAND = {"name", "version", "inputs", "request", "sql", "dtype", "unit", "nullable"}


class Change(Enum):
    """What users of a feature have to think of, from nothing to everything."""

    DOCS = "docs"
    """What is told about it: owner, description, tags, tests, freshness, status, classification."""
    ADDITIVE = "additive"
    """It is new."""
    BEHAVIOUR = "behaviour"
    """Its values may be others."""
    BREAKING = "breaking"
    """Its interface is another one, or it is gone."""


@dataclass(frozen=True)
class Changed:
    """One feature that differs: how, and in what, in words. before, after: None where it is not there."""

    pin: str
    change: Change
    details: tuple[str, ...]
    before: Described | None
    after: Described | None

    @property
    def described(self) -> Described:
        """The feature as it is after the change or, if it is gone, as it was."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a change has one side at least
        return found

    @property
    def alters(self) -> bool:
        """Whether those who pin it get something else than they pinned."""
        return self.change in (Change.BEHAVIOUR, Change.BREAKING)


def between(before: Mapping[str, Described], after: Mapping[str, Described]) -> tuple[Changed, ...]:
    """Every feature that differs, sorted by pin."""
    found = (_changed(pin, before.get(pin), after.get(pin)) for pin in sorted({*before, *after}))
    return tuple(change for change in found if change)


def _changed(pin: str, before: Described | None, after: Described | None) -> Changed | None:
    if before is None or after is None:
        change, word = (Change.ADDITIVE, "new") if before is None else (Change.BREAKING, "removed")
        return Changed(pin, change, (word,), before, after)
    if before.hash.interface != after.hash.interface:
        details = (*_details(before.interface, after.interface), *_details(before.definition, after.definition))
        return Changed(pin, Change.BREAKING, details, before, after)
    if before.hash.definition != after.hash.definition:
        details = tuple(_details(before.definition, after.definition))
        return Changed(pin, Change.BEHAVIOUR, details, before, after)
    details = tuple(_details(_told(before), _told(after)))
    return Changed(pin, Change.DOCS, details, before, after) if details else None


def _details(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for key in sorted({*before, *after}):
        old, new = before.get(key, ""), after.get(key, "")
        if old == new:
            continue
        long = key.startswith(_LONG) or max(len(old), len(new)) > 60
        yield key if long else f"{key}: {old or 'none'} -> {new or 'none'}"


def _told(described: Described) -> Mapping[str, str]:
    """What is not hashed, by name."""
    spec = described.placed.spec
    if isinstance(spec, OnDemand):
        return _fields(spec, _HASHED_ON_DEMAND)
    feature = _fields(described.feature, _HASHED_OF_FEATURE) if described.feature else {}
    return {**{f"view's {key}": value for key, value in _fields(spec, _HASHED).items()}, **feature}


def _fields(spec: FeatureView | OnDemand | msgspec.Struct, hashed: set[str]) -> dict[str, str]:
    fields = msgspec.to_builtins(spec)
    return {key: _text(value) for key, value in fields.items() if key not in hashed | {"kind"}}


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode() if value not in (None, []) else ""
