from datetime import UTC, date, datetime

import pytest

from gitmlops.errors import InputError
from gitmlops.monitor.observing.windows import cut, passed

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def at(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def labels(by: str, first: str, last: str, until: datetime = LATER, newest: int = 1_000) -> list[str]:
    return [window.label for window in cut(by, first=at(first), until=until, last=at(last), newest=newest)]


def test_months_are_calendar_months_and_the_last_one_must_be_over() -> None:
    assert labels("month", "2020-11-17", "2021-02-03") == ["2020-11", "2020-12", "2021-01"]


def test_a_window_is_complete_when_the_log_reaches_its_last_day() -> None:
    assert labels("month", "2020-05-01", "2020-05-31") == ["2020-05"]
    assert labels("month", "2020-05-01", "2020-05-30") == []


def test_a_window_is_not_complete_before_its_last_day_is_over() -> None:
    assert labels("month", "2020-05-01", "2020-05-31", until=at("2020-05-31", 14)) == []
    assert labels("month", "2020-05-01", "2020-05-31", until=at("2020-06-01", 0)) == ["2020-05"]


def test_weeks_begin_on_monday_wherever_the_log_begins() -> None:
    assert labels("7d", "2020-06-03", "2020-06-14") == ["2020-06-01", "2020-06-08"]
    assert labels("1w", "2020-06-07", "2020-06-14") == ["2020-06-01", "2020-06-08"]


def test_days_before_and_after_a_window_are_known() -> None:
    window = cut("month", first=at("2020-02-10"), until=LATER, last=at("2020-02-29"), newest=9)[0]
    assert (window.start, window.end) == (date(2020, 2, 1), date(2020, 3, 1))
    assert (window.day_before, window.last_day) == (date(2020, 1, 31), date(2020, 2, 29))


def test_windows_that_have_passed_are_whole_ones_after_that_of_a_day() -> None:
    midnight = datetime(2020, 3, 1, tzinfo=UTC)
    assert [passed("month", date(2020, 2 - months, 29), midnight) for months in (0, 1)] == [0, 1]
    assert [passed("7d", date(2020, 2, day), midnight) for day in (9, 10, 17)] == [2, 1, 0]
    assert [passed("1d", date(2020, 2, day), midnight) for day in (27, 28, 29)] == [2, 1, 0]


def test_parts_of_a_day_are_no_window() -> None:
    with pytest.raises(InputError, match=r"36h is not a whole number of days; write e.g. 1d"):
        labels("36h", "2020-06-03", "2020-06-14")


def test_only_the_newest_windows_are_cut_however_old_the_log_is() -> None:
    days = labels("1d", "1970-01-01", "2020-06-14")
    assert (len(days), days[-1]) == (1_000, "2020-06-14")
    assert labels("month", "2001-01-01", "2020-06-30", newest=3) == ["2020-04", "2020-05", "2020-06"]
    assert labels("7d", "2001-01-01", "2020-06-14", newest=2) == ["2020-06-01", "2020-06-08"]
    assert labels("7d", "2020-06-08", "2020-06-14", newest=2) == ["2020-06-08"]
