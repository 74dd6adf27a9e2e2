"""A feature set, or a list of pins, resolved: its features, what their columns are called, which files it needs."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gitmlops.definitions import Definitions, Placed, Tree
from gitmlops.errors import InputError
from gitmlops.features.wiring import python_code, upstream
from gitmlops.report import Finding, Location, Severity, raise_errors
from gitmlops.specs.feature import Entity, Feature, FeatureSet, FeatureView, Key, OnDemand
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model

_PIN = re.compile(r"([^@:]+)@v([0-9]{1,6})(?::([^@:]+))?")


@dataclass(frozen=True)
class Selected:
    """One feature of a view. column: its name in the frame, `feature`, or `view__feature` where two views clash."""

    view: Placed[FeatureView]
    feature: Feature
    column: str

    @property
    def pin(self) -> str:
        """`view@vN:feature`."""
        return f"{self.view.spec.id}:{self.feature.name}"


@dataclass(frozen=True)
class Computed:
    """One on-demand feature. inputs: the features that it is computed from, each called by its own name in the SQL."""

    definition: Placed[OnDemand]
    inputs: tuple[Selected, ...]
    column: str

    @property
    def pin(self) -> str:
        """`name@vN`."""
        return self.definition.spec.id


Choice = Selected | Computed


def select(definitions: Definitions, feature_set: str) -> tuple[Choice, ...]:
    """The features of a set, in its order. Raises InputErrors with every entry that names nothing."""
    selected, findings = resolve(definitions, definitions.get(FeatureSet, feature_set))
    raise_errors(findings)
    return selected


def select_pins(definitions: Definitions, pins: Sequence[str]) -> tuple[Choice, ...]:
    """The features that are pinned in a list, in its order. Raises InputErrors with every pin that names nothing."""
    selected, findings = _resolve(definitions, pins, lambda index: None)
    raise_errors(findings)
    return selected


def columns(definitions: Definitions, feature_set: str) -> tuple[str, ...]:
    """The names of a set's columns, in its order. Raises InputErrors."""
    return tuple(chosen.column for chosen in select(definitions, feature_set))


def read_by(definitions: Definitions, model: Model) -> tuple[str, ...]:
    """The columns that a model reads: those of its feature set, or those that it names itself. Raises InputErrors."""
    return columns(definitions, model.feature_set) if model.feature_set else tuple(model.columns)


def personal_columns(definitions: Definitions, feature_set: str) -> tuple[str, ...]:
    """The columns of a set whose values are of people, or are computed from such values. Raises InputErrors."""
    return tuple(chosen.column for chosen in select(definitions, feature_set) if _is_personal(chosen))


def keys(definitions: Definitions, feature_set: str) -> tuple[Key, ...]:
    """The key columns that entity rows need for a set, each once, in the order of the set. Raises InputErrors."""
    return keys_for(definitions, select(definitions, feature_set))


def keys_for(definitions: Definitions, chosen: Iterable[Choice]) -> tuple[Key, ...]:
    """The key columns that entity rows need for these features, each once, in their order. Raises InputError."""
    views = {one.view.spec.id: one.view.spec for one in stored(chosen)}
    return tuple({key.name: key for view in views.values() for key in upstream.keys_of(definitions, view)}.values())


def require_no_key(definitions: Definitions, chosen: Iterable[Choice]) -> None:
    """Raises InputError if a feature has the name of a key that the entity rows need for another one."""
    chosen = tuple(chosen)
    keys = {key.name.lower(): key.name for key in keys_for(definitions, chosen)}
    for one in chosen:
        if key := keys.get(one.column.lower()):
            placed = one.definition if isinstance(one, Computed) else one.view
            what = f"{one.pin} would give the column {one.column!r}, and the entity rows have the key {key!r}"
            raise InputError(what, mend=f"ask for it apart from the others, or rename the feature in {placed.path}")


def stored(chosen: Iterable[Choice]) -> tuple[Selected, ...]:
    """The features of views that answer for these: those that are chosen, and those that chosen ones compute with."""
    found: dict[str, Selected] = {}
    for one in chosen:
        for selected in one.inputs if isinstance(one, Computed) else (one,):
            found.setdefault(selected.pin, selected)
    return tuple(found.values())


def closure(definitions: Definitions, tree: Tree, feature_set: str) -> tuple[str, ...]:
    """Every path of the repository that a set depends on, sorted: definitions, data of the sources, Python code.

    A source's path that is a pattern counts as the folder that the pattern begins with.
    Raises InputErrors if the set names something that is not there.
    """
    chosen = select(definitions, feature_set)
    paths = {definitions.get(FeatureSet, feature_set).path}
    paths |= {one.definition.path for one in chosen if isinstance(one, Computed)}
    lines = [upstream.lineage(definitions, one.view) for one in stored(chosen)]
    for view in {view.spec.id: view for line in lines for view in line}.values():
        paths |= {view.path, *(definitions.get(Entity, name).path for name in view.spec.entities)}
        if view.spec.transform and view.spec.transform.python:
            paths |= {*python_code.files(tree, view.spec.transform.python)}
    for source in (upstream.source_of(definitions, line[0]) for line in lines):
        paths |= {source.path, upstream.fixed_part(source.spec.path)}
    return tuple(sorted(paths))


def resolve(definitions: Definitions, placed: Placed[FeatureSet]) -> tuple[tuple[Choice, ...], tuple[Finding, ...]]:
    """What the entries of a set name, and what is wrong with those that name nothing."""
    selected, findings = _resolve(definitions, placed.spec.features, lambda index: placed.at("features", index))
    if not placed.spec.features:
        none = _wrong("the set has no features", placed.at("features"), "pin one: view@v1:feature")
        return (), (none,)
    return selected, findings


def pinned(definitions: Definitions, pin: str) -> Selected:
    """The feature of a view that `view@vN:feature` names, under its own name. Raises InputError."""
    found = _found(definitions, pin)
    if isinstance(found, Computed):
        raise InputError(f"{pin!r} is an on-demand feature", mend="name features of views: view@v1:feature")
    return found


def _resolve(
    definitions: Definitions, pins: Sequence[str], place: Callable[[int], Location | None]
) -> tuple[tuple[Choice, ...], tuple[Finding, ...]]:
    found: dict[int, Choice] = {}
    findings = []
    for index, entry in enumerate(pins):
        try:
            found[index] = _found(definitions, entry)
        except InputError as error:
            findings.append(_wrong(error.what, place(index), error.mend))
    names = dict(zip(found, _names([*found.values()]), strict=True))
    for name, count in Counter(map(str.lower, names.values())).items():
        if count > 1:
            last = max(index for index, other in names.items() if other.lower() == name)
            message = f"{count} entries would give the column {names[last]!r}"
            findings.append(_wrong(message, place(last), "keep one of them"))
    return tuple(_named(found[index], name) for index, name in names.items()), tuple(findings)


def _is_personal(chosen: Choice) -> bool:
    if isinstance(chosen, Computed):
        return chosen.definition.spec.is_personal or any(one.feature.is_personal for one in chosen.inputs)
    return chosen.feature.is_personal


def _names(found: Sequence[Choice]) -> list[str]:
    """Column names, compared without case, as SQL does."""
    owners: dict[str, set[str]] = {}
    for one in found:
        owners.setdefault(one.column.lower(), set()).add(_owner(one))
    return [
        f"{one.view.spec.name.replace('/', '__')}__{one.column}"
        if isinstance(one, Selected) and len(owners[one.column.lower()]) > 1
        else one.column
        for one in found
    ]


def _owner(chosen: Choice) -> str:
    """Two versions of one thing clash in one set: only the name of what gives a column tells it from others."""
    return chosen.view.spec.name if isinstance(chosen, Selected) else ""


def _named(chosen: Choice, column: str) -> Choice:
    if isinstance(chosen, Computed):
        return chosen
    return Selected(chosen.view, chosen.feature, column)


def _found(definitions: Definitions, pin: str) -> Choice:
    match = _PIN.fullmatch(pin)
    if not match:
        raise InputError(f"{pin!r} does not pin a feature", mend="write view@v1:feature")
    name, version, wanted = match[1], int(match[2]), match[3]
    if wanted is None:
        return _on_demand(definitions, name, version)
    view = view_at(definitions, name, version)
    for feature in view.spec.features:
        if feature.name == wanted:
            return Selected(view, feature, feature.name)
    mend = nearest(wanted, (feature.name for feature in view.spec.features))
    raise InputError(f"the view {view.spec.id} has no feature {wanted!r}", mend=mend)


def _on_demand(definitions: Definitions, name: str, version: int) -> Computed:
    known = definitions.all(OnDemand)
    id_ = f"{name}@v{version}"
    if id_ not in known:
        views = {placed.spec.name for placed in definitions.all(FeatureView).values()}
        mend = f"write {id_}:feature" if name in views else nearest(id_, known)
        raise InputError(f"there is no on-demand feature {id_!r}", mend=mend)
    inputs = tuple(pinned(definitions, pin) for pin in known[id_].spec.inputs)
    return Computed(known[id_], inputs, name.rpartition("/")[2])


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


def _wrong(message: str, location: Location | None, mend: str) -> Finding:
    return Finding("reference", Severity.ERROR, message, location, mend)
