"""The latest values of features, written for serving: a SQLite file that `OnlineStore` reads."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gitmlops.adapters import sqlite
from gitmlops.adapters.engines.duckdb import Engine, blaming, opened
from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.join import relations, sql_asof, transforms
from gitmlops.features.join.entity_rows import ASKED
from gitmlops.features.join.history import Column
from gitmlops.features.serving import sql_export
from gitmlops.features.wiring import check as wiring
from gitmlops.features.wiring import selection, upstream
from gitmlops.features.wiring.selection import Computed, Selected
from gitmlops.records.canonical import encode
from gitmlops.records.online_store import OnlineStoreContents, ServedFeature, ServedView
from gitmlops.report import raise_errors
from gitmlops.specs.feature import FeatureView, Key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 10_000
_TYPES = {"int64": "INTEGER", "float64": "REAL", "string": "TEXT", "boolean": "INTEGER", "timestamp": "INTEGER"}


@dataclass(frozen=True)
class Exported:
    """What was written: the names that can be asked for, and rows by view."""

    sets: tuple[str, ...]
    rows: Mapping[str, int]


@dataclass(frozen=True)
class _Table:
    """A view as it is served: the features that are wanted of it, those of its newest row before those of windows."""

    view: Placed[FeatureView]
    keys: tuple[Key, ...]
    served: ServedView
    features: Mapping[str, ServedFeature]
    rows: str


def sets(
    definitions: Definitions, names: Sequence[str], views: Sequence[Placed[FeatureView]]
) -> Mapping[str, tuple[Selected, ...]]:
    """What can be asked for, by name: feature sets, and whole views as `view@vN`.

    Raises InputError for an on-demand feature: it is computed from the request, in an SQL that SQLite does not speak.
    """
    found: dict[str, tuple[Selected, ...]] = {}
    for name in names:
        chosen = selection.select(definitions, name)
        for one in chosen:
            if isinstance(one, Computed):
                message = f"the on-demand feature {one.pin} is computed from the request, in DuckDB's SQL: not stored"
                mend = f"export a set of its inputs ({', '.join(one.definition.spec.inputs) or 'it has none'})"
                raise InputError(message, where=str(one.definition.at("sql")), mend=f"{mend}, and compute it there")
        found[name] = tuple(one for one in chosen if isinstance(one, Selected))
    for view in views:
        found[view.spec.id] = tuple(Selected(view, one, one.name) for one in view.spec.features)
    return found


def export(
    root: Path, definitions: Definitions, wanted: Mapping[str, Sequence[Selected]], path: Path, *, at: datetime
) -> Exported:
    """Write what is known at `at` of all keys; windows end there. The file is replaced whole or not at all.

    Raises InputError or InputErrors: definitions or data that do not fit; ToolError if it cannot be written.
    """
    moment = (at - _EPOCH) // timedelta(microseconds=1)
    views = {one.view.spec.id: one.view for chosen in wanted.values() for one in chosen}
    raise_errors(wiring.check_views(definitions, views.values()))
    readable = [file.real for file in relations.readable(root, definitions, views.values())]
    tables: dict[str, _Table] = {}
    rows: dict[str, int] = {}
    with opened(readable) as engine, sqlite.written(path) as database:
        for i, (id_, view) in enumerate(views.items()):
            tables[id_] = _table(engine, root, definitions, view, moment, i)
            rows[id_] = _copy(engine, database, tables[id_])
        contents = OnlineStoreContents(
            moment,
            {id_: table.served for id_, table in tables.items()},
            {name: tuple(_served(tables, one) for one in chosen) for name, chosen in wanted.items()},
        )
        database.execute("CREATE TABLE about (record TEXT)")
        database.execute("INSERT INTO about VALUES (?)", [encode(contents).decode()])
    return Exported(tuple(wanted), rows)


def _served(tables: Mapping[str, _Table], chosen: Selected) -> ServedFeature:
    feature = tables[chosen.view.spec.id].features[chosen.feature.name]
    return ServedFeature(
        chosen.column,
        feature.pin,
        feature.view,
        feature.field,
        feature.dtype,
        feature.within,
        feature.until,
        feature.empty,
    )


def _table(
    engine: Engine, root: Path, definitions: Definitions, view: Placed[FeatureView], moment: int, number: int
) -> _Table:
    relation = relations.attach(engine, root, definitions, view)
    keys = upstream.keys_of(definitions, view.spec)
    newest, windows = relations.newest(view.spec), relations.windows(view.spec, relation.columns)
    events, tables = relations.events(view.spec, relation), []
    with blaming(transforms.place(view), f"mend the view {view.spec.id}, or the data of {view.spec.source}"):
        engine.run(f"DROP TABLE IF EXISTS {ASKED}")
        engine.keep(ASKED, sql_export.asked(relation, {key.name: key.dtype for key in keys}, moment))
        if newest:
            # Whatever their age: the store knows when each is too old.
            values = [*(replace(one, within=None) for one in newest.values()), Column(relation.timestamp, "timestamp")]
            tables.append(f'"newest {number}"')
            engine.keep(tables[-1], sql_asof.latest(events, values, [*newest.values()], ASKED))
        if windows:
            tables.append(f'"windows {number}"')
            engine.keep(tables[-1], sql_asof.windows(events, [*windows.values()], ASKED))
    features = {}
    for i, (name, column) in enumerate(newest.items()):
        pin, id_ = f"{view.spec.id}:{name}", view.spec.id
        features[name] = ServedFeature(name, pin, id_, f"v{i}", column.dtype, within=column.within)
    for i, (name, window) in enumerate(windows.items(), len(newest)):
        pin, id_, empty = f"{view.spec.id}:{name}", view.spec.id, 0 if window.function.startswith("count") else None
        until = moment + window.micros
        features[name] = ServedFeature(name, pin, id_, f"v{i}", window.dtype, until=until, empty=empty)
    names = [key.name for key in keys]
    rows = sql_export.served(names, [*newest.values()], [*windows.values()], ASKED, tables)
    return _Table(view, keys, ServedView(f"view_{number}", keys), features, rows)


def _copy(engine: Engine, database: sqlite3.Connection, table: _Table) -> int:
    """How many rows were copied."""
    keys = [f"k{i} {_TYPES[key.dtype]} NOT NULL" for i, key in enumerate(table.keys)]
    values = [f"{one.field} {_TYPES[one.dtype]}" for one in table.features.values()]
    primary = [f"PRIMARY KEY ({', '.join(f'k{i}' for i in range(len(keys)))})"] if keys else []
    options = " WITHOUT ROWID" if keys else ""
    columns = ", ".join([*keys, "moment INTEGER", *values, *primary])
    database.execute(f"CREATE TABLE {table.served.table} ({columns}){options}")
    with blaming(transforms.place(table.view), f"mend the view {table.view.spec.id}, or its data"):
        found = engine.table(table.rows)
    marks = ", ".join("?" * found.num_columns)
    for batch in found.to_batches(max_chunksize=_AT_ONCE):
        lines = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        database.executemany(f"INSERT INTO {table.served.table} VALUES ({marks})", lines)  # noqa: S608 - our own names
    return int(found.num_rows)
