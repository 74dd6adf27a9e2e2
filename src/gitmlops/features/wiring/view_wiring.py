"""Whether a view fits its entities and what it reads from. No SQL is run: its text alone is looked at."""

import re
from collections.abc import Iterator
from functools import partial

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.wiring import columns, upstream
from gitmlops.features.wiring.columns import wrong
from gitmlops.features.wiring.names import twice
from gitmlops.features.wiring.upstream import Upstream
from gitmlops.report import Finding
from gitmlops.specs.feature import Entity, FeatureView, Key, OnDemand
from gitmlops.specs.hints import nearest

# Names that only the data or a pattern decides cannot be looked for in the text of the SQL.
_NAMES_FROM_ELSEWHERE = re.compile(r"\b(columns|pivot)\b", re.IGNORECASE)


def check(definitions: Definitions, view: Placed[FeatureView]) -> list[Finding]:
    """What does not hold in one view."""
    findings = [*_unknown(definitions, view), *_names(view), *_transform(view), *_replaced(definitions, view)]
    if not view.spec.features:
        findings.append(wrong("the view has no features", view.at("features"), "name at least one"))
    if findings:
        return findings
    keys, above = upstream.keys_of(definitions, view.spec), upstream.of(definitions, view)
    findings = [*_shadows(view, keys, above), *_known_at(view, above)]
    if view.spec.transform is None:
        return [*findings, *columns.check(view, keys, above, above.columns)]
    if view.spec.transform.sql is not None:
        return [*findings, *_impossible(view, view.spec.transform.sql, keys, above)]
    return findings


def _unknown(definitions: Definitions, view: Placed[FeatureView]) -> Iterator[Finding]:
    for i, name in enumerate(view.spec.entities):
        try:
            definitions.get(Entity, name)
        except InputError as error:
            yield wrong(error.what, view.at("entities", i), error.mend)
    try:
        upstream.lineage(definitions, view)
    except InputError as error:
        yield wrong(error.what, view.at("source"), error.mend)


def _names(view: Placed[FeatureView]) -> Iterator[Finding]:
    spec = view.spec
    yield from twice(spec.entities, "entity", partial(view.at, "entities"))
    yield from twice((a.name for a in spec.aggregations), "aggregation", lambda i: view.at("aggregations", i, "name"))
    yield from twice((f.name for f in spec.features), "feature", lambda i: view.at("features", i, "name"))


def _transform(view: Placed[FeatureView]) -> Iterator[Finding]:
    transform = view.spec.transform
    if transform is None or (transform.sql is None) != (transform.python is None):
        return
    both = "both `sql` and `python`" if transform.sql else "neither `sql` nor `python`"
    mend = "write one SELECT under `sql`, or module:function under `python`"
    yield wrong(f"the transform has {both}", view.at("transform"), mend)


def _replaced(definitions: Definitions, view: Placed[FeatureView]) -> Iterator[Finding]:
    name = view.spec.replaced_by
    if name is None:
        return
    known = {*definitions.all(FeatureView), *definitions.all(OnDemand)}
    if name.partition(":")[0] not in known:
        yield wrong(f"there is no {name!r} that replaces the view", view.at("replaced_by"), nearest(name, known))


def _known_at(view: Placed[FeatureView], above: Upstream) -> Iterator[Finding]:
    if view.spec.known_at == "event" or upstream.created_after(view.spec, above.created):
        return
    if above.created:
        message, mend = f"the transform drops {above.created!r}, when a row was ingested", f"select {above.created}"
    else:
        message = f"{above.title} does not say when a row was ingested"
        mend = "name its column under `created_timestamp` of the source, or write `known_at: event`"
    yield wrong(f"`known_at: created` cannot be kept: {message}", view.at("known_at"), mend)


def _shadows(view: Placed[FeatureView], keys: tuple[Key, ...], above: Upstream) -> Iterator[Finding]:
    taken = {above.timestamp: "the timestamp", **{key.name: "a key" for key in keys}}
    for i, feature in enumerate(view.spec.features):
        if feature.name in taken:
            message = f"the feature {feature.name!r} has the name of {taken[feature.name]}"
            yield wrong(message, view.at("features", i, "name"), "the rows have it already: leave it out, or rename it")


def _impossible(view: Placed[FeatureView], sql: str, keys: tuple[Key, ...], above: Upstream) -> Iterator[Finding]:
    """Columns that the text of the transform cannot give: it neither names them nor takes all that there are."""
    aggregated = {aggregation.name for aggregation in view.spec.aggregations}
    made = [(i, one.name) for i, one in enumerate(view.spec.features) if one.name not in aggregated]
    wanted: list[tuple[str, tuple[str | int, ...]]] = [
        *((key.name, ("entities",)) for key in keys),
        (above.timestamp, ("transform", "sql")),
        *((a.column, ("aggregations", i, "column")) for i, a in enumerate(view.spec.aggregations) if a.column),
        *((name, ("features", i, "name")) for i, name in made),
    ]
    if _NAMES_FROM_ELSEWHERE.search(sql):
        return
    for name, place in wanted:
        if not upstream.says(sql, name) and not ("*" in sql and name in above.columns):
            window = ", its timestamp, and a window needs one" if view.spec.aggregations else ", its timestamp"
            role = window if name == above.timestamp else ""
            yield wrong(f"the transform gives no column {name!r}{role}", view.at(*place), f"select it: `... AS {name}`")
