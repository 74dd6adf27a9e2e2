"""The entries of the catalogue, from definitions: what leads to each, who uses it, what has the same definition."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gitmlops.definitions import Definitions, Placed, Tree
from gitmlops.features.discovery import duplicates
from gitmlops.features.discovery.catalogue import Entry, words
from gitmlops.features.versions import hashes, impact
from gitmlops.features.versions.canonical_sql import Statements
from gitmlops.features.versions.impact import Use
from gitmlops.specs.feature import Entity, Feature, FeatureView, OnDemand, Source

_NAME, _TAG, _TEXT, _COLUMN = 10, 6, 4, 3
"""How much a word counts by where it stands; owners, units, sources and entities count as columns do."""


def entries(definitions: Definitions, tree: Tree, statements: Statements | None = None) -> tuple[Entry, ...]:
    """Everything that can be found in these definitions; a feature without a hash has nothing alike.

    statements: SQL that was parsed before; is given what is parsed now.
    """
    described, _ = hashes.describe(definitions, tree, statements)
    users, alike = impact.uses(definitions, described), duplicates.alike(described)
    found: list[Entry] = [_entity(one) for one in definitions.all(Entity).values()]
    found += [_source(one) for one in definitions.all(Source).values()]
    for view in definitions.all(FeatureView).values():
        found += _view(view, users, alike)
    found += [_on_demand(one, users, alike) for one in definitions.all(OnDemand).values()]
    return tuple(found)


def _entity(placed: Placed[Entity]) -> Entry:
    spec = placed.spec
    keys = [key.name for key in spec.keys]
    found = _weighed((_NAME, [spec.name]), (_TEXT, [spec.description]), (_COLUMN, [spec.owner, *keys]))
    return Entry("entity", spec.name, spec.description, spec.owner, placed.path, found)


def _source(placed: Placed[Source]) -> Entry:
    spec = placed.spec
    found = _weighed((_NAME, [spec.name]), (_TEXT, [spec.description]), (_COLUMN, [spec.owner, *spec.columns]))
    return Entry("source", spec.name, spec.description, spec.owner, placed.path, found)


def _view(placed: Placed[FeatureView], users: Sequence[Use], alike: Mapping[str, tuple[str, ...]]) -> Iterator[Entry]:
    spec, columns = placed.spec, {one.name: one.column or "" for one in placed.spec.aggregations}
    about = (_COLUMN, [spec.owner, spec.source, *spec.entities])
    found = _weighed((_NAME, [spec.id]), (_TAG, spec.tags), (_TEXT, [spec.description]), about)
    sets, models = _users([f"{spec.id}:{feature.name}" for feature in spec.features], users)
    yield Entry(
        "view", spec.id, spec.description, spec.owner, placed.path, found,
        status=spec.status, tags=tuple(spec.tags), sets=sets, models=models,
    )  # fmt: skip
    for feature in spec.features:
        pin = f"{spec.id}:{feature.name}"
        sets, models = _users([pin], users)
        yield Entry(
            "feature", pin, feature.description, spec.owner, placed.path, _of_feature(feature, columns),
            spec.id, feature.dtype, spec.status, tuple(spec.tags), feature.pii, sets, models, alike.get(pin, ()),
        )  # fmt: skip


def _of_feature(feature: Feature, columns: Mapping[str, str]) -> dict[str, int]:
    its = [feature.unit, columns.get(feature.name, ""), *(["pii"] if feature.pii else [])]
    return _weighed((_NAME, [feature.name]), (_TEXT, [feature.description]), (_COLUMN, its))


def _on_demand(placed: Placed[OnDemand], users: Sequence[Use], alike: Mapping[str, tuple[str, ...]]) -> Entry:
    spec = placed.spec
    about = (_COLUMN, [spec.owner, spec.unit, *(pin.partition(":")[2] for pin in spec.inputs), *spec.request])
    found = _weighed((_NAME, [spec.id]), (_TAG, spec.tags), (_TEXT, [spec.description]), about)
    sets, models = _users([spec.id], users)
    return Entry(
        "on-demand", spec.id, spec.description, spec.owner, placed.path, found,
        "", spec.dtype, spec.status, tuple(spec.tags), spec.pii, sets, models, alike.get(spec.id, ()),
    )  # fmt: skip


def _users(pins: Sequence[str], users: Sequence[Use]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sets and the models that use any of these features."""
    mine = [use for use in users if not use.pins.isdisjoint(pins)]
    return tuple(dict.fromkeys(use.feature_set for use in mine)), tuple(
        dict.fromkeys(use.model for use in mine if use.model)
    )


def _weighed(*texts: tuple[int, Iterable[str]]) -> dict[str, int]:
    """Word -> the greatest weight that it has in any of the texts."""
    found: dict[str, int] = {}
    for weight, said in texts:
        for text in said:
            for word in words(text):
                found[word] = max(weight, found.get(word, 0))
    return found
