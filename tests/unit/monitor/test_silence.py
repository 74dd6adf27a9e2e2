"""What comes no more: rules on values alone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
import numpy
import pytest
from tests import serving

from gitmlops.monitor.observing.log import microseconds
from gitmlops.monitor.observing.observation import Observation, Unit
from gitmlops.monitor.observing.windows import Window, midnight
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.silence import ago, ended
from gitmlops.specs.model import Evaluation, Model, Staleness, Task, Windows

MONDAY = date(2020, 6, 1)
DAYS = msgspec.structs.replace(serving.MONITORING, windows=Windows(by="1d"))
MODEL = Model(
    kind="model",
    name=serving.MODEL,
    artifact="models/tiny.skops",
    owner="us",
    risk_tier="low",
    intended_use="Tests.",
    not_intended_for="Else.",
    task=Task(kind="binary", label="late"),
    evaluation=Evaluation(data="data/e.parquet", labels="data/l.parquet", id="row_id"),
    monitoring=DAYS,
)


def seen(rows: Sequence[int], outcomes: Sequence[int] = ()) -> Observation:
    """So many rows on each day from a Monday on, and so many of their outcomes, all of which are due."""
    days = [MONDAY + timedelta(days=place) for place in range(len(rows))]
    windows = [Window(str(day), day, day + timedelta(days=1)) for day in days]
    known = [*outcomes, *[0] * (len(rows) - len(outcomes))]
    units = [
        Unit(window, "v1.0.0", count, place, 0.5, Tally(numpy.zeros(1, dtype=numpy.int64)), {}, numpy.zeros(labelled),
             numpy.zeros(labelled), True)
        for place, (window, count, labelled) in enumerate(zip(windows, rows, known, strict=True)) if count
    ]  # fmt: skip
    newest, labelled_day = units[-1].window.start, [unit.window.start for unit in units if len(unit.labels)][-1:]
    return Observation(
        tuple(windows), tuple(units), {}, {}, 0, 0, 0, 0, newest=microseconds(midnight(newest)),
        newest_outcome=microseconds(midnight(labelled_day[0])) if labelled_day else 0,
    )  # fmt: skip


def after(days: float) -> datetime:
    """So many days after that Monday began."""
    return midnight(MONDAY) + timedelta(days=days)


def told(observation: Observation, until: datetime, staleness: Staleness | None = None) -> list[str]:
    found = ended(observation, msgspec.structs.replace(MODEL, staleness=staleness), until)
    return [one.finding.message for one in found]


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (after(3.9), ""),
        (after(4), "2 days ago: a whole window of 1d has passed"),
        (after(12), "10 days ago: 9 whole windows of 1d have passed"),
    ],
)
def test_a_whole_window_without_a_prediction_is_told(until: datetime, said: str) -> None:
    observation = seen([100, 100, 100], [90, 90, 90])
    expected = [f"nothing was predicted since 2020-06-03 00:00 UTC, {said}"]
    assert told(observation, until) == (expected if said else [])


def test_who_serves_on_working_days_is_not_warned_of_each_weekend() -> None:
    week = [100] * 5 + [0, 0]
    weeks = seen([*week, *week, *week[:5]], [90] * 19)
    assert told(weeks, after(21)) == []
    assert len(told(weeks, after(22))) == 1


def test_one_long_failure_does_not_make_the_next_one_usual() -> None:
    assert told(seen([100] * 7 + [0] * 30 + [100] * 7, [90] * 44), after(46)) != []


def test_a_number_of_the_model_takes_the_place_of_the_rule() -> None:
    observation = seen([100, 100, 100])
    assert told(observation, after(30), Staleness(predictions_within="60d", labels_within="60d")) == []


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([90, 90], ""),  # of one day alone they may be late once
        ([90], "none of the latest 200 outcomes that are due is known; the newest is of a prediction of 2020-06-01"),
        ([], "none of the latest 300 outcomes that are due is known; none ever came"),
        ([3], ""),  # 3 % of 200 rows are 6: that none of them comes may be chance
        ([90, 0, 1], ""),
    ],
)
def test_outcomes_that_came_and_come_no_more_are_told(outcomes: list[int], said: str) -> None:
    found = told(seen([100, 100, 100 if len(outcomes) != 2 else 9], outcomes), after(3))
    assert [message.startswith(said) for message in found] == [True] * bool(said)


def test_an_age_is_in_hours_where_days_would_hide_it() -> None:
    assert [ago(timedelta(hours=hours)) for hours in (5, 47, 48)] == ["5 hours ago", "47 hours ago", "2 days ago"]
