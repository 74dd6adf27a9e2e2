"""How time is cut: calendar months, or runs of whole days, in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gitmlops.errors import InputError
from gitmlops.specs.fields import seconds

_MONDAY = date(1970, 1, 5)
_DAY, _MONTH = 86_400, 31


@dataclass(frozen=True)
class Window:
    """Days from `start` on, `end` is the first day after it; `label` is `2013-06` for a month, else the first day."""

    label: str
    start: date
    end: date

    @property
    def last_day(self) -> date:
        """The last day of the window."""
        return self.end - timedelta(days=1)

    @property
    def day_before(self) -> date:
        """The last day before the window."""
        return self.start - timedelta(days=1)


def midnight(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def cut(by: str, *, first: datetime, until: datetime, last: datetime, newest: int) -> tuple[Window, ...]:
    """The complete windows, in order, from the one that holds `first` on, of which so many as are the newest.

    by: `month`, or a length of whole days such as `7d`, whose runs are counted from a Monday so that they do not
    depend on where the log begins. A window is complete when `until` has reached its end and `last`, the last thing
    in the log, lies on its last day or later. Raises InputError for other lengths.
    """
    days = _days(by)
    end = min(until, midnight(last.date() + timedelta(days=1)))
    begin = max(first.date(), _before(end.date(), (newest + 1) * (days or _MONTH)))
    windows: list[Window] = []
    window = _month(begin) if days is None else _run(begin, days)
    while midnight(window.end) <= end:
        windows.append(window)
        window = _month(window.end) if days is None else _run(window.end, days)
    return tuple(windows[-newest:])


def _before(day: date, days: int) -> date:
    return date.fromordinal(max(day.toordinal() - days, 1))


def passed(by: str, since: date, until: datetime) -> int:
    """How many whole windows there are between the one that holds a day and a moment. by: as of `cut`."""
    days, found = _days(by), 0
    window = _month(since) if days is None else _run(since, days)
    while True:
        window = _month(window.end) if days is None else _run(window.end, days)
        if midnight(window.end) > until:
            return found
        found += 1


def _days(by: str) -> int | None:
    if by == "month":
        return None
    if seconds(by) % _DAY:
        raise InputError(
            f"{by} is not a whole number of days", where="monitoring.windows.by", mend="write e.g. 1d or 7d"
        )
    return seconds(by) // _DAY


def _month(day: date) -> Window:
    start = day.replace(day=1)
    return Window(f"{start:%Y-%m}", start, (start + timedelta(days=31)).replace(day=1))


def _run(day: date, days: int) -> Window:
    start = day - timedelta(days=(day - _MONDAY).days % days)
    return Window(start.isoformat(), start, start + timedelta(days=days))
