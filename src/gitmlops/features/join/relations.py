"""A view's rows in an engine: what it reads from attached, its transform applied.

Every source and view has a schema of its own in the engine: there a transform finds what it reads from, under the
name that its SQL uses, whatever else is attached.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.engines.duckdb import Engine as DuckDB
from gitmlops.adapters.engines.engine import Engine
from gitmlops.definitions import Definitions, Placed
from gitmlops.features.join import forms, python_transform, sources, sql, transforms
from gitmlops.features.join.history import SECOND, Column, Events, Window
from gitmlops.features.join.sources import File
from gitmlops.features.wiring import columns, dtypes, upstream
from gitmlops.report import raise_errors
from gitmlops.specs.feature import Dtype, FeatureView, Source
from gitmlops.specs.fields import seconds

# No source or view can have this name, so that it clashes with none.
_ROWS, _TRANSFORMED = '"the rows"', '"as transformed"'


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


def events(view: FeatureView, relation: Relation) -> Events:
    """A view's rows as what happened, known as the view says."""
    return Events(relation.text, relation.keys, relation.timestamp, relation.created, view.known_at)


def newest(view: FeatureView) -> Mapping[str, Column]:
    """The features that are values of a view's newest row, in the order in which they tell rows of one time apart.

    The last value of a window is one of them: the newest row's, where that row is in the window.
    """
    aggregations = {aggregation.name: aggregation for aggregation in view.aggregations}
    ttl = seconds(view.ttl) * SECOND if view.ttl else None
    columns = {one.name: Column(one.name, one.dtype, ttl) for one in view.features if one.name not in aggregations}
    for one in view.features:
        aggregation = aggregations.get(one.name)
        if aggregation and aggregation.fn == "last" and aggregation.column:
            columns[one.name] = Column(aggregation.column, one.dtype, seconds(aggregation.window) * SECOND - 1)
    return columns


def windows(view: FeatureView, given: Mapping[str, Dtype | None]) -> Mapping[str, Window]:
    """The features that are computed from all rows of a window; given: the columns of the view's rows."""
    dtypes_ = {feature.name: feature.dtype for feature in view.features}
    return {
        one.name: Window(one.fn, one.column, seconds(one.window), dtypes_[one.name], given.get(one.column or ""))
        for one in view.aggregations
        if one.name in dtypes_ and one.fn != "last"
    }


def _attach(engine: Engine, root: Path, definitions: Definitions, view: Placed[FeatureView]) -> None:
    above, keys = upstream.of(definitions, view), upstream.keys_of(definitions, view.spec)
    transform, schema = view.spec.transform, _schema("view", view.spec.id)
    if not (transform and transform.python):
        # Before any data is read, and in an engine where what the view reads from is all that its SQL can name.
        raise_errors(columns.check(view, keys, above, transforms.columns(view, above)))
    below = _attach_upstream(engine, root, definitions, view)
    with engine.blaming(transforms.place(view), f"mend the view {view.spec.id}, or the data of {view.spec.source}"):
        engine.create_schema(schema)
        engine.create_view(schema, sql.identifier(above.name), sql.everything(below))
        relation = below
        if transform and transform.sql:
            given = {name: dtypes.SQL[dtype] for name, dtype in above.columns.items()}
            engine.adopt(schema, _TRANSFORMED, transform.sql, {above.name: given})
            relation = f"{schema}.{_TRANSFORMED}"
        if transform and transform.python:
            result = python_transform.run(root, view, transform.python, engine.table(sql.everything(below)))
            with engine.reader() as reader:
                relation = f"result_of_{schema}"
                reader.register(relation, result)
                raise_errors(columns.check(view, keys, above, _types(reader, relation)))
                relation = engine.take(reader, _in_our_types(reader, relation))
        engine.create_view(schema, _ROWS, sql.everything(relation))


def _in_our_types(reader: DuckDB, result: str) -> str:
    """SELECT what a function returned: pandas has other types, and finer times."""
    ours = {name: dtype for name, dtype in _types(reader, result).items() if dtype}
    return sql.typed(ours, result, reader.columns(result), "UTC")


def _attach_upstream(engine: Engine, root: Path, definitions: Definitions, view: Placed[FeatureView]) -> str:
    """What stands after FROM to read what the view reads from."""
    name = view.spec.source
    if name in definitions.all(Source):
        source, schema = definitions.get(Source, name), _schema("source", name)
        if not engine.has_schema(schema):
            engine.create_schema(schema)
            sources.attach(engine, source, sources.files(root, source.spec), schema, _ROWS)
        return f"{schema}.{_ROWS}"
    above = upstream.view_above(definitions, name)
    return f"({rows(engine, above.spec, attach(engine, root, definitions, above))})"


def rows(engine: Engine, view: FeatureView, relation: Relation) -> str:
    """SELECT what a view that reads from this one sees: keys, times and features, each as at its row's own time."""
    aggregated = {aggregation.name for aggregation in view.aggregations}
    times = [time for time in (relation.timestamp, relation.created) if time]
    plain = [Column(name, relation.columns[name] or "string") for name in relation.keys]
    plain += [Column(name, "timestamp") for name in times]
    plain += [Column(one.name, one.dtype) for one in view.features if one.name not in aggregated]
    values = newest(view)
    last = {name: column for name, column in values.items() if name in aggregated}
    aggregations = windows(view, relation.columns)
    select: str = forms.of(engine).rows(events(view, relation), plain, last, aggregations, [*values.values()])
    return select


def _types(engine: Engine, relation: str) -> Mapping[str, Dtype | None]:
    return {name: dtypes.of_sql(type_) for name, type_ in engine.columns(relation).items()}


def _schema(kind: str, name: str) -> str:
    # In hexadecimal, because SQL does not tell `Tx` from `tx`, and names may hold signs.
    return f"{kind}_{name.encode().hex()}"
