"""SQL that was parsed before: its parts are those that parsing it again would give."""

from importlib.metadata import version

import pytest

from gitmlops.features.versions import canonical_sql
from gitmlops.features.versions.canonical_sql import Statements

WANTED = {"customer_id", "paid_at", "total"}
SELECTS = [
    "SELECT customer_id, paid_at, amount * 2 AS total, amount > 1 AS large FROM tx",
    "SELECT DISTINCT customer_id, paid_at, sum(amount) OVER () AS total FROM tx",
    "SELECT * FROM tx -- all of them",
    "SELECT customer_id, paid_at, count(*) AS total FROM tx GROUP BY 1, 2",
    "WITH a AS (FROM tx) SELECT customer_id, paid_at, é AS total, 'x' AS \"Y\" FROM a",
    "no SQL at all",
]


def test_the_version_is_that_of_the_parser_without_loading_it():
    assert f"sqlglot-{version('sqlglot')}" == canonical_sql.VERSION


@pytest.mark.parametrize("sql", SELECTS)
def test_what_was_kept_is_what_parsing_gives(sql):
    first = Statements()
    parsed = first.part(sql, WANTED), first.expression("amount / 2"), first.words(sql)
    again = Statements(first.kept.content())
    assert (again.part(sql, WANTED), again.expression("amount / 2"), again.words(sql)) == parsed
    assert not again.kept.is_new


@pytest.mark.parametrize("left", [b"", b"garbage" * 20])
def test_from_whatever_lies_in_its_place_comes_what_parsing_gives(left):
    assert Statements(left).part(SELECTS[0], WANTED) == Statements().part(SELECTS[0], WANTED)


def test_a_text_is_an_expression_or_a_query_and_never_one_for_the_other():
    statements = Statements()
    statements.words("SELECT 1 AS a")
    kept = Statements(statements.kept.content())
    assert kept.part("SELECT 1 AS a", {"a"}) == Statements().part("SELECT 1 AS a", {"a"})
