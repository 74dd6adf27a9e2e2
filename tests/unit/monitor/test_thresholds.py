"""From which effect on a column has drifted, and what of it lasts: rules on numbers alone."""

from datetime import date, timedelta

import numpy
import pytest

from gitmlops.monitor.drift.persistence import Past, persists
from gitmlops.monitor.drift.slow_drift import Sums, added, usual, usual_shift
from gitmlops.monitor.drift.thresholds import Periods, comparable, limits
from gitmlops.monitor.observing.windows import Window
from gitmlops.specs.alarm import AlarmRules, ColumnAlarm, SlowDrift
from gitmlops.statistics.drift import rank_shift
from gitmlops.statistics.drift_bounds import sampling_margin

RULES = AlarmRules()
YEAR = Periods("day", tuple(date(2019, 1, 1) + timedelta(days=day) for day in range(365)))


def day(text: str, days: int = 1) -> Window:
    start = date.fromisoformat(text)
    return Window(text, start, start + timedelta(days=days))


def test_without_reference_periods_a_column_is_held_against_the_floors() -> None:
    found = limits("amount", RULES)
    assert (found.warning, found.threshold, found.periods) == (0.05, 0.10, 0)


def test_fewer_than_20_reference_periods_calibrate_nothing() -> None:
    assert limits("amount", RULES, numpy.full(19, 0.4)).threshold == 0.10


def test_quiet_reference_periods_leave_the_floor() -> None:
    found = limits("amount", RULES, numpy.full(365, 0.02))
    assert (found.threshold, found.periods) == (0.10, 365)


def test_restless_reference_periods_raise_the_threshold_above_all_that_they_did() -> None:
    effects = numpy.abs(numpy.random.default_rng(1).normal(0, 0.06, 365))
    found = limits("amount", RULES, effects)
    assert found.threshold > effects.max()
    assert found.warning == pytest.approx(found.threshold / 2)


def test_few_reference_periods_are_believed_less() -> None:
    effects = numpy.abs(numpy.random.default_rng(1).normal(0, 0.06, (50, 365)))
    few = numpy.mean([limits("amount", RULES, row[:20]).threshold for row in effects])
    many = numpy.mean([limits("amount", RULES, row).threshold for row in effects])
    assert few > 1.15 * many


def test_numbers_of_a_column_come_before_those_of_all() -> None:
    rules = AlarmRules(threshold=0.2, columns={"amount": ColumnAlarm(threshold=0.3, minimum_rows=10)})
    found = limits("amount", rules)
    assert (found.threshold, found.minimum_rows, found.at_once) == (0.3, 10, 2.0)
    assert limits("age", rules).threshold == 0.2


def test_a_day_is_compared_with_the_same_weekday_of_its_season_where_there_are_enough() -> None:
    three_years = Periods("day", tuple(date(2017, 1, 1) + timedelta(days=day) for day in range(3 * 365)))
    places = comparable(three_years, day("2020-07-04"), RULES)
    found = {three_years.starts[place] for place in places}
    assert {start.weekday() for start in found} == {5}
    assert {start.month for start in found} == {6, 7, 8}


def test_of_a_year_of_days_the_same_weekday_of_all_seasons_is_enough() -> None:
    places = comparable(YEAR, day("2020-07-04"), RULES)
    assert {YEAR.starts[place].weekday() for place in places} == {5}
    assert len(places) == 52


def test_weeks_are_compared_with_days_and_not_the_other_way_round() -> None:
    assert len(comparable(YEAR, day("2020-07-06", 7), RULES)) > 20
    assert comparable(Periods("week", YEAR.starts[::7]), day("2020-07-06"), RULES) == ()
    assert comparable(Periods("month", YEAR.starts[::31]), Window("2021-02", date(2021, 2, 1), date(2021, 3, 1)),
                      AlarmRules(least_periods=5)) != ()  # fmt: skip


def breaches(*which: bool, days: int = 7) -> list[Past]:
    return [
        Past(day(str(date(2020, 1, 6) + timedelta(days=days * index)), days), is_) for index, is_ in enumerate(which)
    ]


def test_a_breach_lasts_when_one_of_the_two_windows_before_had_it() -> None:
    window = day("2020-03-02", 7)
    assert persists(breaches(True), window)
    assert persists(breaches(True, False), window)
    assert not persists(breaches(True, False, False), window)
    assert not persists((), window)


def test_a_drift_of_sundays_lasts_on_the_second_sunday() -> None:
    week = breaches(*[False] * 6, True, *[False] * 6, days=1)
    assert persists(week, day("2020-01-19"))
    assert not persists(breaches(*[False] * 13, days=1), day("2020-01-19"))
    assert not persists(week[:-1], day("2020-01-18"))


def test_the_margin_of_a_sample_shrinks_with_the_root_of_its_rows() -> None:
    one, four = (sampling_margin(10**12, rows, alpha=0.05) for rows in (100, 400))
    assert one == pytest.approx(0.1358, abs=1e-4)  # Kolmogorov's 5 % limit, 1.358 / sqrt(n)
    assert one == pytest.approx(2 * four)
    assert sampling_margin(100, 0, alpha=0.05) == float("inf")


def test_a_shift_of_ranks_is_half_of_all_when_everything_is_beyond_the_reference() -> None:
    reference = numpy.array([10, 10, 10, 10])
    assert rank_shift(reference, reference * 7) == 0
    assert rank_shift(reference, numpy.array([0, 0, 0, 5])) == pytest.approx(0.375)
    assert rank_shift(reference, numpy.array([0, 5, 0, 0])) == pytest.approx(-0.125)
    assert rank_shift(reference, numpy.zeros(4, dtype=int)) is None


def test_small_shifts_to_one_side_add_up_and_end_with_their_cause() -> None:
    """A tenth of a standard deviation moves the mean rank by 0.028; of 1,000 rows chance moves it by 0.009."""
    numbers = numpy.random.default_rng(3)
    known = usual(numbers.normal(0, 0.009, 52).tolist(), range(52))
    assert known
    sums = [Sums()]
    for shift in (*numbers.normal(0.028, 0.009, 30), *numbers.normal(0, 0.009, 40)):
        sums.append(added(sums[-1], shift, 1_000, known, SlowDrift()))
    limit = SlowDrift().limit
    assert sums[1].up < limit < sums[12].up
    assert sums[-1].up < limit
    assert max(item.down for item in sums) < limit


def test_a_column_whose_periods_never_moved_has_no_measure_of_slow_drift() -> None:
    assert usual([0.0] * 30, range(30)) is None
    assert usual([], ()) is None


def test_shifts_of_neighbours_that_go_together_are_believed_less() -> None:
    numbers = numpy.random.default_rng(3)
    steps = numbers.normal(0, 0.01, 400)
    together = numpy.zeros(400)
    for index in range(1, 400):
        together[index] = 0.8 * together[index - 1] + 0.6 * steps[index]
    assert usual_shift(together) > 1.8 * usual_shift(steps)
