"""Whether the feature store's definitions fit together. No data is read, no SQL is run, no Python imported."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath
from zoneinfo import available_timezones

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.wiring import on_demand_wiring, upstream, view_wiring
from gitmlops.features.wiring.columns import wrong
from gitmlops.features.wiring.names import twice
from gitmlops.features.wiring.selection import Choice, Computed, resolve, stored
from gitmlops.report import Finding, Severity
from gitmlops.specs.feature import Entity, FeatureSet, FeatureView, Key, OnDemand, Source
from gitmlops.specs.hints import nearest
from gitmlops.specs.pipeline import Pipeline


def check(definitions: Definitions, exists: Callable[[str], bool]) -> tuple[Finding, ...]:
    """What does not hold between entities, sources, views, on-demand features and sets.

    exists: whether a path of the repository is there, on disk or as an output that DVC knows.
    """
    findings = [*_entities(definitions)]
    for source in definitions.all(Source).values():
        findings += [*_source(source), *_data(definitions, source, exists)]
    for view in definitions.all(FeatureView).values():
        findings += [*view_wiring.check(definitions, view), *_reads_deprecated(definitions, view)]
    for on_demand in definitions.all(OnDemand).values():
        findings += on_demand_wiring.check(definitions, on_demand)
    for placed in definitions.all(FeatureSet).values():
        chosen, unresolved = resolve(definitions, placed)
        findings += [*unresolved, *_deprecated(placed, chosen)]
    return tuple(findings)


def check_views(definitions: Definitions, views: Iterable[Placed[FeatureView]]) -> tuple[Finding, ...]:
    """What does not hold in these views and in what they draw on; other views may be wrong, data is not looked for."""
    findings = [*_entities(definitions)]
    for view in views:
        findings += view_wiring.check(definitions, view)
        try:
            line = upstream.lineage(definitions, view)
        except InputError:  # said above, at its place
            continue
        for above in line[1:]:
            findings += view_wiring.check(definitions, above)
        findings += _source(definitions.get(Source, line[-1].spec.source))
    return tuple(dict.fromkeys(findings))


def check_chosen(definitions: Definitions, chosen: Iterable[Choice]) -> tuple[Finding, ...]:
    """Like `check_views`, for the views of these features and for those that are computed on demand."""
    chosen = tuple(chosen)
    views = {one.view.spec.id: one.view for one in stored(chosen)}.values()
    computed = [one.definition for one in chosen if isinstance(one, Computed)]
    found = [finding for placed in computed for finding in on_demand_wiring.check(definitions, placed)]
    return (*check_views(definitions, views), *found)


def _entities(definitions: Definitions) -> Iterator[Finding]:
    first: dict[str, tuple[Key, str]] = {}
    for entity in definitions.all(Entity).values():
        if not entity.spec.keys:
            yield wrong("the entity has no keys", entity.at("keys"), "name at least one: {name: id, dtype: int64}")
        yield from twice((key.name for key in entity.spec.keys), "key", partial(entity.at, "keys"))
        for i, key in enumerate(entity.spec.keys):
            other, path = first.setdefault(key.name, (key, entity.path))
            if other.dtype != key.dtype:
                message = f"the key {key.name!r} is {key.dtype} here and {other.dtype} in {path}"
                yield wrong(message, entity.at("keys", i, "dtype"), "give it one type")


def _source(source: Placed[Source]) -> Iterator[Finding]:
    spec = source.spec
    yield from twice(spec.columns, "column", lambda i: source.at("columns", list(spec.columns)[i]))
    if spec.timestamp not in spec.columns:
        mend = f"add `{spec.timestamp}: timestamp` to `columns`, or name another"
        yield wrong(f"the timestamp {spec.timestamp!r} is not one of the columns", source.at("timestamp"), mend)
    elif spec.columns[spec.timestamp] != "timestamp":
        message = f"the timestamp {spec.timestamp!r} is declared as {spec.columns[spec.timestamp]}"
        yield wrong(message, source.at("columns", spec.timestamp), "write `timestamp`")
    yield from _created(source)
    if spec.timezone != "UTC" and (known := available_timezones()) and spec.timezone not in known:
        yield wrong(f"there is no time zone {spec.timezone!r}", source.at("timezone"), nearest(spec.timezone, known))
    yield from _path(source)


def _created(source: Placed[Source]) -> Iterator[Finding]:
    created, columns = source.spec.created_timestamp, source.spec.columns
    if created is None:
        return
    if created not in columns:
        mend = f"add `{created}: timestamp` to `columns`, or name another"
        yield wrong(
            f"the created timestamp {created!r} is not one of the columns", source.at("created_timestamp"), mend
        )
    elif columns[created] != "timestamp":
        message = f"the created timestamp {created!r} is declared as {columns[created]}"
        yield wrong(message, source.at("columns", created), "write `timestamp`")
    elif created == source.spec.timestamp:
        message = f"the created timestamp {created!r} is the timestamp"
        yield wrong(message, source.at("created_timestamp"), "name the column that says when a row was ingested")


def _path(source: Placed[Source]) -> Iterator[Finding]:
    path = source.spec.path
    if "://" in path:
        mend = f"bring it here under DVC, which can fetch it again: `dvc import-url {path} data/{source.spec.name}`"
        yield wrong(f"the path {path!r} is an address, and data of features are versioned", source.at("path"), mend)
    elif upstream.fixed_part(path) == ".":
        mend = "put the files into a folder, and write e.g. `data/tx/*.parquet`"
        yield wrong(f"the pattern {path!r} begins at the repository's root", source.at("path"), mend)


def _data(definitions: Definitions, source: Placed[Source], exists: Callable[[str], bool]) -> Iterator[Finding]:
    path = source.spec.path
    if "://" in path:  # told by `_path`
        return
    steps = [step for pipeline in definitions.all(Pipeline).values() for step in pipeline.spec.steps.values()]
    # The runs of a step write beside each other, below the folder that is the same for all.
    places = [place.partition("${{") for step in steps for place in step.places.values()]
    written = {start.rpartition("/")[0] if expression else start for start, expression, _ in places}
    fixed = PurePosixPath(upstream.fixed_part(path))
    around = [str(place) for place in (fixed, *fixed.parents) if str(place) != "."]
    if exists(str(fixed)) or written & set(around) or any(exists(f"{place}.dvc") for place in around):
        return
    mend = f"run `dvc pull`, write it with a pipeline, or put the data there and run `dvc add {fixed}`"
    message = f"there is no {fixed}, no {fixed}.dvc and no step that writes it"
    yield Finding("data", Severity.ERROR, message, source.at("path"), mend)


def _deprecated(placed: Placed[FeatureSet], chosen: Iterable[Choice]) -> Iterator[Finding]:
    """Warnings: what is deprecated still answers, until nobody pins it."""
    entries = placed.spec.features
    for one in chosen:
        for definition in _definitions_of(one):
            if definition.status == "deprecated":
                mend = (
                    f"pin {definition.replaced_by}" if definition.replaced_by else f"ask its owner, {definition.owner}"
                )
                place = placed.at("features", entries.index(one.pin)) if one.pin in entries else placed.at("features")
                message = f"{definition.id} is deprecated"
                yield Finding("deprecated", Severity.WARNING, message, place, mend)


def _reads_deprecated(definitions: Definitions, view: Placed[FeatureView]) -> Iterator[Finding]:
    above = definitions.all(FeatureView).get(view.spec.source)
    if above and above.spec.status == "deprecated" != view.spec.status:
        # What replaces a view may be the one that reads it: then it should read what that reads.
        better = above.spec.source if above.spec.replaced_by == view.spec.id else above.spec.replaced_by
        mend = f"read {better}" if better else f"ask its owner, {above.spec.owner}"
        yield Finding("deprecated", Severity.WARNING, f"{above.spec.id} is deprecated", view.at("source"), mend)


def _definitions_of(chosen: Choice) -> Iterator[FeatureView | OnDemand]:
    if isinstance(chosen, Computed):
        yield chosen.definition.spec
        yield from {one.view.spec.id: one.view.spec for one in chosen.inputs}.values()
    else:
        yield chosen.view.spec
