"""Slow drift: shifts of single windows that are too small for an alarm, added up over windows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from gitmlops.specs.alarm import SlowDrift
from gitmlops.statistics.classification import Array

_SURE = -1.645
_MOST_AUTOCORRELATION = 0.9
_ENDS_WITH = 1.5
"""The sum stays below so many times the limit, so that an alarm ends when what caused it ends."""


@dataclass(frozen=True)
class Sums:
    """What has added up so far, upwards and downwards, in standard deviations of reference periods; 0 or more."""

    up: float = 0.0
    down: float = 0.0

    @property
    def largest(self) -> float:
        """The larger of both."""
        return max(self.up, self.down)


@dataclass(frozen=True)
class Usual:
    """How far the mean rank of a reference period is from that of all others, and of how many it is known."""

    deviation: float
    periods: int


def usual_shift(shifts: Array) -> float:
    """The standard deviation of reference periods' shifts that counts for sums over many windows.

    sd * sqrt((1 + r) / (1 - r)), r the correlation of a period with the next one in 0..0.9: neighbours that go
    together add up faster. Divided by the lower 5 % limit of a sample's sd (Wilson and Hilferty's approximation).
    """
    degrees = len(shifts) - 1
    centred = shifts - shifts.mean()
    variance = float((centred**2).sum())
    correlation = float((centred[1:] * centred[:-1]).sum()) / variance if variance else 0.0
    correlation = min(max(correlation, 0.0), _MOST_AUTOCORRELATION)
    low = (1 - 2 / (9 * degrees) + _SURE * math.sqrt(2 / (9 * degrees))) ** 3
    return math.sqrt(variance / degrees / low * (1 + correlation) / (1 - correlation))


def usual(shifts: Sequence[float], places: Sequence[int]) -> Usual | None:
    """What the reference periods of these places did; None if a column does not know, or nothing ever moved."""
    if not shifts or not places:
        return None
    deviation = usual_shift(numpy.array(shifts)[list(places)])
    return Usual(deviation, len(places)) if deviation else None


def added(sums: Sums, shift: float, rows: int, usual: Usual, rules: SlowDrift) -> Sums:
    """The sums after one more window: up = max(0, up + shift / sd - allowance), down likewise.

    shift: of the window's mean rank, with its rows. sd is no less than that of the window's own rows,
    1 / sqrt(12 rows); the allowance grows by 1 / sqrt(periods), as the reference's own mean is known no better.
    """
    allowance, most = rules.allowance + 1 / math.sqrt(usual.periods), rules.limit * _ENDS_WITH
    step = shift / max(usual.deviation, 1 / math.sqrt(12 * rows))
    return Sums(min(most, max(0.0, sums.up + step - allowance)), min(most, max(0.0, sums.down - step - allowance)))
