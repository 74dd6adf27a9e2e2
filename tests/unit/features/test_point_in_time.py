"""The contract of the join: what was known at the entity row's own time, and every row comes back."""

from datetime import UTC, datetime
from typing import Any

import numpy
import pandas
import pyarrow
import pytest

from gitmlops.errors import InputError, InputErrors

VIEW, SET, SOURCE = "features/views/spend.yaml", "features/sets/churn.yaml", "features/sources/tx.yaml"
MOMENT = datetime(2024, 5, 1, 12, 0, 0, 1, tzinfo=UTC)


def test_a_row_at_exactly_the_entity_rows_time_counts(store: Any) -> None:
    store.payments((1, 0, 5.0))
    assert store.amounts((1, 0)) == [5.0]


def test_a_row_one_microsecond_later_does_not_count(store: Any) -> None:
    store.payments((1, 1 / 60_000_000, 5.0))
    assert store.amounts((1, 0)) == [None]


def test_the_newest_known_row_answers(store: Any) -> None:
    store.payments((1, 7, 7.0), (1, 1, 1.0), (1, 5, 5.0))
    assert store.amounts((1, 6), (1, 5), (1, 4)) == [5.0, 5.0, 1.0]


def test_a_value_exactly_as_old_as_the_ttl_counts_and_a_second_later_it_does_not(store: Any) -> None:
    store.edit(VIEW, "source: tx", "source: tx\nttl: 1h")
    store.payments((1, 0, 5.0))
    assert store.amounts((1, 60), (1, 60 + 1 / 60)) == [5.0, None]


def test_an_expired_newest_value_is_not_replaced_by_an_older_one(store: Any) -> None:
    store.edit(VIEW, "source: tx", "source: tx\nttl: 1h")
    store.payments((1, 0, 5.0), (1, 10, None))
    assert store.amounts((1, 50), (1, 90)) == [None, None]


def test_without_a_ttl_a_value_is_known_for_ever(store: Any) -> None:
    store.payments((1, 0, 5.0))
    assert store.amounts((1, 60 * 24 * 365 * 50)) == [5.0]


def test_rows_without_an_answer_stay_and_all_rows_keep_their_order(store: Any) -> None:
    store.edit(VIEW, "source: tx", "source: tx\nttl: 1h")
    store.payments((1, 0, 5.0), (2, 100, 6.0))
    assert store.amounts((3, 10), (1, 500), (2, 50), (1, 30), (None, 30)) == [None, None, None, 5.0, None]


def test_the_index_and_the_other_columns_come_through(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 9), (2, 8), note=["a", "b"]).set_axis([7, 7])
    frame = store.get(rows)
    assert list(frame.columns) == ["customer_id", "asked_at", "note", "amount"]
    pandas.testing.assert_frame_equal(frame[rows.columns], rows)


def test_the_entity_rows_given_are_not_changed(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 9))
    store.get(rows)
    assert list(rows.columns) == ["customer_id", "asked_at"]


def test_a_newer_row_with_a_null_answers_null(store: Any) -> None:
    store.payments((1, 0, 5.0), (1, 1, None))
    assert store.amounts((1, 2)) == [None]


def test_a_float_that_is_not_a_number_is_a_null(store: Any) -> None:
    store.edit(VIEW, "features:", "aggregations: [{name: total, column: amount, fn: sum, window: 1h}]\nfeatures:")
    store.edit(VIEW, "version:", "  - {name: total, dtype: float64, description: Sum}\nversion:")
    store.edit(SET, "spend@v1:amount", "spend@v1:amount\n  - spend@v1:total")
    store.payments((1, 0, 5.0), (1, 1, float("nan")))
    frame = store.get(store.asked((1, 2)))
    assert store.values(frame["amount"]) == [None] and store.values(frame["total"]) == [5.0]


def test_repeated_entity_rows_are_all_answered(store: Any) -> None:
    store.payments((1, 0, 5.0))
    assert store.amounts((1, 1), (1, 1), (1, 1)) == [5.0, 5.0, 5.0]


def test_a_null_key_never_matches_a_null_key(store: Any) -> None:
    store.payments((None, 0, 5.0), (1, 0, 6.0))
    assert store.amounts((None, 1), (1, 1)) == [None, 6.0]


def test_source_rows_without_a_time_are_never_known(store: Any) -> None:
    store.payments((1, None, 5.0))
    assert store.amounts((1, 1)) == [None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("source_unit", ["ms", "us", "ns"])
def test_units_of_time_mix(store: Any, unit: str, source_unit: str) -> None:
    store.payments((1, 0, 5.0), (1, 2, 6.0), unit=source_unit)
    rows = store.asked((1, 0), (1, 1))
    rows["asked_at"] = rows["asked_at"].astype(f"datetime64[{unit}, UTC]")
    assert store.values(store.get(rows)["amount"]) == [5.0, 5.0]


def test_what_is_finer_than_a_microsecond_is_cut_off_never_rounded_into_the_future(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 0)).assign(asked_at=[pandas.Timestamp("2024-05-01 11:59:59.999999600", tz="UTC")])
    assert store.values(store.get(rows)["amount"]) == [None]
    # Before 1970, too, where moments are negative.
    for moment in ("2024-05-01 12:00:00.0000009", "1969-12-31 23:59:59.9999999"):
        paid = pyarrow.array([pandas.Timestamp(moment).value], pyarrow.timestamp("ns"))
        store.arrow("data/tx.parquet", pyarrow.table({"customer_id": [1], "paid_at": paid, "amount": [7.0]}))
        cut = pandas.Timestamp(moment[:-1], tz="UTC")
        assert store.values(store.get(store.asked((1, 0)).assign(asked_at=[cut]))["amount"]) == [7.0]
        before = cut - pandas.Timedelta(microseconds=1)
        assert store.values(store.get(store.asked((1, 0)).assign(asked_at=[before]))["amount"]) == [None]


def test_times_without_a_zone_are_utc_on_either_side(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 0))
    rows["asked_at"] = rows["asked_at"].dt.tz_localize(None)
    assert store.values(store.get(rows)["amount"]) == [5.0]
    naive = pyarrow.array([datetime(2024, 5, 1, 12)], pyarrow.timestamp("ns"))
    store.arrow("data/tx.parquet", pyarrow.table({"customer_id": [1], "paid_at": naive, "amount": [7.0]}))
    assert store.amounts((1, 0), (1, -1)) == [7.0, None]


def test_times_of_other_zones_are_the_same_moments(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 0), (1, -1))
    rows["asked_at"] = rows["asked_at"].dt.tz_convert("America/New_York")
    assert store.values(store.get(rows)["amount"]) == [5.0, None]


def test_files_of_one_source_may_differ_in_unit_zone_and_width(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    first = pyarrow.array([MOMENT], pyarrow.timestamp("us", "UTC"))
    second = pyarrow.array([datetime(2024, 5, 1, 13)], pyarrow.timestamp("ns"))
    store.arrow("data/tx/a.parquet", pyarrow.table({"customer_id": [1], "paid_at": first, "amount": [1.5]}))
    narrow = pyarrow.array([1], pyarrow.int32())
    store.arrow("data/tx/b.parquet", pyarrow.table({"amount": narrow, "paid_at": second, "customer_id": narrow}))
    assert store.amounts((1, 0), (1, 1), (1, 60)) == [None, 1.5, 1.0]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_of_rows_with_the_same_key_and_time_the_greatest_answers_whatever_their_order(store: Any, order: Any) -> None:
    rows = [(1, 0, 5.0), (1, 0, 9.0), (1, 0, None), (1, 0, 7.0)]
    store.payments(*(rows[i] for i in order))
    assert store.amounts((1, 1)) == [9.0]


def test_a_view_may_have_several_keys(store: Any) -> None:
    store.edit("features/entities/customer.yaml", "dtype: int64}", "dtype: int64}, {name: shop, dtype: string}")
    store.edit(SOURCE, "amount: float64", "amount: float64\n  shop: string")
    times = pyarrow.array([MOMENT] * 3, pyarrow.timestamp("us", "UTC"))
    columns = {"customer_id": [1, 1, 2], "shop": ["a", "b", "a"], "paid_at": times, "amount": [1.0, 2.0, 3.0]}
    store.arrow("data/tx.parquet", pyarrow.table(columns))
    rows = store.asked((1, 9), (1, 9), (2, 9), (2, 9), (1, 9), shop=["b", "a", "a", "b", None])
    assert store.values(store.get(rows)["amount"]) == [2.0, 1.0, 3.0, None, None]


def test_a_view_of_no_entity_answers_every_row_alike(store: Any) -> None:
    store.edit(VIEW, "[customer]", "[]")
    store.edit(VIEW, "features:", "aggregations: [{name: n, fn: count, window: 1h}]\nfeatures:")
    store.edit(VIEW, "version:", "  - {name: n, dtype: int64, description: Payments}\nversion:")
    store.edit(SET, "spend@v1:amount", "spend@v1:amount\n  - spend@v1:n")
    store.payments((1, 0, 5.0), (2, 10, 6.0))
    frame = store.get(store.asked((7, 5), (8, 10)))
    assert store.values(frame["amount"]) == [5.0, 6.0] and list(frame["n"]) == [1, 2]


def test_one_set_may_hold_several_views_with_a_ttl_each(store: Any) -> None:
    view = store.files[VIEW]
    store.files["features/views/short.yaml"] = view.replace("name: spend", "name: short").replace(
        "tx\n", "tx\nttl: 5m\n"
    )
    store.edit(SET, "- spend@v1:amount", "- spend@v1:amount\n  - short@v1:amount")
    store.payments((1, 0, 5.0))
    frame = store.get(store.asked((1, 5), (1, 6)))
    assert list(frame.columns[2:]) == ["spend__amount", "short__amount"]
    assert store.values(frame["spend__amount"]) == [5.0, 5.0]
    assert store.values(frame["short__amount"]) == [5.0, None]


def test_a_window_holds_what_is_younger_than_its_length_and_its_newest_end(store: Any) -> None:
    aggregate(store, n=("count", "int64"), total=("sum", "float64"))
    store.payments((1, 0, 1.0), (1, 30, 2.0), (1, 60, 4.0))
    frame = store.get(store.asked((1, 59), (1, 60), (1, 61)))
    assert list(frame["n"]) == [2, 2, 2]
    assert list(frame["total"]) == [3.0, 6.0, 6.0]


def test_a_window_begins_one_microsecond_after_its_length(store: Any) -> None:
    aggregate(store, n=("count", "int64"))
    store.payments((1, 0, 1.0))
    assert store.amounts((1, 60 - 1 / 60_000_000), (1, 60), column="n") == [1, 0]


def test_an_empty_window_counts_zero_and_has_no_sum_mean_least_or_greatest(store: Any) -> None:
    functions = {name: (name, "float64") for name in ("sum", "mean", "min", "max")}
    aggregate(store, n=("count", "int64"), **functions)
    store.payments((1, 0, 1.0), (2, 0, None))
    frame = store.get(store.asked((1, 500), (9, 1), (None, 1), (2, 1)))
    assert list(frame["n"]) == [0, 0, 0, 0]
    assert frame[list(functions)].isna().all(axis=None)


def test_a_count_without_a_column_counts_rows_and_with_one_its_values(store: Any) -> None:
    store.edit(VIEW, "features:", "aggregations: [{name: n, fn: count, window: 1h}]\nfeatures:")
    store.edit(VIEW, "version:", "  - {name: n, dtype: int64, description: Rows}\nversion:")
    store.edit(SET, "amount", "n")
    store.payments((1, 0, 1.0), (1, 1, None))
    assert store.amounts((1, 2), column="n") == [2]
    store.edit(VIEW, "fn: count,", "fn: count, column: amount,")
    assert store.amounts((1, 2), column="n") == [1]


def test_all_events_of_one_moment_are_in_the_window_and_null_keys_are_not(store: Any) -> None:
    aggregate(store, total=("sum", "float64"))
    store.payments((1, 0, 1.0), (1, 0, 2.0), (1, 0, 2.0), (None, 0, 100.0))
    assert store.amounts((1, 0), (None, 0), column="total") == [5.0, None]


def test_the_mean_of_a_boolean_is_its_share_and_its_sum_a_number(store: Any) -> None:
    store.edit(SOURCE, "amount: float64", "amount: boolean")
    aggregate(store, share=("mean", "float64"), n=("sum", "int64"))
    times = pyarrow.array([MOMENT] * 4, pyarrow.timestamp("us", "UTC"))
    columns = {"customer_id": [1] * 4, "paid_at": times, "amount": [True, False, False, True]}
    store.arrow("data/tx.parquet", pyarrow.table(columns))
    frame = store.get(store.asked((1, 1)))
    assert frame["share"][0] == 0.5 and frame["n"][0] == 2


def test_values_and_windows_of_one_view_are_answered_together_in_the_order_of_the_set(store: Any) -> None:
    aggregate(store, total=("sum", "float64"))
    store.edit(VIEW, "version:", "  - {name: amount, dtype: float64, description: Last}\nversion:")
    store.edit(SET, "spend@v1:total", "spend@v1:total\n  - spend@v1:amount")
    store.payments((1, 0, 1.0), (1, 1, 2.0))
    frame = store.get(store.asked((1, 1)))
    assert list(frame.columns[2:]) == ["total", "amount"]
    assert frame[["total", "amount"]].to_numpy().tolist() == [[3.0, 2.0]]


def aggregate(store: Any, **functions: tuple[str, str]) -> None:
    """Put aggregations over an hour of `amount` into the view, in place of its feature, and into the set."""
    lines = "".join(f"  - {{name: {n}, column: amount, fn: {fn}, window: 1h}}\n" for n, (fn, _) in functions.items())
    features = "".join(f"  - {{name: {n}, dtype: {dtype}, description: d}}\n" for n, (_, dtype) in functions.items())
    before = store.files[VIEW].partition("features:")[0]
    store.files[VIEW] = f"{before}aggregations:\n{lines}features:\n{features}version: 1\n"
    pins = "".join(f"  - spend@v1:{n}\n" for n in functions)
    store.files[SET] = store.files[SET].partition("features:")[0] + f"features:\n{pins}"


def test_whole_numbers_stay_whole_and_become_floats_where_one_is_missing(store: Any) -> None:
    store.edit(SOURCE, "amount: float64", "amount: int64")
    store.edit(VIEW, "dtype: float64", "dtype: int64")
    times = pyarrow.array([MOMENT], pyarrow.timestamp("us", "UTC"))
    store.arrow("data/tx.parquet", pyarrow.table({"customer_id": [1], "paid_at": times, "amount": [3]}))
    assert store.get(store.asked((1, 1)))["amount"].dtype == numpy.int64
    assert store.get(store.asked((1, 1), (2, 1)))["amount"].dtype == numpy.float64


def test_whole_numbers_that_a_float_would_change_stay_whole_beside_a_missing_one(store: Any) -> None:
    store.edit(SOURCE, "amount: float64", "amount: int64")
    store.edit(VIEW, "dtype: float64", "dtype: int64")
    times = pyarrow.array([MOMENT, MOMENT], pyarrow.timestamp("us", "UTC"))
    numbers = {"customer_id": [1, 2], "paid_at": times, "amount": [2**53 + 1, -(2**63)]}
    store.arrow("data/tx.parquet", pyarrow.table(numbers))
    found = store.get(store.asked((1, 1), (2, 1), (3, 1)))["amount"]
    assert store.values(found) == [2**53 + 1, -(2**63), None] and str(found.dtype) == "Int64"


def test_text_booleans_and_times_are_features_too(store: Any) -> None:
    store.edit(SOURCE, "amount: float64", "amount: float64\n  good: boolean\n  shop: string\n  due: timestamp")
    names = {"good": "boolean", "shop": "string", "due": "timestamp"}
    lines = "".join(f"  - {{name: {name}, dtype: {dtype}, description: d}}\n" for name, dtype in names.items())
    store.edit(VIEW, "version:", f"{lines}version:")
    store.edit(SET, "amount\n", "amount\n  - spend@v1:good\n  - spend@v1:shop\n  - spend@v1:due\n")
    times = pyarrow.array([MOMENT], pyarrow.timestamp("us", "UTC"))
    columns = {"good": [True], "shop": ["a"], "due": times, "amount": [1.0], "customer_id": [1], "paid_at": times}
    store.arrow("data/tx.parquet", pyarrow.table(columns))
    known = store.get(store.asked((1, 1)))
    assert known["good"].dtype == numpy.bool_ and known["shop"][0] == "a"
    assert str(known["due"].dtype) == "datetime64[us, UTC]" and known["due"][0] == MOMENT
    unknown = store.get(store.asked((1, 1), (2, 1)))
    assert unknown["good"].dtype == numpy.float64 and store.values(unknown["good"]) == [1.0, None]


def test_scikit_learn_takes_the_frame(store: Any) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    aggregate(store, n=("count", "int64"), mean=("mean", "float64"))
    store.payments((1, 0, 5.0))
    frame = store.get(store.asked((1, 1), (2, 1), (3, 1)))
    HistGradientBoostingClassifier().fit(frame[["n", "mean"]], [0, 1, 0])


def test_no_entity_rows_give_no_rows_with_all_columns(store: Any) -> None:
    store.payments((1, 0, 5.0))
    empty = pandas.DataFrame({"customer_id": [], "asked_at": []})
    frame = store.get(empty)
    assert list(frame.columns) == ["customer_id", "asked_at", "amount"] and len(frame) == 0


def test_an_empty_source_answers_null(store: Any) -> None:
    store.payments()
    assert store.amounts((1, 1)) == [None]


def test_keys_of_pandas_that_became_floats_for_a_missing_one_are_whole_numbers(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 1), (None, 1))
    rows["customer_id"] = rows["customer_id"].astype("float64")
    assert store.values(store.get(rows)["amount"]) == [5.0, None]


def test_text_keys_may_be_categories_or_objects(store: Any) -> None:
    store.edit("features/entities/customer.yaml", "int64", "string")
    store.edit(SOURCE, "customer_id: int64", "customer_id: string")
    times = pyarrow.array([MOMENT], pyarrow.timestamp("us", "UTC"))
    store.arrow("data/tx.parquet", pyarrow.table({"customer_id": ["007"], "paid_at": times, "amount": [3.0]}))
    for dtype in ("category", "object", "string"):
        rows = store.asked((1, 1), (2, 1))
        rows["customer_id"] = pandas.Series(["007", None], dtype=dtype)
        assert store.values(store.get(rows)["amount"]) == [3.0, None]


def refused(store: Any, rows: pandas.DataFrame, *, time: str = "asked_at") -> str:
    with pytest.raises(InputError) as error:
        store.get(rows, time=time)
    return str(error.value)


def test_entity_rows_without_a_key_column_are_refused(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 1)).rename(columns={"customer_id": "customer"})
    assert refused(store, rows) == "the entity rows have no column 'customer_id'; did you mean 'customer'?"


def test_entity_rows_without_the_time_column_are_refused(store: Any) -> None:
    said = refused(store, store.asked((1, 1)), time="event_timestamp")
    assert said.startswith("the entity rows have no column 'event_timestamp'; known: asked_at, customer_id")


def test_entity_rows_without_a_time_are_refused(store: Any) -> None:
    store.payments((1, 0, 5.0))
    assert "1 entity rows have no 'asked_at'; drop them" in refused(store, store.asked((1, 1), (1, None)))


def test_times_that_are_text_are_refused(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 1)).assign(asked_at=["2024-05-01"])
    assert "the column 'asked_at' holds str" in refused(store, rows).replace("object", "str")


@pytest.mark.parametrize("wrong", [["a"], [1.5], [True]])
def test_keys_of_another_type_are_refused(store: Any, wrong: list[object]) -> None:
    store.payments((1, 0, 5.0))
    said = refused(store, store.asked((1, 1)).assign(customer_id=wrong))
    assert said.startswith("the key 'customer_id' of the entity rows is") and "its entity says int64" in said


@pytest.mark.parametrize(("dtype", "number"), [("float64", 2.0**53), ("float32", 2.0**24), ("float64", numpy.inf)])
def test_keys_that_are_too_large_for_a_float_are_refused(store: Any, dtype: str, number: float) -> None:
    store.payments((1, 0, 5.0))
    said = refused(store, store.asked((1, 1)).assign(customer_id=numpy.array([number], dtype=dtype)))
    assert said.startswith("the column 'customer_id' has floats that are too large to tell whole numbers apart; keep")
    rows = store.asked((1, 1)).assign(customer_id=numpy.array([-number / 2 if number < 1e30 else 1.0], dtype=dtype))
    assert len(store.get(rows)) == 1


@pytest.mark.parametrize("values", [[2**70], ["\ud800"]])
def test_keys_that_no_table_can_hold_are_refused(store: Any, values: list[object]) -> None:
    store.payments((1, 0, 5.0))
    said = refused(store, store.asked((1, 1)).assign(customer_id=pandas.Series(values, dtype=object)))
    assert said.startswith("the column 'customer_id' has values that no table can hold: ")


def test_an_entity_column_with_the_name_of_a_feature_is_refused(store: Any) -> None:
    store.payments((1, 0, 5.0))
    said = refused(store, store.asked((1, 1), amount=[1.0]))
    assert said == (
        "the entity rows have the column 'amount', and the set has a feature of that name; "
        "rename or drop the column of the entity rows"
    )


def test_an_entity_column_that_is_there_twice_is_refused(store: Any) -> None:
    store.payments((1, 0, 5.0))
    rows = store.asked((1, 1), note=[1])
    assert "the column 'note' twice" in refused(store, pandas.concat([rows, rows[["note"]]], axis=1))


def test_an_unknown_set_is_refused_with_the_nearest_name(store: Any) -> None:
    store.files[SET] = store.files[SET].replace("name: churn", "name: chrun")
    assert refused(store, store.asked((1, 1))) == "there is no feature set 'churn'; did you mean 'chrun'?"


def test_definitions_that_do_not_fit_are_refused_before_any_data_is_read(store: Any) -> None:
    store.edit(VIEW, "[customer]", "[custmer]")
    with pytest.raises(InputErrors) as error:
        store.get(store.asked((1, 1)))
    assert f"{VIEW}:5:12: there is no entity 'custmer'; did you mean 'customer'?" in str(error.value)


def test_definitions_that_the_set_does_not_use_may_be_wrong(store: Any) -> None:
    store.files["features/views/other.yaml"] = store.files[VIEW].replace("spend", "other").replace("tx", "nowhere")
    store.payments((1, 0, 5.0))
    assert store.amounts((1, 1)) == [5.0]
