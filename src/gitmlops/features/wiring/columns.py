"""Whether the columns that a view needs are there, in types that its features can have."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from gitmlops.definitions import Placed
from gitmlops.features.wiring import dtypes
from gitmlops.features.wiring.upstream import Upstream, created_after
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.feature import Aggregation, Dtype, FeatureView, Key
from gitmlops.specs.hints import nearest

_Keys = tuple[str | int, ...]


def check(
    view: Placed[FeatureView], keys: tuple[Key, ...], upstream: Upstream, available: Mapping[str, Dtype | None]
) -> Iterator[Finding]:
    """What is missing or of the wrong type among the columns that a view's transform, or what it reads from, gives.

    A type of None is one that no feature can have (a list, a struct).
    """
    origin = f"the transform of {view.spec.id}" if view.spec.transform else upstream.title
    wanted: list[tuple[str, Dtype, _Keys, str]] = [
        *((key.name, key.dtype, ("entities",), "a key of its entities") for key in keys),
        (upstream.timestamp, "timestamp", _drawn(view), _role_of_time(view, "its timestamp")),
    ]
    created = created_after(view.spec, upstream.created)
    if created and created not in available:
        message = f"{origin} gives no column {created!r}, when a row was ingested"
        mend = f"select {created}, too: of rows of one time the last ingested one counts"
        yield wrong(message, view.at(*_drawn(view)), mend)
    elif created:
        wanted.append((created, "timestamp", _drawn(view), "when a row was ingested"))
    for name, dtype, place, role in wanted:
        yield from _column(name, dtype, available, partial(view.at, *place), f"{origin} gives", role)
    aggregations = {aggregation.name: (i, aggregation) for i, aggregation in enumerate(view.spec.aggregations)}
    for i, aggregation in aggregations.values():
        yield from _aggregation(view, i, aggregation, available, origin)
    for i, feature in enumerate(view.spec.features):
        if feature.name not in aggregations:
            named = partial(view.at, "features", i, "name")
            yield from _column(feature.name, feature.dtype, available, named, f"{origin} gives", "a feature")
            continue
        aggregation = aggregations[feature.name][1]
        given = dtypes.aggregated(aggregation.fn, available.get(aggregation.column or ""))
        if given and not dtypes.fits(given, feature.dtype):
            message = f"the {aggregation.fn} {feature.name!r} is {given}, the feature says {feature.dtype}"
            yield wrong(message, view.at("features", i, "dtype"), f"write `dtype: {given}`")


def _drawn(view: Placed[FeatureView]) -> _Keys:
    """Where a view says what it draws on."""
    transform = view.spec.transform
    return ("transform", "python" if transform.python else "sql") if transform else ("source",)


def _role_of_time(view: Placed[FeatureView], role: str) -> str:
    return f"{role}, and a window needs one" if view.spec.aggregations else role


def wrong(message: str, location: Location, mend: str) -> Finding:
    """A reference that does not hold."""
    return Finding("reference", Severity.ERROR, message, location, mend)


def _column(
    name: str, dtype: Dtype, available: Mapping[str, Dtype | None], place: Callable[[], Location], giver: str, role: str
) -> Iterator[Finding]:
    if name not in available:
        yield wrong(f"{giver} no column {name!r}, {role}", place(), nearest(name, available))
    elif not dtypes.fits(available[name], dtype):
        found = available[name] or "a type that no feature can have"
        yield wrong(f"{giver} {name!r} as {found}, {role} that is {dtype}", place(), f"make one of them {dtype}")


def _aggregation(
    view: Placed[FeatureView], index: int, aggregation: Aggregation, available: Mapping[str, Dtype | None], origin: str
) -> Iterator[Finding]:
    column, place = aggregation.column, partial(view.at, "aggregations", index, "column")
    if column is None:
        if aggregation.fn != "count":
            yield wrong(f"the {aggregation.fn} {aggregation.name!r} names no column", place(), "add `column:`")
    elif column not in available:
        yield wrong(f"{origin} gives no column {column!r} to aggregate", place(), nearest(column, available))
    elif dtypes.aggregated(aggregation.fn, available[column]) is None:
        found = available[column] or "of a type that no feature can have"
        yield wrong(
            f"there is no {aggregation.fn} of {column!r}, which is {found}", place(), "name a column of numbers"
        )
