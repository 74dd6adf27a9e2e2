"""Ingestion times, time zones, last values of windows, on-demand features: through definitions and data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest

from gitmlops.adapters.engines.duckdb import opened
from gitmlops.errors import InputError, InputErrors

VIEW, SET, SOURCE = "features/views/spend.yaml", "features/sets/churn.yaml", "features/sources/tx.yaml"
RATIO = "features/on_demand/ratio.yaml"
T0 = datetime(2024, 5, 1, 12, tzinfo=UTC)


def ingested(store: Any, *rows: tuple[Any, Any, Any, Any], known_at: str = "created") -> None:
    """Write (customer, minutes after T0, minutes of the ingestion after T0, amount), and let the view heed them."""
    if "created_timestamp" not in store.files[SOURCE]:
        store.edit(SOURCE, "timestamp: paid_at", "timestamp: paid_at\ncreated_timestamp: seen_at")
        store.edit(SOURCE, "  amount:", "  seen_at: timestamp\n  amount:")
        store.edit(VIEW, "source: tx", f"source: tx\nknown_at: {known_at}")
    customers, minutes, seen, amounts = zip(*rows, strict=True)
    columns = {
        "customer_id": pyarrow.array(customers, pyarrow.int64()),
        "paid_at": times(minutes),
        "seen_at": times(seen),
        "amount": pyarrow.array(amounts, pyarrow.float64()),
    }
    store.arrow("data/tx.parquet", pyarrow.table(columns))


def times(minutes: Any) -> pyarrow.Array:
    values = [None if minute is None else T0 + timedelta(minutes=minute) for minute in minutes]
    return pyarrow.array(values, pyarrow.timestamp("us", "UTC"))


def aggregate(store: Any, name: str, fn: str, dtype: str = "float64", column: str = "amount") -> None:
    """Put an aggregation over an hour into the view and the set, in place of its feature."""
    before = store.files[VIEW].partition("features:")[0]
    one = f"  - {{name: {name}, column: {column}, fn: {fn}, window: 1h}}\n"
    feature = f"  - {{name: {name}, dtype: {dtype}, description: d}}\n"
    store.files[VIEW] = f"{before}aggregations:\n{one}features:\n{feature}version: 1\n"
    store.files[SET] = store.files[SET].partition("features:")[0] + f"features: ['spend@v1:{name}']\n"


def test_of_rows_of_one_time_the_last_created_answers(store: Any) -> None:
    ingested(store, (1, 0, 2, 5.0), (1, 0, 3, 4.0), (1, 0, 1, 9.0), (1, 0, None, 10.0), known_at="event")
    assert store.amounts((1, 1)) == [4.0]


def test_a_newer_event_beats_a_later_ingestion(store: Any) -> None:
    ingested(store, (1, 0, 100, 5.0), (1, 1, 2, 6.0), known_at="event")
    assert store.amounts((1, 200)) == [6.0]
    ingested(store, (1, 0, 100, 5.0), (1, 1, 2, 6.0))
    store.edit(VIEW, "known_at: event", "known_at: created")
    assert store.amounts((1, 200)) == [6.0]


def test_known_at_created_a_row_is_not_seen_before_it_was_ingested(store: Any) -> None:
    ingested(store, (1, 0, 10, 5.0), (1, 5, 5, 6.0), (1, 7, 30, 7.0))
    assert store.amounts((1, 4), (1, 5), (1, 10), (1, 29), (1, 30)) == [None, 6.0, 6.0, 6.0, 7.0]


def test_known_at_created_a_row_ingested_before_its_time_is_seen_from_its_time_on(store: Any) -> None:
    ingested(store, (1, 10, 0, 5.0))
    assert store.amounts((1, 9), (1, 10)) == [None, 5.0]


def test_known_at_created_a_row_without_an_ingestion_time_is_never_seen(store: Any) -> None:
    ingested(store, (1, 0, None, 5.0))
    assert store.amounts((1, 1000)) == [None]


def test_known_at_event_a_row_without_an_ingestion_time_counts(store: Any) -> None:
    ingested(store, (1, 0, None, 5.0), known_at="event")
    assert store.amounts((1, 0)) == [5.0]


def test_known_at_created_a_value_ages_from_its_event_on(store: Any) -> None:
    store.edit(VIEW, "entities:", "ttl: 1h\nentities:")
    ingested(store, (1, 0, 50, 5.0))
    assert store.amounts((1, 49), (1, 60), (1, 61)) == [None, 5.0, None]


def test_known_at_created_windows_leave_out_what_was_not_ingested_yet(store: Any) -> None:
    aggregate(store, "total", "sum")
    ingested(store, (1, 0, 0, 1.0), (1, 10, 40, 2.0), (1, 20, 200, 4.0), (1, 30, None, 8.0))
    asked = [(1, 9), (1, 39), (1, 40), (1, 59), (1, 60), (1, 70), (1, 200)]
    assert store.amounts(*asked, column="total") == [1.0, 1.0, 3.0, 3.0, 2.0, None, None]


def test_ingestion_times_that_the_source_does_not_have_are_asked_for(store: Any) -> None:
    store.edit(VIEW, "source: tx", "source: tx\nknown_at: created")
    with pytest.raises(InputErrors, match=f"{VIEW}:7:11: .*name its column under `created_timestamp`"):
        store.amounts((1, 1))


def test_the_last_value_of_a_window_is_the_newest_rows_even_if_null(store: Any) -> None:
    aggregate(store, "recent", "last")
    store.payments((1, 0, 5.0), (1, 10, 6.0), (2, 0, 7.0), (2, 1, None))
    assert store.amounts((1, 9), (1, 69), (1, 70), (2, 5), column="recent") == [5.0, 6.0, None, None]


def test_the_deviation_is_that_of_a_sample(store: Any) -> None:
    aggregate(store, "spread", "std")
    store.payments((1, 0, 1e9 + 1), (1, 1, 1e9 + 2), (1, 2, 1e9 + 4), (2, 0, 3.0))
    found = store.amounts((1, 2), (2, 2), (3, 2), column="spread")
    # A sum of squares would have lost every digit here.
    assert found[0] == pytest.approx((7 / 3) ** 0.5, rel=1e-7) and found[1:] == [None, None]


def test_distinct_values_are_counted_without_nulls(store: Any) -> None:
    aggregate(store, "kinds", "count_distinct", "int64")
    store.payments((1, 0, 1.0), (1, 1, 1.0), (1, 2, 2.0), (1, 3, None))
    assert store.amounts((1, 5), (2, 5), (1, 62), column="kinds") == [2, 0, 0]


def test_a_sum_of_infinities_of_both_signs_is_a_null(store: Any) -> None:
    aggregate(store, "total", "sum")
    store.payments((1, 0, float("inf")), (1, 1, float("-inf")))
    assert store.amounts((1, 0), (1, 1), column="total") == [float("inf"), None]


def test_which_of_two_alike_rows_answers_does_not_depend_on_what_is_asked(store: Any) -> None:
    store.edit(SOURCE, "amount: float64", "amount: float64\n  items: int64")
    store.edit(VIEW, "version:", "  - {name: items, dtype: int64, description: d}\nversion:")
    columns = {"customer_id": [1, 1], "paid_at": times([0, 0]), "amount": [2.0, 1.0], "items": [3, 4]}
    store.arrow("data/tx.parquet", pyarrow.table(columns))
    alone, both = store.files[SET].replace("amount", "items"), store.files[SET] + "  - spend@v1:items\n"
    for text in (alone, both):
        store.files[SET] = text
        assert store.amounts((1, 1), column="items") == [3]


def test_times_without_a_zone_are_those_of_the_sources_zone(store: Any) -> None:
    store.edit(SOURCE, "timestamp: paid_at", "timestamp: paid_at\ntimezone: America/New_York")
    naive = pyarrow.array([datetime(2024, 5, 1, 8), datetime(2024, 1, 1, 7)], pyarrow.timestamp("ns"))
    store.arrow("data/tx.parquet", pyarrow.table({"customer_id": [1, 2], "paid_at": naive, "amount": [5.0, 6.0]}))
    winter = -121 * 24 * 60
    assert store.amounts((1, -1), (1, 0), (2, winter - 1), (2, winter)) == [None, 5.0, None, 6.0]


@pytest.mark.parametrize("unit", ["ms", "us", "ns", "int96"])
def test_times_without_a_zone_are_those_of_the_sources_zone_however_they_are_written(store: Any, unit: str) -> None:
    store.edit(SOURCE, "timestamp: paid_at", "timestamp: paid_at\ntimezone: America/New_York")
    naive = pyarrow.array([datetime(2024, 5, 1, 8)], pyarrow.timestamp("ns" if unit == "int96" else unit))
    table = pyarrow.table({"customer_id": [1], "paid_at": naive, "amount": [5.0]})
    (store.root / "data").mkdir()
    path = store.root / "data/tx.parquet"
    # Twelve bytes are how Hive and Spark write times.
    pyarrow.parquet.write_table(table, path, use_deprecated_int96_timestamps=unit == "int96")
    assert store.amounts((1, -1), (1, 0)) == [None, 5.0]


def test_times_with_a_zone_are_left_alone_by_the_sources_zone(store: Any) -> None:
    store.edit(SOURCE, "timestamp: paid_at", "timestamp: paid_at\ntimezone: America/New_York")
    store.payments((1, 0, 5.0))
    assert store.amounts((1, -1), (1, 0)) == [None, 5.0]


def test_of_a_csv_file_only_times_without_a_zone_are_those_of_the_sources_zone(store: Any) -> None:
    store.edit(SOURCE, "timestamp: paid_at", "timestamp: paid_at\ntimezone: America/New_York")
    store.edit(SOURCE, "data/tx.parquet", "data/tx.csv")
    (store.root / "data").mkdir()
    lines = ("1,2024-05-01 08:00:00,1", "2,2024-05-01T12:00:00Z,2", "3,2024-05-01T14:00:00.0+02:00,3", "4,2024-05-01,4")
    (store.root / "data/tx.csv").write_text("\n".join(("customer_id,paid_at,amount", *lines)))
    early = [(key, -1) for key in (1, 2, 3)] + [(4, -481), (4, -480)]
    assert store.amounts(*early) == [None, None, None, None, 4.0]
    assert store.amounts((1, 0), (2, 0), (3, 0)) == [1.0, 2.0, 3.0]


def on_demand(store: Any, sql: str = "asked / nullif(amount, 0)", dtype: str = "float64", request: str = "") -> None:
    store.files[RATIO] = (
        "kind: on_demand\nname: ratio\nowner: crm\ndescription: d\ninputs: ['spend@v1:amount']\n"
        f"request: {{{request or 'asked: float64'}}}\nsql: {sql}\ndtype: {dtype}\n"
    )
    store.files[SET] = store.files[SET].partition("features:")[0] + "features: [ratio@v1]\n"


def test_an_on_demand_feature_is_computed_from_features_and_fields_of_the_rows(store: Any) -> None:
    on_demand(store)
    store.payments((1, 0, 4.0), (2, 0, 0.0))
    frame = store.get(store.asked((1, 1), (2, 1), (3, 1), (1, -1), asked=[2.0, 2.0, 2.0, 2.0]))
    assert list(frame.columns) == ["customer_id", "asked_at", "asked", "ratio"]
    assert store.values(frame["ratio"]) == [0.5, None, None, None]


def test_a_field_of_the_request_is_taken_in_its_declared_type(store: Any) -> None:
    on_demand(store)
    store.payments((1, 0, 4.0))
    assert store.values(store.get(store.asked((1, 1), asked=[1]))["ratio"]) == [0.25]
    with pytest.raises(InputError, match="the field 'asked' of the entity rows is string, the on-demand feature says"):
        store.get(store.asked((1, 1), asked=["1"]))


def test_a_field_of_the_request_that_the_rows_do_not_have_is_named(store: Any) -> None:
    on_demand(store)
    store.payments((1, 0, 4.0))
    with pytest.raises(InputError, match="the entity rows have no column 'asked'; did you mean 'asked_at'"):
        store.get(store.asked((1, 1)))


def test_a_field_of_the_request_is_not_a_key_of_another_type(store: Any) -> None:
    on_demand(store, sql="customer_id", dtype="string", request="customer_id: string")
    store.payments((1, 0, 4.0))
    with pytest.raises(
        InputError, match=f"{RATIO}:6:24: the entity rows' 'customer_id' is int64 elsewhere, and string"
    ):
        store.get(store.asked((1, 1)))


def test_an_on_demand_feature_may_need_no_view_at_all(store: Any) -> None:
    on_demand(store, sql="asked * 2")
    store.edit(RATIO, "inputs: ['spend@v1:amount']\n", "")
    frame = store.get(store.asked((1, 1), (None, 2), asked=[1.0, float("nan")]))
    assert store.values(frame["ratio"]) == [2.0, None]


@pytest.mark.parametrize("sql", ["sum(asked)", "max(asked) OVER ()", "unnest([asked, 1])", "(SELECT 1.0)"])
def test_an_on_demand_feature_sees_no_row_but_its_own(store: Any, sql: str) -> None:
    on_demand(store, sql=sql)
    store.payments((1, 0, 4.0))
    with pytest.raises(InputError) as error:
        store.get(store.asked((1, 1), asked=[1.0]))
    assert str(error.value).startswith(f"{RATIO}:7:6: ")


def test_a_value_that_an_on_demand_feature_cannot_take_is_reported_at_its_sql(store: Any) -> None:
    on_demand(store, sql="CAST(word AS DOUBLE) + amount", request="word: string")
    store.payments((1, 0, 4.0))
    with pytest.raises(InputError, match=f"{RATIO}:7:6: Could not convert string 'x' to DOUBLE"):
        store.get(store.asked((1, 1), word=["x"]))


def test_columns_of_the_rows_may_have_the_names_that_the_join_uses_inside(store: Any) -> None:
    store.payments((1, 0, 4.0))
    names = ["row", "moment", "known", "created", "c0", "v0", "k0", "e", "f", "given", "file_row_number"]
    rows = store.asked((1, 1), (2, 1), **{name: [1, 2] for name in names})
    frame = store.get(rows)
    pandas.testing.assert_frame_equal(frame[rows.columns], rows)
    assert store.values(frame["amount"]) == [4.0, None]


def test_a_key_may_be_called_row_or_moment(store: Any) -> None:
    for path in (SOURCE, "features/entities/customer.yaml"):
        store.files[path] = store.files[path].replace("customer_id", "row")
    columns = {"row": [1], "paid_at": times([0]), "amount": [5.0]}
    store.arrow("data/tx.parquet", pyarrow.table(columns))
    assert store.values(store.get(store.asked((1, 1)).rename(columns={"customer_id": "row"}))["amount"]) == [5.0]


def test_a_transform_may_rename_the_key(store: Any) -> None:
    store.edit(SOURCE, "  customer_id:", "  payer:")
    store.edit(VIEW, "features:", "transform: {sql: 'SELECT payer AS customer_id, paid_at, amount FROM tx'}\nfeatures:")
    store.arrow("data/tx.parquet", pyarrow.table({"payer": [1], "paid_at": times([0]), "amount": [5.0]}))
    assert store.amounts((1, 0), (2, 0)) == [5.0, None]


def test_an_engine_keeps_to_the_memory_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITMLOPS_MEMORY_LIMIT", "300MB")
    with opened() as engine:
        (row,) = engine.table("SELECT current_setting('memory_limit') AS set").to_pylist()
    assert row["set"] == "286.1 MiB"
    monkeypatch.setenv("GITMLOPS_MEMORY_LIMIT", "a lot")
    with pytest.raises(InputError, match="GITMLOPS_MEMORY_LIMIT: 'a lot' is no amount of memory; write a number"):
        opened().__enter__()


def test_a_view_on_a_view_sees_aggregations_as_they_were_known_at_each_rows_own_time(store: Any) -> None:
    lines = "".join(
        f"  - {{name: {name}, column: amount, fn: {fn}, window: 1h}}\n"
        for name, fn in (("total", "sum"), ("recent", "last"))
    )
    names = ("total", "recent")
    features = "".join(f"  - {{name: {name}, dtype: float64, description: d}}\n" for name in names)
    before = store.files[VIEW].partition("features:")[0]
    store.files[VIEW] = f"{before}aggregations:\n{lines}features:\n{features}version: 1\n"
    above = store.files[VIEW].replace("name: spend", "name: habits").replace("source: tx", "source: spend@v1")
    store.files["features/views/habits.yaml"] = above.replace(f"aggregations:\n{lines}", "")
    pins = ", ".join(f"habits@v1:{name}" for name in names)
    store.files[SET] = store.files[SET].partition("features:")[0] + f"features: [{pins}]\n"
    ingested(store, (1, 0, 30, 1.0), (1, 10, 10, 2.0), (1, 40, 40, 4.0), (2, 0, 0, 8.0))
    frame = store.get(store.asked((1, 9), (1, 10), (1, 39), (1, 40), (2, 100)))
    assert store.values(frame["total"]) == [None, 2.0, 2.0, 7.0, 8.0]
    assert store.values(frame["recent"]) == [None, 2.0, 2.0, 4.0, 8.0]
