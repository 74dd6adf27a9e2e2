"""A view's rows in an engine: its source attached, its transform applied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.engines.duckdb import Engine
from gitmlops.definitions import Definitions, Placed
from gitmlops.features import columns, selection, sources, transforms
from gitmlops.features.sources import File
from gitmlops.report import raise_errors
from gitmlops.specs.feature import Dtype, FeatureView, Source


@dataclass(frozen=True)
class Relation:
    """A view's rows, readable in an engine: what stands after FROM, and which columns it has.

    created: the column that says when a row was ingested, None where there is none.
    A column's type of None is one that no feature can have.
    """

    text: str
    keys: tuple[str, ...]
    timestamp: str
    created: str | None
    columns: Mapping[str, Dtype | None]


def readable(root: Path, definitions: Definitions, views: Iterable[Placed[FeatureView]]) -> tuple[File, ...]:
    """Every file that the engine must be allowed to read for these views, each once. Raises InputError."""
    named = dict.fromkeys(view.spec.source for view in views)
    return tuple(file for name in named for file in sources.files(root, definitions.get(Source, name).spec))


def attach(engine: Engine, root: Path, definitions: Definitions, view: Placed[FeatureView]) -> Relation:
    """The view's rows, readable in this engine.

    Raises InputError or InputErrors: SQL or data that do not fit the definitions.
    """
    source = definitions.get(Source, view.spec.source)
    keys = selection.keys_of(definitions, view.spec)
    given = transforms.columns(view, source.spec)
    raise_errors(columns.check(view, keys, source.spec.timestamp, given, f"the view {view.spec.id}"))
    sources.attach(engine, source, sources.files(root, source.spec))
    created = source.spec.created_timestamp
    return Relation(
        text=transforms.relation(view.spec),
        keys=tuple(key.name for key in keys),
        timestamp=source.spec.timestamp,
        created=created if created in given else None,
        columns=given,
    )
