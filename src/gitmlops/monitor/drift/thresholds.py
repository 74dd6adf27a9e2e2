"""From which effect on a column has drifted: the floor, or what its reference periods do among themselves."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy

from gitmlops.monitor.observing.windows import Window
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics.classification import Array

_DAYS = {"day": 1, "week": 7, "month": 31}
_MONTHS_OF_A_SEASON = 1
_SURE = -1.645
"""The normal quantile of the error of a standard deviation: it is too small in one of 20 samples of periods."""


@dataclass(frozen=True)
class Periods:
    """What single periods of the reference did, each against all others. length: `day`, `week`, `month` or empty."""

    length: str
    starts: tuple[date, ...]


@dataclass(frozen=True)
class Limits:
    """What a column is held against. periods: the reference periods that the threshold rests on, 0: uncalibrated."""

    warning: float
    threshold: float
    at_once: float
    minimum_rows: int
    periods: int = 0


def limits(column: str, rules: AlarmRules, effects: Array | None = None) -> Limits:
    """The limits of a column. effects: of comparable reference periods, shape (periods,), None without any.

    threshold = max(floor, quantile of effects, mean + spread * sd), where sd is the sample's over its lower 5 % limit:
    the highest of a few periods says little of the next hundred, and they are hardly ever as quiet as they seem.
    The warning keeps its distance from the threshold.
    """
    own = rules.of(column)
    warning, threshold = own.warning or 0.0, own.threshold or 0.0
    at_once, rows = own.at_once or 1.0, own.minimum_rows or 1
    if effects is None or len(effects) < rules.least_periods:
        return Limits(warning, threshold, at_once, rows)
    usual = max(float(numpy.quantile(effects, rules.quantile)), _upper(effects, rules.spread))
    calibrated = min(1.0, max(threshold, usual))
    return Limits(warning * calibrated / threshold, calibrated, at_once, rows, len(effects))


def comparable(periods: Periods, window: Window, rules: AlarmRules) -> tuple[int, ...]:
    """Places of the reference periods that a window may be held against; none if they are too few or too long.

    Of the same weekday (windows of a day) and season (the window's month and its neighbours), if these are enough;
    else of the same weekday, of the same season, or all of them. Longer periods than the window are no measure for it:
    they move less.
    """
    days = (window.end - window.start).days
    if _DAYS.get(periods.length, math.inf) > max(days, 31 if days >= 28 else days):
        return ()
    for group in _groups(periods.starts, window, days):
        if len(group) >= rules.least_periods:
            return group
    return ()


def _groups(starts: Sequence[date], window: Window, days: int) -> Iterator[tuple[int, ...]]:
    weekday = {place for place, start in enumerate(starts) if days > 1 or start.weekday() == window.start.weekday()}
    season = {place for place, start in enumerate(starts) if _same_season(start, window.start)}
    everything = set(range(len(starts)))
    for group in (weekday & season, weekday, season, everything):
        yield tuple(sorted(group))


def _same_season(one: date, other: date) -> bool:
    apart = abs(one.month - other.month)
    return min(apart, 12 - apart) <= _MONTHS_OF_A_SEASON


def _upper(effects: Array, spread: float) -> float:
    """mean + spread * sd, the sd by Wilson and Hilferty's approximation of chi squared no more than 5 % too small."""
    degrees = len(effects) - 1
    low = (1 - 2 / (9 * degrees) + _SURE * math.sqrt(2 / (9 * degrees))) ** 3
    return float(effects.mean() + spread * effects.std(ddof=1) / math.sqrt(low))
