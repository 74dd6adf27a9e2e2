"""A view's own SQL, written by anybody: what it gives, found out without any data."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from gitmlops.adapters.engines.duckdb import Engine, blaming, opened
from gitmlops.definitions import Placed
from gitmlops.features.join import sql
from gitmlops.features.wiring import dtypes, reproducible
from gitmlops.features.wiring.upstream import Upstream
from gitmlops.specs.feature import Dtype, FeatureView


def columns(view: Placed[FeatureView], upstream: Upstream) -> Mapping[str, Dtype | None]:
    """The columns that a view draws on: its SQL's, else what it reads from has. Raises InputError like `bind`."""
    if view.spec.transform is None or view.spec.transform.sql is None:
        return upstream.columns
    with opened() as engine, named(engine, upstream):
        return bind(engine, view, view.spec.transform.sql, upstream)


@contextmanager
def named(engine: Engine, upstream: Upstream) -> Iterator[None]:
    """Have what a view reads from, without rows, under the name that SQL gives it."""
    name = sql.identifier(upstream.name)
    engine.run(f"CREATE OR REPLACE VIEW {name} AS {sql.empty(upstream.columns)}")
    try:
        yield
    finally:
        engine.run(f"DROP VIEW {name}")


def bind(engine: Engine, view: Placed[FeatureView], text: str, upstream: Upstream) -> Mapping[str, Dtype | None]:
    """The columns of a view's SQL. A type of None is one that no feature can have.

    engine: has no rows and can open nothing; of what the SQL can name it has what the view reads from: see `named`.
    Raises InputError at the SQL: it is no SELECT, names what is not there, or is not reproducible.
    """
    where, mend = place(view), f"{upstream.title} has: {', '.join(upstream.columns)}"
    with blaming(where, mend):
        tree = engine.parsed_select(text, where=where)
        found = engine.columns(sql.subquery(text))
    mend = "take it from a column, so that the same data gives the same features"
    reproducible.require(tree, upstream.name, upstream.columns, where=where, mend=mend)
    return {name: dtypes.of_sql(type_) for name, type_ in found.items()}


def place(view: Placed[FeatureView]) -> str:
    """`file:line:column` of what a failing query is about."""
    transform = view.spec.transform
    return str(view.at("transform", "python" if transform.python else "sql") if transform else view.at("source"))
