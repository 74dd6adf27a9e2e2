"""The same definition under two names."""

import pytest
from tests.memory_tree import Files
from tests.unit.features.test_feature_search import ENTITY, RATIO, SOURCE

from gitmlops.definitions import load_valid
from gitmlops.features.discovery import cataloguing, duplicates
from gitmlops.features.discovery.discovery_reports import Wanted, listing
from gitmlops.features.versions import hashes

VIEW = """\
kind: feature_view
name: {name}
version: {version}
status: {status}
owner: o
description: d
entities: [customer]
source: payments
ttl: {ttl}
transform: {{sql: "{sql}"}}
aggregations: [{{name: {sum}, column: amount, fn: sum, window: {window}}}]
features:
  - {{name: {sum}, dtype: float64, description: Sum}}
  - {{name: {flag}, dtype: boolean, description: Flag}}
"""
FIRST = {
    "name": "spend", "version": "1", "status": "stable", "ttl": "30d", "sum": "sum_7d", "window": "7d",
    "flag": "large", "sql": "SELECT *, amount > 100 AS large FROM payments",
}  # fmt: skip


def alike(**second: str) -> dict[str, tuple[str, ...]]:
    tree = Files(
        {
            "features/entities/customer.yaml": ENTITY,
            "features/sources/payments.yaml": SOURCE,
            "features/views/a.yaml": VIEW.format(**FIRST),
            "features/views/b.yaml": VIEW.format(**{**FIRST, "name": "turnover", **second}),
        }
    )
    return dict(duplicates.alike(hashes.describe(load_valid(tree), tree)[0]))


def test_two_views_with_the_same_features_are_alike_one_by_one():
    assert alike() == {
        "spend@v1:sum_7d": ("turnover@v1:sum_7d",),
        "spend@v1:large": ("turnover@v1:large",),
        "turnover@v1:sum_7d": ("spend@v1:sum_7d",),
        "turnover@v1:large": ("spend@v1:large",),
    }


def test_names_formatting_and_how_a_time_is_written_do_not_tell_them_apart():
    sql = "select *,  amount > 100 as big from payments -- ours"
    found = alike(sum="week", window="168h", flag="big", sql=sql)
    assert found["spend@v1:sum_7d"] == ("turnover@v1:week",)
    assert found["spend@v1:large"] == ("turnover@v1:big",)


@pytest.mark.parametrize(
    "second",
    [
        {"ttl": "31d"},
        {"window": "8d", "sql": "SELECT *, amount > 101 AS large FROM payments"},
        {"status": "deprecated"},
        {"name": "spend", "version": "2"},
    ],
)
def test_other_definitions_other_versions_and_what_is_deprecated_are_not_alike(second):
    assert alike(**second) == {}


def test_of_many_that_are_alike_the_first_few_are_named_and_the_group_is_told_once():
    views = {f"features/views/{i}.yaml": VIEW.format(**{**FIRST, "name": f"view{i:02}"}) for i in range(40)}
    tree = Files({"features/entities/customer.yaml": ENTITY, "features/sources/payments.yaml": SOURCE, **views})
    definitions = load_valid(tree)
    found = duplicates.alike(hashes.describe(definitions, tree)[0])
    assert found["view39@v1:large"] == tuple(f"view{i:02}@v1:large" for i in range(6))
    notes = listing(cataloguing.entries(definitions, tree), Wanted()).findings
    assert [note.message.partition(" has ")[0] for note in notes] == ["view00@v1:large", "view00@v1:sum_7d"]
    assert notes[0].message.endswith("view04@v1:large, view05@v1:large and more")


def test_two_columns_of_one_table_are_not_alike():
    sql = "SELECT *, amount > 100 AS large, amount > 100 AS bigger FROM payments"
    found = alike(sql=sql, flag="iban", window="9d")
    assert found == {}


def test_an_on_demand_feature_is_like_another_of_the_same_expression():
    spend = VIEW.format(**FIRST).replace("version: 1", "version: 2")
    tree = Files(
        {
            "features/entities/customer.yaml": ENTITY,
            "features/sources/payments.yaml": SOURCE,
            "features/views/a.yaml": spend,
            "features/on_demand/a.yaml": RATIO,
            "features/on_demand/b.yaml": RATIO.replace("sum_ratio", "share").replace("price / sum", "price/sum"),
        }
    )
    found = duplicates.alike(hashes.describe(load_valid(tree), tree)[0])
    assert found == {"share@v1": ("sum_ratio@v1",), "sum_ratio@v1": ("share@v1",)}
