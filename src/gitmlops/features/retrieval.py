"""Entity rows with the features of a set, each as it was known at the row's own time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas
import pyarrow

from gitmlops.adapters.engines.duckdb import blaming, opened
from gitmlops.definitions import Definitions, Placed
from gitmlops.features import entity_rows, relations, selection, sql, transforms, upstream, wiring
from gitmlops.report import raise_errors
from gitmlops.specs.feature import Feature, FeatureView
from gitmlops.specs.fields import seconds


def retrieve(
    root: Path, definitions: Definitions, entities: pandas.DataFrame, *, feature_set: str, time: str
) -> pandas.DataFrame:
    """The entity rows, all of them, in their order, with a column appended for each feature of the set.

    entities: the key columns of the set, the column `time`, and any others, which come through; times without a
    zone are UTC, and all are rounded to microseconds. Whole numbers and booleans with nulls become floats with NaN.
    Raises InputError or InputErrors: rows, definitions or data that do not fit.
    """
    selected = selection.stored(selection.select(definitions, feature_set))
    views = {chosen.view.spec.id: chosen.view for chosen in selected}.values()
    raise_errors(wiring.check_views(definitions, views))
    taken = [chosen.column for chosen in selected]
    entity_rows.require(entities, selection.keys(definitions, feature_set), time=time, taken=taken)
    found: dict[str, pandas.Series] = {}
    for view in views:
        chosen = [one for one in selected if one.view.spec.id == view.spec.id]
        answers = _answers(root, definitions, view, [one.feature for one in chosen], entities, time)
        found |= {one.column: answers[one.feature.name] for one in chosen}
    frame = pandas.DataFrame({column: found[column] for column in taken}).set_axis(entities.index)
    return pandas.concat([entities, frame], axis="columns")


def _answers(
    root: Path,
    definitions: Definitions,
    view: Placed[FeatureView],
    features: Sequence[Feature],
    entities: pandas.DataFrame,
    time: str,
) -> dict[str, pandas.Series]:
    """Values of each feature of one view, by its name, one for every entity row."""
    keys = upstream.keys_of(definitions, view.spec)
    answers: dict[str, pandas.Series] = {}
    with opened([file.real for file in relations.readable(root, definitions, [view])]) as engine:
        relation = relations.attach(engine, root, definitions, view)
        events = sql.Events(relation.text, relation.keys, relation.timestamp)
        engine.register(sql.ENTITIES, entity_rows.table(entities, keys, time=time))
        with blaming(transforms.place(view), f"mend the view {view.spec.id}, or the data of {view.spec.source}"):
            for names, query in _queries(view.spec, features, events, relation):
                answers |= dict(zip(names, map(_series, engine.table(query).columns), strict=True))
    return answers


def _queries(
    view: FeatureView, features: Sequence[Feature], events: sql.Events, relation: relations.Relation
) -> Iterator[tuple[list[str], str]]:
    """Names of features and the query whose columns are their values: one for values, one for aggregations."""
    aggregations = {aggregation.name: aggregation for aggregation in view.aggregations}
    plain = [feature for feature in features if feature.name not in aggregations]
    if plain:
        ttl = seconds(view.ttl) if view.ttl else None
        yield [f.name for f in plain], sql.latest(events, [sql.Column(f.name, f.dtype) for f in plain], ttl=ttl)
    windowed = [feature for feature in features if feature.name in aggregations]
    if windowed:
        windows = [relations.window(aggregations[feature.name], feature, relation.columns) for feature in windowed]
        yield [feature.name for feature in windowed], sql.windows(events, windows)


def _series(column: pyarrow.ChunkedArray) -> pandas.Series:
    """As learning libraries take it: numbers with NaN for null, never objects for numbers."""
    if pyarrow.types.is_boolean(column.type) and column.null_count:
        column = column.cast("int8")
    values: pandas.Series = column.to_pandas()
    return values
