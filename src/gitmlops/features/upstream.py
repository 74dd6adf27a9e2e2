"""What a view reads from, as its definitions declare it: a source, or another view's rows and features."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.specs.feature import Dtype, Entity, FeatureView, Key, Source
from gitmlops.specs.hints import nearest

_WORD = re.compile(r"\w+")
_VIEW = re.compile(r"(.+)@v([0-9]{1,6})")


@dataclass(frozen=True)
class Upstream:
    """Rows that a view can draw on. title: `the source 'tx'`; name: what a transform's SQL calls it.

    created: the column that says when a row was ingested, None where there is none.
    """

    title: str
    name: str
    timestamp: str
    created: str | None
    columns: Mapping[str, Dtype]


def of(definitions: Definitions, view: Placed[FeatureView]) -> Upstream:
    """What a view reads from. Raises InputError if there is none of that name, or if the views go in a circle."""
    return _upstream(definitions, view, ())


def source_of(definitions: Definitions, view: Placed[FeatureView]) -> Placed[Source]:
    """The source at the end of a view's line. Raises InputError like `of`."""
    last = lineage(definitions, view)[-1]
    return definitions.get(Source, last.spec.source)


def lineage(definitions: Definitions, view: Placed[FeatureView]) -> tuple[Placed[FeatureView], ...]:
    """The view, the view that it reads from, and so on up to the one that reads a source. Raises InputError."""
    line = [view]
    while (name := line[-1].spec.source) not in definitions.all(Source):
        above = view_above(definitions, name)
        if above.spec.id in [placed.spec.id for placed in line]:
            _refuse_circle([*(placed.spec.id for placed in line), above.spec.id])
        line.append(above)
    return tuple(line)


def view_above(definitions: Definitions, name: str) -> Placed[FeatureView]:
    """The view that `source: name@vN` names. Raises InputError with the nearest source or view."""
    views = definitions.all(FeatureView)
    if name in views:
        return views[name]
    if _VIEW.fullmatch(name):
        raise InputError(f"there is no feature view {name!r}", mend=nearest(name, views))
    if versions := sorted(id_ for id_ in views if id_.rpartition("@v")[0] == name):
        raise InputError(f"{name!r} is a feature view", mend=f"pin its version: `source: {versions[-1]}`")
    raise InputError(f"there is no source {name!r}", mend=nearest(name, definitions.all(Source)))


def keys_of(definitions: Definitions, view: FeatureView) -> tuple[Key, ...]:
    """The key columns of a view, each once. Raises InputError if there is no such entity."""
    entities = (definitions.get(Entity, name).spec for name in view.entities)
    return tuple({key.name: key for entity in entities for key in entity.keys}.values())


def created_after(view: FeatureView, created: str | None) -> str | None:
    """The column of the ingestion time that a view's rows still have.

    SQL that never says its name, nor takes all columns, drops it; a function keeps it, as it keeps keys and time.
    """
    text = view.transform.sql if view.transform else None
    if created is None or text is None:
        return created
    return created if "*" in text or says(text, created) else None


def says(text: str, name: str) -> bool:
    """Whether SQL has a name as a word of its own; case does not count."""
    return name.lower() in _words(text) or ("-" in name and name.lower() in text.lower())


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def fixed_part(path: str) -> str:
    """The part of a source's path before the first pattern: the path itself, or the folder that a glob begins with."""
    parts = path.split("/")
    fixed = list(takewhile(lambda part: not any(sign in part for sign in "*?["), parts))
    return "/".join(fixed) or "."


def _upstream(definitions: Definitions, view: Placed[FeatureView], below: tuple[str, ...]) -> Upstream:
    if view.spec.id in below:
        _refuse_circle([*below[below.index(view.spec.id) :], view.spec.id])
    name = view.spec.source
    if name in definitions.all(Source):
        source = definitions.get(Source, name).spec
        created = source.created_timestamp
        return Upstream(f"the source {name!r}", _called(name), source.timestamp, created, source.columns)
    above = view_above(definitions, name)
    rows = _upstream(definitions, above, (*below, view.spec.id))
    created = created_after(above.spec, rows.created)
    times: dict[str, Dtype] = {column: "timestamp" for column in (rows.timestamp, created) if column}
    columns: dict[str, Dtype] = {
        **{key.name: key.dtype for key in keys_of(definitions, above.spec)},
        **times,
        **{feature.name: feature.dtype for feature in above.spec.features},
    }
    return Upstream(f"the view {name}", _called(name.rpartition("@v")[0]), rows.timestamp, created, columns)


def _called(name: str) -> str:
    """What SQL calls a source or a view: without its version, and without the repository that it is imported from."""
    return name.rpartition("/")[2]


def _refuse_circle(ids: list[str]) -> None:
    raise InputError(f"the views go in a circle: {' -> '.join(ids)}", mend="let one of them read a source")
