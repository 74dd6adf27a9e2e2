"""What features there are, where each comes from and who uses it, as reports."""

import re
from collections.abc import Iterable, Mapping, Sequence

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features import wiring
from gitmlops.features.selection import resolve, view_at
from gitmlops.features.upstream import keys_of, source_of
from gitmlops.report import Cell, Report, Table, raise_errors
from gitmlops.specs.feature import Feature, FeatureSet, FeatureView
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model

_REFERENCE = re.compile(r"([^@:]+)(?:@v([0-9]{1,6})(?::([^@:]+))?)?")
_FUNCTIONS = {"count": "number", "sum": "sum", "mean": "mean", "min": "least", "max": "greatest"}


def listing(definitions: Definitions) -> Report:
    """Every view with its features, entities, owner, and the sets and models that use it."""
    used = _uses(definitions)
    rows = tuple(
        (
            placed.spec.name,
            f"v{placed.spec.version}",
            _joined(feature.name for feature in placed.spec.features),
            _joined(placed.spec.entities),
            placed.spec.owner,
            *_used_by(definitions, [pin for pin in used if pin.startswith(f"{id_}:")], used),
        )
        for id_, placed in sorted(definitions.all(FeatureView).items())
    )
    columns = ("view", "version", "features", "entities", "owner", "sets", "models")
    return Report("Feature views", tables=(Table("", columns, rows),))


def show(definitions: Definitions, reference: str) -> Report:
    """The report on `view`, `view@vN` or `view@vN:feature`.

    Raises InputError with the nearest name, InputErrors where the view does not fit its entities and source.
    """
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise InputError(f"{reference!r} names no feature", mend="write view, view@v1 or view@v1:feature")
    view = view_at(definitions, match[1], int(match[2]) if match[2] else None)
    raise_errors(wiring.check_views(definitions, [view]))
    return _feature_report(definitions, view, match[3]) if match[3] else _view_report(definitions, view)


def _view_report(definitions: Definitions, view: Placed[FeatureView]) -> Report:
    used = _uses(definitions)
    rows = tuple(
        (
            feature.name,
            feature.dtype,
            feature.unit,
            feature.description,
            _computed(view.spec, feature),
            *_used_by(definitions, [f"{view.spec.id}:{feature.name}"], used),
        )
        for feature in view.spec.features
    )
    columns = ("feature", "type", "unit", "description", "computed", "sets", "models")
    facts = (("description", view.spec.description), *_lineage(definitions, view))
    return Report(f"Feature view {view.spec.id}", facts=facts, tables=(Table("Features", columns, rows),))


def _feature_report(definitions: Definitions, view: Placed[FeatureView], name: str) -> Report:
    features = {feature.name: feature for feature in view.spec.features}
    if name not in features:
        raise InputError(f"the view {view.spec.id} has no feature {name!r}", mend=nearest(name, features))
    feature, pin = features[name], f"{view.spec.id}:{name}"
    sets, models = _used_by(definitions, [pin], _uses(definitions))
    facts: tuple[tuple[str, Cell], ...] = (
        ("description", feature.description),
        ("type", feature.dtype),
        ("unit", feature.unit),
        ("classification", feature.classification),
        ("computed", _computed(view.spec, feature)),
        *_lineage(definitions, view),
        ("sets", sets),
        ("models", models),
    )
    return Report(f"Feature {pin}", facts=tuple((name, value) for name, value in facts if value))


def _lineage(definitions: Definitions, view: Placed[FeatureView]) -> tuple[tuple[str, Cell], ...]:
    """From the view's file up to the data."""
    source = source_of(definitions, view)
    facts: list[tuple[str, Cell]] = [
        ("owner", view.spec.owner),
        ("defined in", view.path),
        ("entities", _joined(view.spec.entities)),
        ("keys", _joined(f"{key.name} ({key.dtype})" for key in keys_of(definitions, view.spec))),
        ("transform", _transform(view.spec)),
        ("source", f"{source.spec.name}, {source.path}, owner {source.spec.owner}"),
        ("data", source.spec.path),
        ("time", source.spec.timestamp),
    ]
    return tuple((name, value) for name, value in facts if value)


def _transform(view: FeatureView) -> str:
    if view.transform is None:
        return ""
    return view.transform.python or " ".join((view.transform.sql or "").split())


def _computed(view: FeatureView, feature: Feature) -> str:
    for aggregation in view.aggregations:
        if aggregation.name == feature.name:
            of = aggregation.column or "rows"
            return f"{_FUNCTIONS[aggregation.fn]} of {of} over the last {aggregation.window}"
    return f"newest value, for {view.ttl}" if view.ttl else "newest value"


def _uses(definitions: Definitions) -> Mapping[str, Sequence[str]]:
    """`view@vN:feature` -> names of the sets that pin it."""
    uses: dict[str, list[str]] = {}
    for name, placed in sorted(definitions.all(FeatureSet).items()):
        for chosen in resolve(definitions, placed)[0]:
            uses.setdefault(chosen.pin, []).append(name)
    return uses


def _used_by(definitions: Definitions, pins: Sequence[str], uses: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Names of the sets that pin any of these, and of the models that learn from those sets."""
    sets = sorted({name for pin in pins for name in uses.get(pin, ())})
    models = sorted(name for name, model in definitions.all(Model).items() if model.spec.feature_set in sets)
    return _joined(sets), _joined(models)


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)
