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

# Far beyond what anybody reads; without an end, a stranger's definitions would decide how long we take.
_LONGEST_LINE = 32
TABLES = (".parquet", ".csv")
"""How the names of tables end in a folder."""
_WORD = re.compile(r"\w+")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NAMES_NOTHING = re.compile(r"""("(?:[^"]|"")*")|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/""", re.DOTALL)
# Stars that are no columns: count(*), a power, and a product, which is known by what comes after the star.
_AFTER_COLUMNS = (
    "from|exclude|except|replace|rename|not|i?like|similar|glob|where|group|having|window|qualify|order|limit|offset|"
    "using|union|intersect"
)
_NO_COLUMNS = re.compile(
    rf"\bcount\s*\(\s*\*\s*\)|\*\*|\*\s*(?!--|(?:{_AFTER_COLUMNS})\b)(?=[\w(\"'.+-])", re.IGNORECASE
)
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
    line = lineage(definitions, view)
    source = definitions.get(Source, line[-1].spec.source).spec
    title = f"the source {source.name!r}"
    rows = Upstream(title, _called(source.name), source.timestamp, source.created_timestamp, source.columns)
    for above in reversed(line[1:]):
        rows = _rows_of(definitions, above.spec, rows)
    return rows


def source_of(definitions: Definitions, view: Placed[FeatureView]) -> Placed[Source]:
    """The source at the end of a view's line. Raises InputError like `of`."""
    last = lineage(definitions, view)[-1]
    return definitions.get(Source, last.spec.source)


def lineage(definitions: Definitions, view: Placed[FeatureView]) -> tuple[Placed[FeatureView], ...]:
    """The view, the view that it reads from, and so on up to the one that reads a source. Raises InputError."""
    line = {view.spec.id: view}
    last = view
    while (name := last.spec.source) not in definitions.all(Source):
        last = view_above(definitions, name)
        if last.spec.id in line:
            ids = [*line, last.spec.id]
            around = " -> ".join(ids[ids.index(last.spec.id) :])
            raise InputError(f"the views go in a circle: {around}", mend="let one of them read a source")
        if len(line) == _LONGEST_LINE:
            raise InputError(f"more than {_LONGEST_LINE} views read from each other", mend="put some of them into one")
        line[last.spec.id] = last
    return tuple(line.values())


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
    return created if _takes_all(text) or says(_code(text), created) else None


def _takes_all(text: str) -> bool:
    """Whether SQL takes all columns; in doubt it does: then the bound SQL, not its text, tells what is missing."""
    return "*" in text and "*" in _NO_COLUMNS.sub(" ", _COMMENT.sub(" ", text))


def _code(text: str) -> str:
    """SQL without comments and constants."""
    return _NAMES_NOTHING.sub(lambda found: found[1] or " ", text)


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


def _rows_of(definitions: Definitions, view: FeatureView, rows: Upstream) -> Upstream:
    """What a view that reads from this one sees; rows: what this one reads from."""
    created = created_after(view, rows.created)
    times: dict[str, Dtype] = {column: "timestamp" for column in (rows.timestamp, created) if column}
    columns: dict[str, Dtype] = {
        **{key.name: key.dtype for key in keys_of(definitions, view)},
        **times,
        **{feature.name: feature.dtype for feature in view.features},
    }
    return Upstream(f"the view {view.id}", _called(view.name), rows.timestamp, created, columns)


def _called(name: str) -> str:
    """What SQL calls a source or a view: without its version, and without the repository that it is imported from."""
    return name.rpartition("/")[2]
