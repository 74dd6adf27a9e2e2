"""Rolling origin: periods end to end, what was known before each, and a result for each."""

import itertools

import numpy
import pytest

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.periods import by_period, rolling_origin

DAYS = numpy.arange("2026-01-01", "2026-01-31", dtype="datetime64[D]")


def day(text: str) -> numpy.datetime64:
    return numpy.datetime64(text)


def test_periods_follow_each_other_until_the_last_row() -> None:
    found = rolling_origin(
        DAYS, first=day("2026-01-11"), horizon=numpy.timedelta64(7, "D"), embargo=numpy.timedelta64(2, "D")
    )
    assert [str(period.start) for period in found] == ["2026-01-11", "2026-01-18", "2026-01-25"]
    assert all(earlier.end == later.start for earlier, later in itertools.pairwise(found))
    assert found[0].known(DAYS).sum() == 8, "an embargo of two days before the origin"
    assert sum(int(period.within(DAYS).sum()) for period in found) == 20
    assert not any((period.known(DAYS) & period.within(DAYS)).any() for period in found)


def test_every_period_has_a_result_or_a_reason() -> None:
    gap = DAYS[(day("2026-01-18") > DAYS) | (day("2026-01-25") <= DAYS)]
    periods = rolling_origin(
        gap, first=day("2026-01-11"), horizon=numpy.timedelta64(7, "D"), embargo=numpy.timedelta64(0, "D")
    )

    def rows_of_a_full_week(rows: numpy.ndarray) -> float:
        if rows.sum() < 7:
            raise Unmeasurable("not a week")
        return float(rows.sum())

    found = by_period(gap, periods, rows_of_a_full_week)
    assert [(result.rows, result.value, result.reason) for result in found] == [
        (7, 7.0, ""),
        (0, None, "no rows"),
        (6, None, "not a week"),
    ]


@pytest.mark.parametrize(
    ("times", "first", "horizon", "embargo", "said"),
    [
        (DAYS, "2026-02-01", 7, 0, "no row is from 2026-02-01 on"),
        (DAYS[:0], "2026-01-01", 7, 0, "no row is from"),
        (DAYS, "2026-01-01", 0, 0, "a horizon is above 0"),
        (DAYS, "2026-01-01", 7, -1, "an embargo 0 or more"),
        (numpy.append(DAYS, numpy.datetime64("NaT")), "2026-01-01", 7, 0, "1 of 31 times are missing"),
    ],
)
def test_what_is_no_period_is_refused(times: numpy.ndarray, first: str, horizon: int, embargo: int, said: str) -> None:
    with pytest.raises(Unmeasurable, match=said):
        rolling_origin(
            times, first=day(first), horizon=numpy.timedelta64(horizon, "D"), embargo=numpy.timedelta64(embargo, "D")
        )
