"""A view's own SQL, written by anybody: what it gives, found out without any data."""

from collections.abc import Mapping

from gitmlops.adapters.engines.duckdb import blaming, opened
from gitmlops.definitions import Placed
from gitmlops.features import dtypes, sql
from gitmlops.specs.feature import Dtype, FeatureView, Source


def columns(view: Placed[FeatureView], source: Source) -> Mapping[str, Dtype | None]:
    """The columns that a view draws on: its transform's, else its source's.

    The SQL is bound in an engine that has no rows and can open nothing, so that the source is all it can name.
    Raises InputError at the line of the SQL.
    """
    if view.spec.transform is None:
        return source.columns
    text, where = view.spec.transform.sql, place(view)
    with opened() as engine, blaming(where, f"the source {source.name} has: {', '.join(source.columns)}"):
        engine.run(f"CREATE VIEW {sql.identifier(source.name)} AS {sql.empty(source.columns)}")
        engine.require_one_select(text, where=where)
        return {name: dtypes.of_sql(type_) for name, type_ in engine.columns(sql.subquery(text)).items()}


def relation(view: FeatureView) -> str:
    """What the view reads: its transform over the source, or the source."""
    return sql.subquery(view.transform.sql) if view.transform else sql.identifier(view.source)


def place(view: Placed[FeatureView]) -> str:
    """`file:line:column` of what a failing query is about."""
    return str(view.at("transform", "sql") if view.spec.transform else view.at("source"))
