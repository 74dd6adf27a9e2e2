"""Whether the feature store's definitions fit together. No data is read and no SQL is run."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features import columns
from gitmlops.features.columns import wrong
from gitmlops.features.selection import keys_of, resolve
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.feature import Entity, FeatureSet, FeatureView, Key, Source
from gitmlops.specs.pipeline import Pipeline

# Names that only the data or a pattern decides cannot be looked for in the text of the SQL.
_NAMES_FROM_ELSEWHERE = re.compile(r"\b(columns|pivot)\b", re.IGNORECASE)


def check(definitions: Definitions, exists: Callable[[str], bool]) -> tuple[Finding, ...]:
    """What does not hold between entities, sources, views and sets.

    exists: whether a path of the repository is there, on disk or as an output that DVC knows.
    """
    findings = [*_entities(definitions)]
    for source in definitions.all(Source).values():
        findings += [*_source(source), *_data(definitions, source, exists)]
    for view in definitions.all(FeatureView).values():
        findings += _view(definitions, view)
    for placed in definitions.all(FeatureSet).values():
        findings += resolve(definitions, placed)[1]
    return tuple(findings)


def check_views(definitions: Definitions, views: Iterable[Placed[FeatureView]]) -> tuple[Finding, ...]:
    """What does not hold in these views and in what they draw on; other views may be wrong, data is not looked for."""
    findings = [*_entities(definitions)]
    for view in views:
        findings += _view(definitions, view)
        if view.spec.source in definitions.all(Source):
            findings += _source(definitions.get(Source, view.spec.source))
    return tuple(dict.fromkeys(findings))


def _entities(definitions: Definitions) -> Iterator[Finding]:
    first: dict[str, tuple[Key, str]] = {}
    for entity in definitions.all(Entity).values():
        if not entity.spec.keys:
            yield wrong("the entity has no keys", entity.at("keys"), "name at least one: {name: id, dtype: int64}")
        yield from _twice((key.name for key in entity.spec.keys), "key", partial(entity.at, "keys"))
        for i, key in enumerate(entity.spec.keys):
            other, path = first.setdefault(key.name, (key, entity.path))
            if other.dtype != key.dtype:
                message = f"the key {key.name!r} is {key.dtype} here and {other.dtype} in {path}"
                yield wrong(message, entity.at("keys", i, "dtype"), "give it one type")


def _source(source: Placed[Source]) -> Iterator[Finding]:
    spec = source.spec
    yield from _twice(spec.columns, "column", lambda i: source.at("columns", list(spec.columns)[i]))
    if spec.timestamp not in spec.columns:
        mend = f"add `{spec.timestamp}: timestamp` to `columns`, or name another"
        yield wrong(f"the timestamp {spec.timestamp!r} is not one of the columns", source.at("timestamp"), mend)
    elif spec.columns[spec.timestamp] != "timestamp":
        message = f"the timestamp {spec.timestamp!r} is declared as {spec.columns[spec.timestamp]}"
        yield wrong(message, source.at("columns", spec.timestamp), "write `timestamp`")


def _data(definitions: Definitions, source: Placed[Source], exists: Callable[[str], bool]) -> Iterator[Finding]:
    path = source.spec.path
    steps = [step for pipeline in definitions.all(Pipeline).values() for step in pipeline.spec.steps.values()]
    written = {output for step in steps for output in step.outputs.values()}
    around = [str(place) for place in (PurePosixPath(path), *PurePosixPath(path).parents) if str(place) != "."]
    if exists(path) or written & set(around) or any(exists(f"{place}.dvc") for place in around):
        return
    mend = f"run `dvc pull`, write it with a pipeline, or put the data there and run `dvc add {path}`"
    message = f"there is no {path}, no {path}.dvc and no step that writes it"
    yield Finding("data", Severity.ERROR, message, source.at("path"), mend)


def _view(definitions: Definitions, view: Placed[FeatureView]) -> list[Finding]:
    findings = [*_unknown(definitions, view), *_names(view)]
    if not view.spec.features:
        findings.append(wrong("the view has no features", view.at("features"), "name at least one"))
    if findings:
        return findings
    keys, source = keys_of(definitions, view.spec), definitions.get(Source, view.spec.source).spec
    shadows = _shadows(view, keys, source.timestamp)
    if view.spec.transform is None:
        given = columns.check(view, keys, source.timestamp, source.columns, f"the source {source.name!r}")
        return [*shadows, *given]
    return [*shadows, *_impossible(view, view.spec.transform.sql, keys, source)]


def _unknown(definitions: Definitions, view: Placed[FeatureView]) -> Iterator[Finding]:
    for i, name in enumerate(view.spec.entities):
        yield from _found(definitions, Entity, name, view.at("entities", i))
    yield from _found(definitions, Source, view.spec.source, view.at("source"))


def _found(
    definitions: Definitions, type_: type[Entity] | type[Source], name: str, place: Location
) -> Iterator[Finding]:
    try:
        definitions.get(type_, name)
    except InputError as error:
        yield wrong(error.what, place, error.mend)


def _names(view: Placed[FeatureView]) -> Iterator[Finding]:
    spec = view.spec
    yield from _twice(spec.entities, "entity", partial(view.at, "entities"))
    yield from _twice((a.name for a in spec.aggregations), "aggregation", lambda i: view.at("aggregations", i, "name"))
    yield from _twice((f.name for f in spec.features), "feature", lambda i: view.at("features", i, "name"))


def _twice(names: Iterable[str], what: str, place: Callable[[int], Location]) -> Iterator[Finding]:
    """Names that are there twice; case does not tell them apart, because it does not in SQL."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name.lower() in seen:
            yield wrong(f"the {what} {name!r} is here twice (case does not count)", place(i), "keep one, or rename it")
        seen.add(name.lower())


def _shadows(view: Placed[FeatureView], keys: tuple[Key, ...], timestamp: str) -> Iterator[Finding]:
    taken = {timestamp: "the timestamp", **{key.name: "a key" for key in keys}}
    for i, feature in enumerate(view.spec.features):
        if feature.name in taken:
            message = f"the feature {feature.name!r} has the name of {taken[feature.name]}"
            yield wrong(message, view.at("features", i, "name"), "the rows have it already: leave it out, or rename it")


def _impossible(view: Placed[FeatureView], sql: str, keys: tuple[Key, ...], source: Source) -> Iterator[Finding]:
    """Columns that the text of the transform cannot give: it neither names them nor takes all of the source's."""
    aggregated = {aggregation.name for aggregation in view.spec.aggregations}
    wanted = [
        *((key.name, view.at("entities")) for key in keys),
        (source.timestamp, view.at("source")),
        *((a.column, view.at("aggregations", i, "column")) for i, a in enumerate(view.spec.aggregations) if a.column),
        *(
            (f.name, view.at("features", i, "name"))
            for i, f in enumerate(view.spec.features)
            if f.name not in aggregated
        ),
    ]
    if _NAMES_FROM_ELSEWHERE.search(sql):
        return
    for name, place in wanted:
        named = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE)
        if not named and not ("*" in sql and name in source.columns):
            yield wrong(f"the transform gives no column {name!r}", place, f"select it: `... AS {name}`")
