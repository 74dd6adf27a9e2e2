"""What a definition says, and its line up to the data, in reading order.

A fact may be empty, and may be there several times, where several views are read: whoever shows them decides.
"""

from collections.abc import Iterable, Iterator

from gitmlops.adapters.dvc import pointers
from gitmlops.definitions import Definitions, Placed, Tree
from gitmlops.errors import InputError
from gitmlops.features.wiring.selection import Computed
from gitmlops.features.wiring.upstream import fixed_part, keys_of, lineage, source_of
from gitmlops.specs.feature import Feature, FeatureTest, FeatureView, Freshness, OnDemand

Fact = tuple[str, str]

_FUNCTIONS = {
    "count": "number", "sum": "sum", "mean": "mean", "min": "least", "max": "greatest",
    "std": "standard deviation", "last": "newest", "count_distinct": "number of different values",
}  # fmt: skip


def of_view(definitions: Definitions, tree: Tree, view: Placed[FeatureView]) -> Iterator[Fact]:
    """The facts on a view, from what it is to its data."""
    yield "description", view.spec.description
    yield from _standing(view, (other for other in definitions.all(FeatureView).values()))
    yield from _rows(definitions, view)
    yield from _line(definitions, tree, view)


def of_feature(definitions: Definitions, tree: Tree, view: Placed[FeatureView], feature: Feature) -> Iterator[Fact]:
    """The facts on one feature of a view, from what it is to its data."""
    yield from _interface(feature)
    yield "tests", _joined(test(one) for one in feature.tests)
    yield "computed", computed(view.spec, feature)
    yield from _standing(view, (other for other in definitions.all(FeatureView).values()))
    yield from _rows(definitions, view)
    yield from _line(definitions, tree, view)


def of_on_demand(definitions: Definitions, tree: Tree, one: Computed) -> Iterator[Fact]:
    """The facts on an on-demand feature, from what it is to the data of all that it is computed from."""
    spec = one.definition.spec
    yield from _interface(spec)
    yield "computed", " ".join(spec.sql.split())
    yield "inputs", _joined(spec.inputs)
    yield "request", _joined(f"{name} ({dtype})" for name, dtype in spec.request.items())
    yield from _standing(one.definition, definitions.all(OnDemand).values())
    for chosen in one.inputs:
        yield "reads", _called(chosen.view)
        yield from _line(definitions, tree, chosen.view)


def computed(view: FeatureView, feature: Feature) -> str:
    """How a feature of a view gets its values, in words."""
    for aggregation in view.aggregations:
        if aggregation.name == feature.name:
            of = aggregation.column or "rows"
            return f"{_FUNCTIONS[aggregation.fn]} of {of} over the last {aggregation.window}"
    return f"newest value, for {view.ttl}" if view.ttl else "newest value"


def _interface(spec: Feature | OnDemand) -> Iterator[Fact]:
    yield "description", spec.description
    yield "type", spec.dtype
    yield "unit", spec.unit
    yield "nullable", "" if spec.nullable else "no"
    yield "classification", spec.classification
    yield "pii", "yes" if spec.pii else ""


def _standing(
    placed: Placed[FeatureView] | Placed[OnDemand], known: Iterable[Placed[FeatureView] | Placed[OnDemand]]
) -> Iterator[Fact]:
    """Who answers for a definition, whether to use it, and what else there is of its name."""
    spec = placed.spec
    others = sorted((one.spec.version, one) for one in known if one.spec.name == spec.name and one.spec.id != spec.id)
    yield "owner", spec.owner
    yield "status", spec.status
    yield "replaced by", spec.replaced_by or ""
    yield "tags", _joined(spec.tags)
    yield "defined in", placed.path
    yield "other versions", _joined(f"v{version} ({one.spec.status}, {one.path})" for version, one in others)


def _rows(definitions: Definitions, view: Placed[FeatureView]) -> Iterator[Fact]:
    spec = view.spec
    yield "entities", _joined(spec.entities)
    yield "keys", _joined(f"{key.name} ({key.dtype})" for key in keys_of(definitions, spec))
    yield "transform", _transform(spec)
    yield "ttl", spec.ttl or ""
    yield "known at", "the time of ingestion" if spec.known_at == "created" else ""
    yield "freshness", _freshness(spec.freshness)


def _line(definitions: Definitions, tree: Tree, view: Placed[FeatureView]) -> Iterator[Fact]:
    """From the view to its data: the views that it reads through, the source, the file, its pointer."""
    for above in lineage(definitions, view)[1:]:
        yield "reads", _called(above)
    source = source_of(definitions, view)
    spec = source.spec
    yield "source", f"{spec.name}, {source.path}, owner {spec.owner}"
    yield "data", spec.path
    yield "pointer", _pointer(tree, spec.path)
    yield "time", spec.timestamp if spec.timezone == "UTC" else f"{spec.timestamp}, in {spec.timezone}"
    yield "ingested", spec.created_timestamp or ""


def _pointer(tree: Tree, path: str) -> str:
    """What DVC tracks at a source's path; a stage's output names the stage. Empty where the data is no file of DVC."""
    try:
        outputs = pointers.held(fixed_part(path), pointers.read(tree))
    except InputError as error:
        return str(error)
    shown = [f"{one.path}.dvc" if not one.stage else f"stage {one.stage}" for one in outputs.values()]
    digests = [f"{name}, md5 {one.md5}" for name, one in zip(shown, outputs.values(), strict=True)]
    return digests[0] if len(digests) == 1 else f"{len(digests)} files" if digests else ""


def _called(view: Placed[FeatureView]) -> str:
    return f"{view.spec.id}, {view.path}, owner {view.spec.owner}" + (
        f", {text}" if (text := _transform(view.spec)) else ""
    )


def _transform(view: FeatureView) -> str:
    if view.transform is None:
        return ""
    return view.transform.python or " ".join((view.transform.sql or "").split())


def _freshness(freshness: Freshness | None) -> str:
    if freshness is None:
        return ""
    levels = (("warning", freshness.warn_after), ("error", freshness.error_after))
    return _joined(f"{level} after {age}" for level, age in levels if age)


def test(asked: FeatureTest) -> str:
    """What a feature's values must satisfy, in words."""
    values = {name: getattr(asked, name) for name in asked.__struct_fields__}
    return _joined(f"{name} {value}" for name, value in values.items() if value is not None)


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)
