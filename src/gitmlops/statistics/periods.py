"""Rolling origin: what was known when, so that a metric is shown for each period after the origin that it is for.

times: shape (rows,), numpy datetime64, none missing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Unmeasurable

Times = NDArray[numpy.datetime64]
Rows = NDArray[numpy.bool_]


@dataclass(frozen=True)
class Period:
    """Rows from `start` up to, not including, `end`; known_until: start - embargo, where what may be learnt ends."""

    start: numpy.datetime64
    end: numpy.datetime64
    known_until: numpy.datetime64

    def known(self, times: Times) -> Rows:
        """Which rows a model for this period may have learnt from: those before `known_until`."""
        found: Rows = times < self.known_until
        return found

    def within(self, times: Times) -> Rows:
        """Which rows are judged in this period."""
        found: Rows = (times >= self.start) & (times < self.end)
        return found


@dataclass(frozen=True)
class PeriodResult:
    """A metric in one period; value is None, and reason says why, where it cannot be measured."""

    period: Period
    rows: int
    value: float | None
    reason: str = ""


def rolling_origin(
    times: Times, *, first: numpy.datetime64, horizon: numpy.timedelta64, embargo: numpy.timedelta64
) -> tuple[Period, ...]:
    """The periods of length `horizon` from `first` on, end to end, until the last row is in one.

    first: the earliest origin; horizon: above 0; embargo: 0 or more, how long before an origin labels were not known
    yet. Raises Unmeasurable without rows from `first` on, for missing times, and for lengths outside these.
    """
    zero = numpy.timedelta64(0, "us")
    if not horizon > zero or embargo < zero:
        raise Unmeasurable("a horizon is above 0 and an embargo 0 or more")
    if numpy.isnat(times).any():
        raise Unmeasurable(f"{int(numpy.isnat(times).sum())} of {len(times)} times are missing")
    if not len(times) or times.max() < first:
        raise Unmeasurable(f"no row is from {first} on")
    found, start = [], first
    while start <= times.max():
        found.append(Period(start, start + horizon, start - embargo))
        start = start + horizon
    return tuple(found)


def by_period(times: Times, periods: tuple[Period, ...], measure: Callable[[Rows], float]) -> tuple[PeriodResult, ...]:
    """The metric of each period's rows; measure: chosen rows, shape (rows,) -> value, or raises Unmeasurable."""
    return tuple(_measure(period, period.within(times), measure) for period in periods)


def _measure(period: Period, rows: Rows, measure: Callable[[Rows], float]) -> PeriodResult:
    count = int(numpy.count_nonzero(rows))
    if not count:
        return PeriodResult(period, 0, None, "no rows")
    try:
        return PeriodResult(period, count, measure(rows))
    except Unmeasurable as error:
        return PeriodResult(period, count, None, error.what)
