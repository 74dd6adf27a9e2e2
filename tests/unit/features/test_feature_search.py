"""Searching features by words: what is found, in which order, and what is said of nothing."""

import pytest
from tests.memory_tree import Files

from gitmlops.definitions import load_valid
from gitmlops.features.discovery import cataloguing
from gitmlops.features.discovery.catalogue import words
from gitmlops.features.discovery.search import Shelf, hint, search

ENTITY = "kind: entity\nname: customer\nkeys: [{name: customer_id, dtype: int64}]\nowner: crm\ndescription: A buyer\n"
SOURCE = """\
kind: source
name: payments
path: data/payments.parquet
timestamp: paid_at
columns: {customer_id: int64, paid_at: timestamp, amount: float64, iban: string}
owner: billing
description: What was paid
"""
SPEND = """\
kind: feature_view
name: spend
version: 2
owner: team-crm
description: Behaviour in the shop
tags: [churn]
entities: [customer]
source: payments
aggregations:
  - {name: sum_7d, column: amount, fn: sum, window: 7d}
  - {name: count_7d, fn: count, window: 7d}
features:
  - {name: sum_7d, dtype: float64, description: Turnover of the week, unit: EUR}
  - {name: count_7d, dtype: int64, description: Payments of the week}
  - {name: iban, dtype: string, description: Bank account, pii: true}
"""
OLD = SPEND.replace("version: 2", "version: 1\nstatus: deprecated\nreplaced_by: spend@v2")
RATIO = """\
kind: on_demand
name: sum_ratio
owner: team-offers
description: The price beside the week
inputs: ["spend@v2:sum_7d"]
request: {price: float64}
sql: price / sum_7d
dtype: float64
"""
SET = "kind: feature_set\nname: offers\nowner: o\ndescription: d\nfeatures: [sum_ratio@v1]\n"
MODEL = """\
kind: model
name: {name}
pipeline: p
artifact: models/m.skops
feature_set: offers
owner: o
risk_tier: low
intended_use: u
not_intended_for: n
task: {{kind: binary, label: left}}
evaluation: {{data: d.parquet, labels: l.parquet, id: id}}
"""


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    tree = Files(
        {
            "features/entities/customer.yaml": ENTITY,
            "features/sources/payments.yaml": SOURCE,
            "features/views/spend.yaml": SPEND,
            "features/views/spend_old.yaml": OLD,
            "features/on_demand/sum_ratio.yaml": RATIO,
            "features/sets/offers.yaml": SET,
            "models/a.yaml": MODEL.format(name="a"),
            "models/b.yaml": MODEL.format(name="b"),
        }
    )
    return Shelf("", cataloguing.entries(load_valid(tree), tree))


def ids(shelf: Shelf, query: str) -> list[str]:
    return [hit.entry.id for hit in search([shelf], query)]


def test_words_are_cut_at_everything_but_letters_and_digits_and_at_capitals():
    assert list(words("amount_sum_7d TxCount")) == ["amount", "sum", "7d", "tx", "count"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("spend", "spend@v2"),
        ("SPEND@V2:Sum_7D", "spend@v2:sum_7d"),
        ("sum_7d", "spend@v2:sum_7d"),
        ("turnover", "spend@v2:sum_7d"),  # description
        ("behaviour", "spend@v2"),
        ("churn", "spend@v2"),  # tag
        ("offers", "sum_ratio@v1"),  # owner
        ("billing", "payments"),
        ("eur", "spend@v2:sum_7d"),  # unit
        ("price", "sum_ratio@v1"),  # field of the request
        ("customer_id", "customer"),
        ("paid_at", "payments"),  # column
        ("amount", "spend@v2:sum_7d"),  # the column that is summed
        ("pii", "spend@v2:iban"),
        ("churn account", "spend@v2:iban"),  # a word of the view, a word of the feature
        ("turnovr", "spend@v2:sum_7d"),  # a letter too few
        ("tunrover", "spend@v2:sum_7d"),  # swapped
        ("turnoverr", "spend@v2:sum_7d"),  # too many
        ("behavior", "spend@v2"),
        ("pay", "payments"),  # a beginning
        ("account", "spend@v2:iban"),
    ],
)
def test_names_descriptions_tags_owners_columns_units_and_sources_lead_to_what_has_them(shelf, query, first):
    assert ids(shelf, query)[0] == first


def test_the_exact_name_comes_first_and_what_is_deprecated_last(shelf):
    found = ids(shelf, "spend")
    assert found[0] == "spend@v2"
    deprecated = [hit.entry.status == "deprecated" for hit in search([shelf], "sum")]
    assert deprecated == sorted(deprecated) and any(deprecated) and not all(deprecated)


def test_every_word_has_to_lead_there(shelf):
    assert ids(shelf, "turnover account") == []
    assert "leave one out" in hint([shelf], "turnover account")


def test_what_is_nowhere_near_finds_nothing_and_names_the_nearest_words(shelf):
    assert ids(shelf, "cust-sum xylophone") == []
    assert hint([shelf], "kustumar") == "the nearest words are customer"
    assert hint([shelf], "qqqq") == "see `gitmlops feature list` for all there is"
    assert ids(shelf, "!?") == [] and ids(Shelf("", ()), "spend") == []


def test_models_are_counted_through_what_is_computed_from_a_feature(shelf):
    entries = {entry.id: entry for entry in shelf.entries}
    assert entries["spend@v2:sum_7d"].models == ("a", "b") == entries["sum_ratio@v1"].models
    assert entries["spend@v2"].sets == ("offers",)
    assert entries["spend@v2:count_7d"].models == () == entries["spend@v1:sum_7d"].models


def test_of_what_fits_equally_well_the_more_used_comes_first(shelf):
    found = ids(shelf, "week")
    assert found.index("spend@v2:sum_7d") < found.index("spend@v2:count_7d")


def test_the_order_of_files_changes_nothing(shelf):
    turned = Shelf("", tuple(reversed(shelf.entries)))
    for query in ("sum", "week", "spend", "customer"):
        assert ids(turned, query) == ids(shelf, query)


def test_a_long_word_of_a_stranger_is_compared_in_no_time(shelf):
    assert ids(shelf, "x" * 100_000) == []
