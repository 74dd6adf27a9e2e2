"""What a feature set means: columns in its order, the files that it depends on."""

from typing import Any

import pytest

from gitmlops.errors import InputError, InputErrors
from gitmlops.features import selection
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
