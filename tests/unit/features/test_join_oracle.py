"""Any history, both forms of SQL: the join answers what a loop over all events answers."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitmlops.adapters.engines.duckdb import Engine, opened
from gitmlops.features.join import history, sql_asof, sql_portable
from gitmlops.features.join.history import Column, Events, Window

EPOCH = datetime(2024, 3, 10, tzinfo=UTC)
SECOND = 1_000_000
FORMS = (sql_asof, sql_portable)
ORDER = [Column("amount", "float64"), Column("items", "int64"), Column("word", "string")]
# Forever, within an inclusive time to live, and as the last value of a window that excludes its beginning.
VALUES = [
    Column("word", "string"),
    Column("amount", "float64", 20 * SECOND),
    Column("items", "int64", 30 * SECOND - 1),
    Column("amount", "float64"),
]
WINDOWS = [
    Window("count", None, 30, "int64"),
    Window("count", "amount", 10, "int64", "float64"),
    Window("sum", "amount", 30, "float64", "float64"),
    Window("sum", "items", 30, "int64", "int64"),
    Window("sum", "good", 20, "int64", "boolean"),
    Window("mean", "amount", 20, "float64", "float64"),
    Window("mean", "items", 60, "float64", "int64"),
    Window("min", "word", 30, "string", "string"),
    Window("max", "amount", 5, "float64", "float64"),
    Window("std", "amount", 30, "float64", "float64"),
    Window("std", "good", 60, "float64", "boolean"),
    Window("count_distinct", "items", 30, "int64", "int64"),
    Window("count_distinct", "word", 10, "int64", "string"),
]


@dataclass(frozen=True)
class Event:
    """One row of a history; times in microseconds after EPOCH."""

    customer: int | None
    shop: str | None
    at: int | None
    created: int | None
    amount: float | None
    items: int | None
    word: str | None
    good: bool | None


@dataclass(frozen=True)
class Asked:
    customer: int | None
    shop: str | None
    at: int


customers, shops = st.none() | st.integers(0, 2), st.sampled_from([None, "a", "b"])
# Whole seconds meet often; microseconds find the ends of windows.
times = st.integers(0, 90).map(lambda second: second * SECOND) | st.integers(0, 90 * SECOND)
delays = st.just(0) | st.integers(-5, 40).map(lambda second: second * SECOND) | st.integers(0, 40 * SECOND)
amounts = st.none() | st.integers(-5, 5).map(float) | st.floats(-1e9, 1e9) | st.just(math.nan)


@st.composite
def one_event(draw: Callable[[Any], Any]) -> Event:
    at = draw(st.none() | times) if draw(st.integers(0, 9)) == 0 else draw(times)
    created = None if at is None or draw(st.integers(0, 9)) == 0 else at + draw(delays)
    words, items = st.none() | st.sampled_from(["x", "y", "z"]), st.none() | st.integers(-3, 3) | st.integers(-(2**40))
    items = items.filter(lambda value: value is None or abs(value) <= 2**40)
    good = draw(st.none() | st.booleans())
    return Event(draw(customers), draw(shops), at, created, draw(amounts), draw(items), draw(words), good)


histories = st.lists(one_event(), max_size=40)
questions = st.lists(st.builds(Asked, customers, shops, times), min_size=1, max_size=12)
keys_of_a_view = st.sampled_from([("customer",), ("customer", "shop"), ()])
knowledge = st.sampled_from(["event", "created"])


def profile(examples: int) -> Any:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@profile(60)
@given(past=histories, asked=questions, keys=keys_of_a_view, known_at=knowledge)
def test_both_forms_answer_like_a_loop_would(past: Any, asked: Any, keys: Any, known_at: Any) -> None:
    compare(past, asked, keys, known_at)


@pytest.mark.slow
@profile(2000)
@given(past=histories, asked=questions, keys=keys_of_a_view, known_at=knowledge)
def test_both_forms_answer_thousands_of_histories_like_a_loop_would(
    past: Any, asked: Any, keys: Any, known_at: Any
) -> None:
    compare(past, asked, keys, known_at)


def compare(past: list[Event], asked: list[Asked], keys: tuple[str, ...], known_at: Any) -> None:
    with opened() as engine:
        for form in FORMS:
            require_answers(engine, form, past, asked, keys, known_at)


def require_answers(
    engine: Engine, form: ModuleType, past: list[Event], asked: list[Asked], keys: tuple[str, ...], known_at: Any
) -> None:
    engine.register("past", table_of(past))
    engine.register("asked", table_of_asked(asked, keys))
    events = Events("past", keys, "at", "created", known_at)
    answers = engine.table(form.latest(events, VALUES, ORDER, "asked")).to_pylist()
    windowed = engine.table(form.windows(events, WINDOWS, "asked")).to_pylist()
    assert [row["row"] for row in answers] == [row["row"] for row in windowed] == list(range(len(asked)))
    for question, answer, window in zip(asked, answers, windowed, strict=True):
        known = known_to(past, question, keys, known_at)
        require_newest(form, answer, known, question.at)
        for i, aggregation in enumerate(WINDOWS):
            require_aggregated(form, window[f"v{i}"], aggregation, known, question.at)


def known_to(past: list[Event], question: Asked, keys: tuple[str, ...], known_at: str) -> list[Event]:
    """The events of the row's keys that had happened, and were ingested where that counts."""
    return [
        event
        for event in past
        if all(getattr(event, key) is not None and getattr(event, key) == getattr(question, key) for key in keys)
        and event.at is not None
        and event.at <= question.at
        and (known_at == "event" or (event.created is not None and event.created <= question.at))
    ]


def require_newest(form: ModuleType, answer: dict[str, Any], known: list[Event], now: int) -> None:
    last = max(known, key=rank, default=None)
    for i, column in enumerate(VALUES):
        expected = None
        if last is not None and (column.within is None or now - happened_at(last) <= column.within):
            expected = number(getattr(last, column.name))
        assert answer[f"v{i}"] == expected, (form.__name__, column)


def rank(event: Event) -> list[tuple[bool, Any]]:
    """Newer events are greater; then those created later, then those with greater columns; null is smallest."""
    values = (event.at, event.created, number(event.amount), event.items, event.word)
    return [(value is not None, value if value is not None else 0) for value in values]


def require_aggregated(form: ModuleType, found: Any, window: Window, known: list[Event], now: int) -> None:
    inside = [event for event in known if happened_at(event) > now - window.micros]
    column = window.column or "at"
    values = [value for event in inside if (value := number(getattr(event, column))) is not None]
    about = (form.__name__, window, values)
    if window.function in ("count", "count_distinct"):
        assert found == len(values if window.function == "count" else set(values)), about
    elif not values or (window.function == "std" and len(values) < 2):
        assert found is None, about
    elif window.function in ("min", "max"):
        assert found == {"min": min, "max": max}[window.function](values), about
    elif window.dtype == "int64":
        assert found == sum(values), about
    elif window.function == "std":
        # A difference below 1e-154 has a square that no float can hold.
        error = max(1e-12 * largest(values), 1e-153)
        assert found == pytest.approx(statistics.stdev(map(float, values)), rel=1e-9, abs=error), about
    else:
        share = len(values) if window.function == "mean" else 1
        error = 1e-12 * math.fsum(map(abs, values)) / share
        assert found == pytest.approx(math.fsum(values) / share, rel=0, abs=error), about


def largest(values: Sequence[Any]) -> float:
    return max(abs(float(value)) for value in values)


def happened_at(event: Event) -> int:
    assert event.at is not None
    return event.at


def number(value: Any) -> Any:
    """A float that is not a number is a null."""
    return None if isinstance(value, float) and math.isnan(value) else value


def table_of(past: list[Event]) -> pyarrow.Table:
    types = {"amount": pyarrow.float64(), "items": pyarrow.int64(), "word": pyarrow.string(), "good": pyarrow.bool_()}
    types |= {"customer": pyarrow.int64(), "shop": pyarrow.string()}
    columns = {name: pyarrow.array([getattr(event, name) for event in past], type_) for name, type_ in types.items()}
    columns |= {name: moments([getattr(event, name) for event in past]) for name in ("at", "created")}
    return pyarrow.table(columns)


def moments(micros: Sequence[int | None]) -> pyarrow.Array:
    values = [None if micro is None else EPOCH + timedelta(microseconds=micro) for micro in micros]
    return pyarrow.array(values, pyarrow.timestamp("us", "UTC"))


def table_of_asked(asked: list[Asked], keys: tuple[str, ...]) -> pyarrow.Table:
    types = {"customer": pyarrow.int64(), "shop": pyarrow.string()}
    named = {
        history.key(key).strip('"'): pyarrow.array([getattr(one, key) for one in asked], types[key]) for key in keys
    }
    start = int(EPOCH.timestamp()) * SECOND
    moment = pyarrow.array([start + one.at for one in asked], pyarrow.int64())
    return pyarrow.table({"row": pyarrow.array(range(len(asked)), pyarrow.int64()), "moment": moment, **named})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("created", ["infinity", "-infinity"])
def test_an_ingestion_time_that_no_clock_shows_makes_an_event_known_to_nobody(form: ModuleType, created: str) -> None:
    with opened() as engine:
        at = "TIMESTAMPTZ '1970-01-01 00:00:01+00' AS at"
        engine.keep("past", f"SELECT {at}, TIMESTAMPTZ '{created}' AS created, 5.0 AS amount")
        engine.keep("asked", f"SELECT 0 AS row, CAST({2 * SECOND} AS BIGINT) AS moment")
        events = Events("past", (), "at", "created", "created")
        amount = Column("amount", "float64")
        assert engine.table(form.latest(events, [amount], [amount], "asked"))["v0"].to_pylist() == [None]
        counted = Window("count", None, 60, "int64")
        assert engine.table(form.windows(events, [counted], "asked"))["v0"].to_pylist() == [0]
