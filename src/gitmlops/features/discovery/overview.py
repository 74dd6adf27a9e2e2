"""One view, feature or on-demand feature: what it is, where it comes from, who uses it, as a report."""

import re
from collections.abc import Iterable, Sequence

from gitmlops.definitions import Definitions, Placed, Tree
from gitmlops.errors import InputError
from gitmlops.features.building import statistics_report
from gitmlops.features.discovery import definition_facts, duplicates
from gitmlops.features.discovery.definition_facts import Fact
from gitmlops.features.versions import hashes, impact
from gitmlops.features.versions.change_reports import cells
from gitmlops.features.versions.impact import Use, touched
from gitmlops.features.wiring import check as wiring
from gitmlops.features.wiring.selection import Computed, Selected, pinned, view_at
from gitmlops.report import Finding, Report, Table, raise_errors
from gitmlops.specs.feature import FeatureView, OnDemand
from gitmlops.specs.hints import nearest

Subject = Placed[FeatureView] | Selected | Computed

_REFERENCE = re.compile(r"([^@:]+)(?:@v([0-9]{1,6})(?::([^@:]+))?)?")


def named(definitions: Definitions, reference: str) -> Subject:
    """What `view`, `view@vN`, `view@vN:feature`, or `name`, `name@vN` of an on-demand feature names.

    Without a version it is the newest. Raises InputError with the nearest name.
    """
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise InputError(f"{reference!r} names no feature", mend="write view, view@v1 or view@v1:feature")
    if match[3]:
        return pinned(definitions, reference)
    name, version = match[1], int(match[2]) if match[2] else None
    computed = {
        placed.spec.version: placed for placed in definitions.all(OnDemand).values() if placed.spec.name == name
    }
    if not computed:
        return view_at(definitions, name, version)
    chosen = computed.get(max(computed) if version is None else version)
    if chosen is None:
        mend = nearest(reference, (placed.spec.id for placed in computed.values()))
        raise InputError(f"there is no on-demand feature {reference!r}", mend=mend)
    inputs = tuple(pinned(definitions, pin) for pin in chosen.spec.inputs)
    return Computed(chosen, inputs, name.rpartition("/")[2])


def show(definitions: Definitions, tree: Tree, subject: Subject, released: Sequence[Use]) -> Report:
    """The report on it. released: what the released versions use, by the definitions of their own commits.

    Raises InputErrors where what it is computed from does not fit together.
    """
    raise_errors(_wrong(definitions, subject))
    described, _ = hashes.describe(definitions, tree)
    users = (*impact.uses(definitions, described), *released)
    alike, pins = duplicates.alike(described), _pins(subject)
    same = ", ".join(sorted({other for pin in pins for other in alike.get(pin, ())}))
    title, facts, tables = _parts(definitions, tree, subject, users)
    tables = (*tables, _used_by(pins, users), *_statistics(tree, subject))
    return Report(
        title,
        facts=_merged((*facts, ("same definition as", same))),
        tables=tuple(table for table in tables if table.rows),
    )


def _wrong(definitions: Definitions, subject: Subject) -> tuple[Finding, ...]:
    if isinstance(subject, Placed):
        return wiring.check_views(definitions, [subject])
    return wiring.check_chosen(definitions, [subject])


def _parts(
    definitions: Definitions, tree: Tree, subject: Subject, users: Sequence[Use]
) -> tuple[str, Iterable[Fact], tuple[Table, ...]]:
    """Title, facts, and the features where it is a whole view."""
    if isinstance(subject, Computed):
        return f"On-demand feature {subject.pin}", definition_facts.of_on_demand(definitions, tree, subject), ()
    if isinstance(subject, Selected):
        facts = definition_facts.of_feature(definitions, tree, subject.view, subject.feature)
        return f"Feature {subject.pin}", facts, ()
    facts = definition_facts.of_view(definitions, tree, subject)
    return f"Feature view {subject.spec.id}", facts, (_features(subject.spec, users),)


def _merged(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Each fact once, what several views and sources say of one thing beside each other; empty ones left out."""
    found: dict[str, dict[str, None]] = {}
    for name, value in facts:
        if value:
            found.setdefault(name, {})[value] = None
    return tuple((name, "; ".join(values)) for name, values in found.items())


def _pins(subject: Subject) -> tuple[str, ...]:
    if isinstance(subject, Placed):
        return tuple(f"{subject.spec.id}:{feature.name}" for feature in subject.spec.features)
    return (subject.pin,)


def _features(view: FeatureView, users: Sequence[Use]) -> Table:
    rows = tuple(
        (
            feature.name,
            feature.dtype,
            feature.unit,
            feature.description,
            definition_facts.computed(view, feature),
            *_named(touched(f"{view.id}:{feature.name}", users)),
        )
        for feature in view.features
    )
    return Table("Features", ("feature", "type", "unit", "description", "computed", "sets", "models"), rows)


def _named(users: Iterable[Use]) -> tuple[str, str]:
    """The sets and the models of the definitions that are here; what releases use has a table of its own."""
    here = [use for use in users if use.release is None]
    return ", ".join(sorted({use.feature_set for use in here})), ", ".join(sorted({use.model for use in here} - {""}))


def _used_by(pins: Iterable[str], users: Sequence[Use]) -> Table:
    mine = dict.fromkeys(cells(use) for pin in pins for use in touched(pin, users))
    return Table("Used by", ("set", "model", "release", "stage", "owner"), tuple(mine))


def _statistics(tree: Tree, subject: Subject) -> tuple[Table, ...]:
    if isinstance(subject, Computed):
        return ()
    view, feature = (subject, "") if isinstance(subject, Placed) else (subject.view, subject.feature.name)
    return statistics_report.tables(tree, view, feature)
