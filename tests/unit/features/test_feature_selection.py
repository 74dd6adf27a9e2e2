"""What a feature set means: columns in its order, the files that it depends on."""

from typing import Any

import pytest

from gitmlops.errors import InputError, InputErrors
from gitmlops.features.wiring import selection
from gitmlops.specs.feature import Key

VIEW, SET = "features/views/spend.yaml", "features/sets/churn.yaml"


def other_view(store: Any, **replaced: str) -> None:
    text = store.files[VIEW].replace("name: spend", "name: habits")
    for old, new in replaced.items():
        text = text.replace(old, new)
    store.files["features/views/habits.yaml"] = text


def test_columns_have_the_names_of_their_features_in_the_order_of_the_set(store: Any) -> None:
    other_view(store, amount="visits")
    store.edit(SET, "- spend@v1:amount", "- habits@v1:visits\n  - spend@v1:amount")
    assert selection.columns(store.definitions(), "churn") == ("visits", "amount")


def test_where_two_views_clash_both_columns_carry_their_views(store: Any) -> None:
    other_view(store)
    store.edit(SET, "- spend@v1:amount", "- habits@v1:amount\n  - spend@v1:amount")
    assert selection.columns(store.definitions(), "churn") == ("habits__amount", "spend__amount")


def test_two_versions_of_one_feature_do_not_fit_into_one_set(store: Any) -> None:
    store.files["features/views/spend2.yaml"] = store.files[VIEW].replace("version: 1", "version: 2")
    store.edit(SET, "- spend@v1:amount", "- spend@v1:amount\n  - spend@v2:amount")
    with pytest.raises(InputErrors, match=f"{SET}:7:5: 2 entries would give the column 'amount'; keep one of them"):
        selection.select(store.definitions(), "churn")


def test_a_selection_knows_view_feature_and_column(store: Any) -> None:
    (chosen,) = selection.select(store.definitions(), "churn")
    assert (chosen.view.spec.id, chosen.feature.name, chosen.column) == ("spend@v1", "amount", "amount")


def test_every_wrong_entry_is_named_at_once(store: Any) -> None:
    store.edit(SET, "- spend@v1:amount", "- spend:amount\n  - spent@v1:amount")
    with pytest.raises(InputErrors) as error:
        selection.columns(store.definitions(), "churn")
    assert str(error.value).splitlines() == [
        f"{SET}:6:5: 'spend:amount' does not pin a feature; write view@v1:feature",
        f"{SET}:7:5: there is no feature view 'spent'; did you mean 'spend'?",
    ]


def test_an_unknown_set_is_named_with_the_nearest(store: Any) -> None:
    with pytest.raises(InputError, match="there is no feature set 'chrun'; did you mean 'churn'"):
        selection.closure(store.definitions(), store, "chrun")


def test_a_set_depends_on_its_definitions_and_its_data(store: Any) -> None:
    other_view(store)
    assert selection.closure(store.definitions(), store, "churn") == (
        "data/tx.parquet",
        "features/entities/customer.yaml",
        "features/sets/churn.yaml",
        "features/sources/tx.yaml",
        "features/views/spend.yaml",
    )


def test_the_keys_of_a_set_are_named_once(store: Any) -> None:
    other_view(store, amount="visits")
    store.edit(SET, "- spend@v1:amount", "- habits@v1:visits\n  - spend@v1:amount")
    assert selection.keys(store.definitions(), "churn") == (Key(name="customer_id", dtype="int64"),)


def test_a_feature_with_the_name_of_another_views_key_has_a_mend_that_can_be_followed(store: Any) -> None:
    shop = "kind: entity\nname: shop\nkeys: [{name: amount, dtype: int64}]\nowner: o\ndescription: d\n"
    store.files["features/entities/shop.yaml"] = shop
    other_view(store, amount="visits", customer="shop")
    store.edit(SET, "- spend@v1:amount", "- habits@v1:visits\n  - spend@v1:amount")
    with pytest.raises(InputError) as error:
        selection.require_no_key(store.definitions(), selection.select(store.definitions(), "churn"))
    assert str(error.value) == (
        "spend@v1:amount would give the column 'amount', and the entity rows have the key 'amount'; "
        "ask for it apart from the others, or rename the feature in features/views/spend.yaml"
    )


ON_DEMAND = """\
kind: on_demand
name: ratio
version: 2
owner: crm
description: The payment beside the last
inputs: [spend@v1:amount]
request: {price: float64}
sql: price / nullif(amount, 0)
dtype: float64
"""


def on_demand(store: Any) -> None:
    store.files["features/on_demand/ratio.yaml"] = ON_DEMAND
    store.edit(SET, "- spend@v1:amount", "- ratio@v2")


def test_an_on_demand_feature_is_pinned_by_name_and_version_and_brings_its_inputs(store: Any) -> None:
    on_demand(store)
    (chosen,) = selection.select(store.definitions(), "churn")
    assert isinstance(chosen, selection.Computed)
    assert (chosen.pin, chosen.column) == ("ratio@v2", "ratio")
    assert [one.pin for one in selection.stored([chosen])] == ["spend@v1:amount"]
    assert selection.keys(store.definitions(), "churn") == (Key(name="customer_id", dtype="int64"),)


def test_an_input_that_is_pinned_too_is_asked_for_once(store: Any) -> None:
    on_demand(store)
    store.edit(SET, "- ratio@v2", "- ratio@v2\n  - spend@v1:amount")
    assert selection.columns(store.definitions(), "churn") == ("ratio", "amount")
    chosen = selection.select(store.definitions(), "churn")
    assert [one.pin for one in selection.stored(chosen)] == ["spend@v1:amount"]


def test_a_feature_called_like_an_on_demand_one_carries_its_view(store: Any) -> None:
    on_demand(store)
    other_view(store, amount="ratio")
    store.files["features/views/habits.yaml"] += 'transform: {sql: "SELECT *, amount AS ratio FROM tx"}\n'
    store.edit(SET, "- ratio@v2", "- ratio@v2\n  - habits@v1:ratio")
    assert selection.columns(store.definitions(), "churn") == ("ratio", "habits__ratio")


def test_pins_in_a_list_are_resolved_like_a_set(store: Any) -> None:
    on_demand(store)
    chosen = selection.select_pins(store.definitions(), ["ratio@v2", "spend@v1:amount"])
    assert [one.pin for one in chosen] == ["ratio@v2", "spend@v1:amount"]
    with pytest.raises(InputErrors) as error:
        selection.select_pins(store.definitions(), ["ratio@v1", "spend@v1", "spend@v1:amount", "spend@v1:amount"])
    assert str(error.value).splitlines() == [
        "there is no on-demand feature 'ratio@v1'; did you mean 'ratio@v2'?",
        "there is no on-demand feature 'spend@v1'; write spend@v1:feature",
        "2 entries would give the column 'amount'; keep one of them",
    ]


def test_a_set_depends_on_the_views_that_its_views_read_and_on_their_python(store: Any) -> None:
    on_demand(store)
    store.files["features/views/above.yaml"] = (
        store.files[VIEW]
        .replace("name: spend", "name: above")
        .replace("source: tx", 'source: spend@v1\ntransform: {python: "lab.clean:run"}')
    )
    store.edit("features/sources/tx.yaml", "data/tx.parquet", "data/tx/2024-*.parquet")
    store.edit("features/on_demand/ratio.yaml", "spend@v1", "above@v1")
    store.files["lab/__init__.py"] = ""
    store.files["lab/clean.py"] = "def run(rows):\n    from lab import rates\n    return rates.apply(rows)\n"
    store.files["lab/rates.py"] = "import numpy\nfrom . import (deeper)\n"
    store.files["lab/deeper.py"] = "import lab.clean\n"
    store.files["lab/other.py"] = ""
    assert selection.closure(store.definitions(), store, "churn") == (
        "data/tx",
        "features/entities/customer.yaml",
        "features/on_demand/ratio.yaml",
        "features/sets/churn.yaml",
        "features/sources/tx.yaml",
        "features/views/above.yaml",
        "features/views/spend.yaml",
        "lab/__init__.py",
        "lab/clean.py",
        "lab/deeper.py",
        "lab/rates.py",
    )
