"""A feature set, resolved: which features it pins, what their columns are called, which files it depends on."""

import re
from collections import Counter
from dataclasses import dataclass

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.report import Finding, Location, Severity, raise_errors
from gitmlops.specs.feature import Entity, Feature, FeatureSet, FeatureView, Key, Source
from gitmlops.specs.hints import nearest

_PIN = re.compile(r"([^@:]+)@v([0-9]+):([^@:]+)")


@dataclass(frozen=True)
class Selected:
    """One feature of a set. column: its name in the frame, `feature`, or `view__feature` where two views clash."""

    view: Placed[FeatureView]
    feature: Feature
    column: str


def select(definitions: Definitions, feature_set: str) -> tuple[Selected, ...]:
    """The features of a set, in its order. Raises InputErrors with every entry that names nothing."""
    selected, findings = resolve(definitions, definitions.get(FeatureSet, feature_set))
    raise_errors(findings)
    return selected


def columns(definitions: Definitions, feature_set: str) -> tuple[str, ...]:
    """The names of a set's columns, in its order. Raises InputErrors."""
    return tuple(chosen.column for chosen in select(definitions, feature_set))


def keys(definitions: Definitions, feature_set: str) -> tuple[Key, ...]:
    """The key columns that entity rows need for a set, each once, in the order of the set. Raises InputErrors."""
    views = {chosen.view.spec.id: chosen.view.spec for chosen in select(definitions, feature_set)}
    return tuple({key.name: key for view in views.values() for key in keys_of(definitions, view)}.values())


def keys_of(definitions: Definitions, view: FeatureView) -> tuple[Key, ...]:
    """The key columns of a view, each once. Raises InputError if there is no such entity."""
    entities = (definitions.get(Entity, name).spec for name in view.entities)
    return tuple({key.name: key for entity in entities for key in entity.keys}.values())


def closure(definitions: Definitions, feature_set: str) -> tuple[str, ...]:
    """Every path of the repository that a set depends on, sorted: its definition files and the data of its sources.

    Raises InputErrors if it names something that is not there.
    """
    paths = {definitions.get(FeatureSet, feature_set).path}
    for view in {chosen.view.spec.id: chosen.view for chosen in select(definitions, feature_set)}.values():
        source = definitions.get(Source, view.spec.source)
        entities = (definitions.get(Entity, name).path for name in view.spec.entities)
        paths |= {view.path, source.path, source.spec.path, *entities}
    return tuple(sorted(paths))


def resolve(definitions: Definitions, placed: Placed[FeatureSet]) -> tuple[tuple[Selected, ...], tuple[Finding, ...]]:
    """What the entries of a set name, and what is wrong with those that name nothing."""
    found: list[tuple[Placed[FeatureView], Feature]] = []
    findings = []
    for index, entry in enumerate(placed.spec.features):
        try:
            found.append(_pinned(definitions, entry))
        except InputError as error:
            findings.append(_wrong(error.what, placed.at("features", index), error.mend))
    names = _names(found)
    for name, count in Counter(names).items():
        if count > 1:
            entry = f"{count} entries would give the column {name!r}"
            last = len(names) - 1 - names[::-1].index(name)
            findings.append(_wrong(entry, placed.at("features", last), "keep one of them"))
    if not placed.spec.features:
        findings.append(_wrong("the set has no features", placed.at("features"), "pin one: view@v1:feature"))
    selected = (Selected(view, feature, name) for (view, feature), name in zip(found, names, strict=True))
    return tuple(selected), tuple(findings)


def _names(found: list[tuple[Placed[FeatureView], Feature]]) -> list[str]:
    """Column names, compared without case, as SQL does."""
    views: dict[str, set[str]] = {}
    for view, feature in found:
        views.setdefault(feature.name.lower(), set()).add(view.spec.name)
    return [
        f"{view.spec.name}__{feature.name}" if len(views[feature.name.lower()]) > 1 else feature.name
        for view, feature in found
    ]


def _pinned(definitions: Definitions, entry: str) -> tuple[Placed[FeatureView], Feature]:
    match = _PIN.fullmatch(entry)
    if not match:
        raise InputError(f"{entry!r} does not pin a feature", mend="write view@v1:feature")
    name, version, wanted = match[1], int(match[2]), match[3]
    view = view_at(definitions, name, version)
    for feature in view.spec.features:
        if feature.name == wanted:
            return view, feature
    mend = nearest(wanted, (feature.name for feature in view.spec.features))
    raise InputError(f"the view {view.spec.id} has no feature {wanted!r}", mend=mend)


def view_at(definitions: Definitions, name: str, version: int | None) -> Placed[FeatureView]:
    """A view at a version, or at its newest. Raises InputError that says which views or versions there are."""
    versions = {
        placed.spec.version: placed for placed in definitions.all(FeatureView).values() if placed.spec.name == name
    }
    if not versions:
        known = {placed.spec.name for placed in definitions.all(FeatureView).values()}
        raise InputError(f"there is no feature view {name!r}", mend=nearest(name, known))
    chosen = max(versions) if version is None else version
    if chosen not in versions:
        there = ", ".join(f"v{known} in {versions[known].path}" for known in sorted(versions))
        raise InputError(
            f"the view {name!r} has no version {chosen}; there is {there}", mend=f"write {name}@v{max(versions)}"
        )
    return versions[chosen]


def _wrong(message: str, location: Location, mend: str) -> Finding:
    return Finding("reference", Severity.ERROR, message, location, mend)
