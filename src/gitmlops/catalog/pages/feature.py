"""The pages of feature views and on-demand features: what they are, what was counted, who learns from them."""

from collections.abc import Callable, Iterable, Iterator

from gitmlops.catalog import addresses
from gitmlops.catalog.page import Facts, Grid, Link, Page, Prose, Section, Shown, dense, grid
from gitmlops.catalog.pages import feature_changes, freshness, spreads
from gitmlops.catalog.shelf import Shelf
from gitmlops.definitions import Placed
from gitmlops.errors import GitmlopsError, InputError
from gitmlops.features.building import statistics_file, statistics_report
from gitmlops.features.discovery import definition_facts
from gitmlops.features.versions.impact import touched
from gitmlops.features.wiring.selection import Computed, pinned
from gitmlops.specs.feature import Feature, FeatureView, OnDemand

_UNCOUNTED = "None are committed: `gitmlops feature build` counts them."
_HEAD = ("description", "owner", "status", "tags")
_TONES = {"draft": "note", "stable": "pass", "deprecated": "warning"}
_COLUMNS = ("feature", "type", "unit", "description", "computed", "nullable", "classification", "tests", "models")


def of_view(shelf: Shelf, placed: Placed[FeatureView]) -> Page:
    """The page of a version of a feature view."""
    spec, problems = placed.spec, list[str]()
    pins = [f"{spec.id}:{feature.name}" for feature in spec.features]
    told = _told(problems, lambda: definition_facts.of_view(shelf.definitions, shelf.tree, placed))
    sections = (
        _definition(told),
        _features(shelf, spec),
        *_statistics(shelf, placed, problems),
        *feature_changes.sections(shelf, spec),
        *_used_by(shelf, pins),
        *_alike(shelf, pins),
    )
    return _page(shelf, "feature view", spec, problems, sections)


def of_on_demand(shelf: Shelf, placed: Placed[OnDemand]) -> Page:
    """The page of a version of an on-demand feature."""
    spec, problems = placed.spec, list[str]()
    told = _told(
        problems, lambda: definition_facts.of_on_demand(shelf.definitions, shelf.tree, _computed(shelf, placed))
    )
    inputs = tuple((feature_link(shelf, pin),) for pin in spec.inputs)
    sections = (
        _definition(told),
        *((Grid("Computed from", ("feature",), inputs),) if inputs else ()),
        *_used_by(shelf, [spec.id]),
        *_alike(shelf, [spec.id]),
    )
    return _page(shelf, "on-demand feature", spec, problems, sections)


def _page(
    shelf: Shelf, kind: str, spec: FeatureView | OnDemand, problems: Iterable[str], sections: tuple[Section, ...]
) -> Page:
    personal = any(one.is_personal for one in (spec.features if isinstance(spec, FeatureView) else (spec,)))
    return Page(
        path=addresses.page(shelf.name, kind, spec.id),
        title=spec.id,
        kind=kind,
        crumbs=shelf.crumbs(Link("Features", "features.html")),
        lead=(spec.description,),
        chips=(
            (spec.status, _TONES[spec.status]),
            (f"owner {spec.owner}", ""),
            *((("personal data", "warning"),) if personal else ()),
            *((tag, "") for tag in spec.tags),
        ),
        problems=tuple(problems),
        sections=sections,
        made_from=shelf.made_from,
    )


def _computed(shelf: Shelf, placed: Placed[OnDemand]) -> Computed:
    inputs = tuple(pinned(shelf.definitions, pin) for pin in placed.spec.inputs)
    return Computed(placed, inputs, placed.spec.name.rpartition("/")[2])


def _told(
    problems: list[str], facts: Callable[[], Iterable[definition_facts.Fact]]
) -> tuple[definition_facts.Fact, ...]:
    """The facts as far as they can be told; what stands in the way is a problem of the page."""
    found: list[definition_facts.Fact] = []
    try:
        found.extend(facts())
    except InputError as error:
        problems.append(str(error))
    return tuple(found)


def _definition(told: Iterable[definition_facts.Fact]) -> Facts:
    """Each fact once, what several views and sources say of one thing beside each other; the page's head has some."""
    found: dict[str, dict[str, None]] = {}
    for name, value in told:
        if value and name not in _HEAD:
            found.setdefault(name, {})[value] = None
    return Facts("Definition", tuple((name, "; ".join(values)) for name, values in found.items()))


def _features(shelf: Shelf, spec: FeatureView) -> Grid:
    rows = tuple(_row(shelf, spec, feature) for feature in spec.features)
    return dense(Grid("Features", _COLUMNS, rows, tuple(addresses.anchor(feature.name) for feature in spec.features)))


def _row(shelf: Shelf, spec: FeatureView, feature: Feature) -> tuple[Shown, ...]:
    models = {use.model for use in touched(f"{spec.id}:{feature.name}", shelf.users) if use.model}
    return (
        feature.name,
        feature.dtype,
        feature.unit,
        feature.description,
        definition_facts.computed(spec, feature),
        feature.nullable,
        feature.classification + (", tells who a person is" if feature.pii else ""),
        "; ".join(map(definition_facts.test, feature.tests)),
        len(models),
    )


def _statistics(shelf: Shelf, placed: Placed[FeatureView], problems: list[str]) -> Iterator[Section]:
    """What was counted when the view was last built."""
    try:
        tables = statistics_report.tables(shelf.tree, placed, "")
    except GitmlopsError as error:
        problems.append(str(error))
        return
    if not tables:
        yield Prose("Statistics", (_UNCOUNTED,))
    yield from (grid(table) for table in tables)
    if counted := statistics_file.read(shelf.tree, placed.spec.id):
        yield from spreads.of(placed.spec, counted)
        yield from freshness.sections(placed.spec, counted, shelf.day)


def _used_by(shelf: Shelf, pins: Iterable[str]) -> Iterator[Grid]:
    uses = dict.fromkeys(use for pin in pins for use in touched(pin, shelf.users))
    rows = dict.fromkeys(
        (
            shelf.link("feature set", use.feature_set),
            shelf.link("model", use.model) if use.model else "",
            use.release.tag if use.release else "",
            ", ".join(use.release.stages) if use.release else "",
            use.owner,
        )
        for use in uses
    )
    note = "" if rows else "No feature set draws on it."
    yield dense(Grid("Used by", ("set", "model", "release", "stage", "owner"), tuple(rows), note=note))


def _alike(shelf: Shelf, pins: Iterable[str]) -> Iterator[Grid]:
    """Features that are made in the same way, and those whose names have most words in common."""
    rows = [
        (_short(pin), "the same definition", feature_link(shelf, other))
        for pin in pins
        for other in shelf.alike.get(pin, ())
    ]
    same = {(pin, other.text if isinstance(other, Link) else other) for pin, _, other in rows}
    for pin in pins:
        near = [other for other in shelf.near(pin) if (_short(pin), other) not in same]
        rows += [(_short(pin), "words of its name", feature_link(shelf, other)) for other in near]
    if rows:
        yield Grid("Similar ones", ("feature", "has in common", "with"), tuple(rows))


def _short(pin: str) -> str:
    """A feature of this view by its own name; an on-demand feature has no other."""
    return pin.partition(":")[2] or pin


def feature_link(shelf: Shelf, pin: str) -> Shown:
    """A pinned feature, leading to its row on the page of its view."""
    view, _, feature = pin.partition(":")
    to = shelf.to("feature view", view) or shelf.to("on-demand feature", view)
    part = f"#{addresses.anchor(feature)}" if feature else ""
    return Link(pin, f"{to}{part}") if to else pin
