"""Any history: the store answers what a loop over all events answers."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EPOCH = datetime(2024, 3, 10, tzinfo=UTC)
TTL, WINDOW = 20, 30
VIEWS = {
    "features/views/forever.yaml": """\
kind: feature_view
name: forever
version: 1
owner: o
description: Newest values
entities: [customer]
source: tx
features:
  - {name: amount, dtype: float64, description: d}
  - {name: items, dtype: int64, description: d}
""",
    "features/views/recent.yaml": f"""\
kind: feature_view
name: recent
version: 3
owner: o
description: Newest values that are young, and what happened in a window
entities: [customer]
source: tx
ttl: {TTL}s
transform: {{sql: "SELECT *, items AS young, amount AS paid FROM tx"}}
aggregations:
  - {{name: rows, fn: count, window: {WINDOW}s}}
  - {{name: known, column: amount, fn: count, window: {WINDOW}s}}
  - {{name: total, column: amount, fn: sum, window: {WINDOW}s}}
  - {{name: average, column: amount, fn: mean, window: {WINDOW}s}}
  - {{name: least, column: items, fn: min, window: {WINDOW}s}}
  - {{name: greatest, column: items, fn: max, window: {WINDOW}s}}
  - {{name: whole, column: items, fn: sum, window: {WINDOW}s}}
features:
  - {{name: young, dtype: int64, description: d}}
  - {{name: rows, dtype: int64, description: d}}
  - {{name: known, dtype: int64, description: d}}
  - {{name: total, dtype: float64, description: d}}
  - {{name: average, dtype: float64, description: d}}
  - {{name: least, dtype: int64, description: d}}
  - {{name: greatest, dtype: int64, description: d}}
  - {{name: whole, dtype: int64, description: d}}
""",
}
WINDOWED = ("rows", "known", "total", "average", "least", "greatest", "whole")
SOURCE = """\
kind: source
name: tx
path: data/tx.parquet
timestamp: paid_at
columns: {customer_id: int64, paid_at: timestamp, amount: float64, items: int64}
owner: o
description: d
"""


@dataclass(frozen=True)
class Event:
    key: int | None
    second: float | None
    amount: float | None
    items: int | None


keys = st.none() | st.integers(0, 3)
# Whole seconds meet often; microseconds find the ends of windows.
seconds = st.integers(0, 90) | st.integers(0, 90_000_000).map(lambda micros: micros / 1_000_000)
amounts = st.none() | st.integers(-5, 5).map(float) | st.floats(-1e12, 1e12, allow_nan=False)
events = st.builds(Event, keys, st.none() | seconds, amounts, st.none() | st.integers(-(2**40), 2**40))
histories = st.lists(events, max_size=40)
questions = st.lists(st.tuples(keys, seconds), min_size=1, max_size=15)
units = st.sampled_from([("us", "UTC"), ("ns", "UTC"), ("us", None), ("ns", None)])


def profile(examples: int) -> Any:
    fixture_is_rewritten = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, suppress_health_check=fixture_is_rewritten, derandomize=True)


@profile(25)
@given(history=histories, asked=questions, unit=units, asked_unit=units)
def test_a_short_history_is_answered_like_a_loop_would(
    store: Any, history: Any, asked: Any, unit: Any, asked_unit: Any
) -> None:
    compare(store, history, asked, unit, asked_unit)


@pytest.mark.slow
@profile(400)
@given(history=histories, asked=questions, unit=units, asked_unit=units)
def test_many_histories_are_answered_like_a_loop_would(
    store: Any, history: Any, asked: Any, unit: Any, asked_unit: Any
) -> None:
    compare(store, history, asked, unit, asked_unit)


def compare(store: Any, history: list[Event], asked: Any, unit: Any, asked_unit: Any) -> None:
    arrange(store, history, unit)
    customers = pandas.array([key for key, _ in asked], dtype="Int64")
    times = pyarrow.array([moment(second) for _, second in asked], pyarrow.timestamp("us", "UTC"))
    frame = store.get(
        pandas.DataFrame({"customer_id": customers, "asked_at": times.cast(time(asked_unit)).to_pandas()})
    )
    assert len(frame) == len(asked)
    for (key, second), (_, row) in zip(asked, frame.iterrows(), strict=True):
        answer = {name: None if pandas.isna(value) else value for name, value in row.items()}
        mine = [event for event in history if key is not None and event.key == key and event.second is not None]
        past = [event for event in mine if event.second <= second]
        assert answer["amount"] == newest(past, lambda event: (event.amount, event.items), 0)
        assert answer["items"] == newest(past, lambda event: (event.amount, event.items), 1)
        fresh = past if past and micros(second) - micros(max(e.second for e in past)) <= TTL * 1_000_000 else []
        assert answer["young"] == newest(fresh, lambda event: (event.items,), 0)
        window = [event for event in past if micros(event.second) > micros(second) - WINDOW * 1_000_000]
        require_windowed(answer, window)


def newest(past: list[Event], columns: Any, index: int) -> Any:
    """The value of the newest event; of several, of the one whose columns are greatest, null being smallest."""
    if not past:
        return None
    last = max(event.second for event in past)
    ranked = [columns(event) for event in past if event.second == last]
    return max(ranked, key=lambda row: [(value is not None, value or 0) for value in row])[index]


def require_windowed(answer: dict[str, Any], window: list[Event]) -> None:
    paid = [event.amount for event in window if event.amount is not None]
    items = [event.items for event in window if event.items is not None]
    assert answer["rows"] == len(window) and answer["known"] == len(paid)
    assert answer["least"] == min(items, default=None) and answer["greatest"] == max(items, default=None)
    assert answer["whole"] == (sum(items) if items else None)
    if not paid:
        assert answer["total"] is None and answer["average"] is None
        return
    error = 1e-12 * math.fsum(map(abs, paid))
    assert answer["total"] == pytest.approx(math.fsum(paid), abs=error, rel=0)
    assert answer["average"] == pytest.approx(math.fsum(paid) / len(paid), abs=error, rel=0)


def arrange(store: Any, history: list[Event], unit: Any) -> None:
    store.files = {path: text for path, text in store.files.items() if "/views/" not in path} | VIEWS
    store.files["features/sources/tx.yaml"] = SOURCE
    pins = ["forever@v1:amount", "forever@v1:items", "recent@v3:young", *(f"recent@v3:{name}" for name in WINDOWED)]
    entries = "".join(f"  - {pin}\n" for pin in pins)
    store.files["features/sets/churn.yaml"] = (
        f"kind: feature_set\nname: churn\nowner: o\ndescription: d\nfeatures:\n{entries}"
    )
    times = pyarrow.array([moment(event.second) for event in history], pyarrow.timestamp("us", "UTC"))
    columns = {
        "customer_id": pyarrow.array([event.key for event in history], pyarrow.int64()),
        "paid_at": times.cast(time(unit)),
        "amount": pyarrow.array([event.amount for event in history], pyarrow.float64()),
        "items": pyarrow.array([event.items for event in history], pyarrow.int64()),
    }
    store.arrow("data/tx.parquet", pyarrow.table(columns))


def time(unit: tuple[str, str | None]) -> pyarrow.DataType:
    return pyarrow.timestamp(*unit)


def moment(second: float | None) -> datetime | None:
    return None if second is None else EPOCH + timedelta(microseconds=micros(second))


def micros(second: float) -> int:
    return round(second * 1_000_000)
