"""The portable form is plain SQL: what no other engine knows is not in it."""

import pytest
import sqlglot
from sqlglot import exp

from gitmlops.features.join import sql_portable
from gitmlops.features.join.history import Column, Events, Window

EVENTS = Events("spend", ("customer_id",), "paid_at", "seen_at", "created")
VALUES = [Column("amount", "float64", 5), Column("word", "string")]
FUNCTIONS = ("count", "sum", "mean", "min", "max", "std", "count_distinct")
WINDOWS = [Window(function, "amount", 60, "float64", "float64") for function in FUNCTIONS]
# `epoch_us` is what DuckDB calls microseconds since 1970: Spark says `unix_micros`.
KNOWN = {"EPOCH_US"}


@pytest.mark.parametrize(
    "query", [sql_portable.latest(EVENTS, VALUES, VALUES, "asked"), sql_portable.windows(EVENTS, WINDOWS, "asked")]
)
def test_the_portable_form_is_sql_that_spark_knows(query: str) -> None:
    (tree,) = sqlglot.parse(query, read="duckdb")
    assert tree is not None
    assert not list(tree.find_all(exp.Qualify))
    assert "ASOF" not in query.upper() and "EXCLUDE" not in query.upper() and "BY NAME" not in query.upper()
    assert {str(call.name).upper() for call in tree.find_all(exp.Anonymous)} <= KNOWN
    sqlglot.transpile(query, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
