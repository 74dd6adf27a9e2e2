"""A view's rows in an engine: what it reads from attached, its transform applied.

Every source and view has a schema of its own in the engine: there a transform finds what it reads from, under the
name that its SQL uses, whatever else is attached.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.engines.duckdb import Engine, blaming
from gitmlops.definitions import Definitions, Placed
from gitmlops.features import columns, dtypes, python_transform, sources, sql, transforms, upstream
from gitmlops.features.sources import File
from gitmlops.report import raise_errors
from gitmlops.specs.feature import Aggregation, Dtype, Feature, FeatureView, Source
from gitmlops.specs.fields import seconds

# No source or view can have this name, so that it clashes with none.
_ROWS = '"the rows"'


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
    found = (upstream.source_of(definitions, view) for view in views)
    named = {source.spec.name: source.spec for source in found}.values()
    return tuple(dict.fromkeys(file for source in named for file in sources.files(root, source)))


def attach(engine: Engine, root: Path, definitions: Definitions, view: Placed[FeatureView]) -> Relation:
    """The view's rows, readable in this engine; what is attached already is not attached again.

    Raises InputError or InputErrors: SQL, Python or data that do not fit the definitions.
    """
    above, schema = upstream.of(definitions, view), _schema("view", view.spec.id)
    if not engine.has_schema(schema):
        _attach(engine, root, definitions, view)
    return Relation(
        text=f"{schema}.{_ROWS}",
        keys=tuple(key.name for key in upstream.keys_of(definitions, view.spec)),
        timestamp=above.timestamp,
        created=upstream.created_after(view.spec, above.created),
        columns=_types(engine, f"{schema}.{_ROWS}"),
    )


def window(aggregation: Aggregation, feature: Feature, given: Mapping[str, Dtype | None]) -> sql.Window:
    """An aggregation over a relation with these columns, in the type that its feature declares."""
    as_number = aggregation.fn in ("sum", "mean") and given.get(aggregation.column or "") == "boolean"
    return sql.Window(aggregation.fn, aggregation.column, seconds(aggregation.window), feature.dtype, as_number)


def _attach(engine: Engine, root: Path, definitions: Definitions, view: Placed[FeatureView]) -> None:
    above, keys = upstream.of(definitions, view), upstream.keys_of(definitions, view.spec)
    transform, schema = view.spec.transform, _schema("view", view.spec.id)
    if not (transform and transform.python):
        # Before any data is read, and in an engine where what the view reads from is all that its SQL can name.
        raise_errors(columns.check(view, keys, above, transforms.columns(view, above)))
    below = _attach_upstream(engine, root, definitions, view)
    with blaming(transforms.place(view), f"mend the view {view.spec.id}, or the data of {view.spec.source}"):
        engine.run(f"CREATE SCHEMA {schema}")
        engine.run(f"CREATE VIEW {schema}.{sql.identifier(above.name)} AS {sql.everything(below)}")
        rows = sql.subquery(transform.sql) if transform and transform.sql else below
        if transform and transform.python:
            result = python_transform.run(root, view, transform.python, engine.table(sql.everything(below)))
            rows = f"result_of_{schema}"
            engine.register(rows, result)
            raise_errors(columns.check(view, keys, above, _types(engine, rows)))
        engine.run(f"CREATE VIEW {schema}.{_ROWS} AS {sql.everything(rows)}")


def _attach_upstream(engine: Engine, root: Path, definitions: Definitions, view: Placed[FeatureView]) -> str:
    """What stands after FROM to read what the view reads from."""
    name = view.spec.source
    if name in definitions.all(Source):
        source, schema = definitions.get(Source, name), _schema("source", name)
        if not engine.has_schema(schema):
            engine.run(f"CREATE SCHEMA {schema}")
            sources.attach(engine, source, sources.files(root, source.spec), f"{schema}.{_ROWS}")
        return f"{schema}.{_ROWS}"
    above = upstream.view_above(definitions, name)
    return f"({_features(above.spec, attach(engine, root, definitions, above))})"


def _features(view: FeatureView, relation: Relation) -> str:
    """SELECT what a view that reads from this one sees: keys, times and features, each as at its row's own time."""
    aggregations = {aggregation.name: aggregation for aggregation in view.aggregations}
    times = [time for time in (relation.timestamp, relation.created) if time]
    plain = [sql.Column(name, relation.columns[name] or "string") for name in relation.keys]
    plain += [sql.Column(name, "timestamp") for name in times]
    plain += [sql.Column(one.name, one.dtype) for one in view.features if one.name not in aggregations]
    windows = {
        one.name: window(aggregations[one.name], one, relation.columns)
        for one in view.features
        if one.name in aggregations
    }
    return sql.rows(sql.Events(relation.text, relation.keys, relation.timestamp), plain, windows)


def _types(engine: Engine, relation: str) -> Mapping[str, Dtype | None]:
    return {name: dtypes.of_sql(type_) for name, type_ in engine.columns(relation).items()}


def _schema(kind: str, name: str) -> str:
    # In hexadecimal, because SQL does not tell `Tx` from `tx`, and names may hold signs.
    return f"{kind}_{name.encode().hex()}"
