"""Whether two rates are too far apart, asked after every window: bets whose false alarms are bounded for ever.

Counts of two groups, the one with the higher rate and the one with the lower, have the shape (pairs, windows).
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array
from gitmlops.statistics.resampling import Whole

MEMORY = 5
"""Windows after which what was seen counts by 1/e less in the next bet: a change is bet on soon after it came."""
_LARGEST = 1e12
"""Evidence that would take longer to fade, once the rates are alike again, than anybody waits."""
_STEPS = 45


@dataclass(frozen=True)
class Gap:
    """What two rates may be apart: factor * higher - lower <= allowed.

    A ratio of at least r: factor r, allowed 0. A difference of at most d: factor 1, allowed d.
    """

    factor: float
    allowed: float

    def of(self, higher: Array, lower: Array) -> Array:
        """By how much the rates are beyond it, below 0 within it."""
        return self.factor * higher - lower - self.allowed


@dataclass(frozen=True)
class Counted:
    """Hits of trials in each window: shape (pairs, windows), 0 <= hits <= trials."""

    hits: Whole
    trials: Whole


@dataclass(frozen=True)
class Evidence:
    """What was won, shape (pairs,). value: after the last window, 0 where the latest windows say the contrary; since:
    the place of the window from which on there was a bet in each one; of the last window where it had none.
    """

    value: Array
    since: NDArray[numpy.int64]


def beyond(higher: Counted, lower: Counted, gap: Gap) -> Evidence:
    """Evidence that the rates are further apart than the gap: 1 / alpha is ever reached by chance with at most alpha.

    The promise is for rates that are within the gap in every window, for any number of windows, looks and rows, and
    rates that change. In each window it bets on the rates (q, s) that the windows before it had: the likelihood of the
    window's counts under (q, s) over that under the rates (p, r) of the gap's edge at which n KL(q|p) + m KL(s|r) is
    least. Since rates within the gap are a convex set, this point of it makes the ratio's mean 1 or less under each of
    them: the logarithm of the mean is at most the derivative of that sum towards them, which is at least 0. Nothing is
    bet where the windows before were within the gap, as in the first one. Bets of window t are multiplied into those of
    windows before, and begin anew with the weight 6 / (pi t)^2 in each (V <- (V + weight) * ratio), so that rates
    which part later are seen, too; weights add up to 1.
    Where windows differ by more than their rows explain, the logarithm of a ratio is divided by that overdispersion:
    of the windows before, or if it would gain, and that is more, of this one, too. Powers below 1 keep the promise.
    Idea: Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests" (abstract).
    """
    return _bet(higher, lower, gap, side=1)


def within(higher: Counted, lower: Counted, gap: Gap) -> Evidence:
    """Evidence that the rates are closer than the gap, as `beyond`, for rates that are beyond it in every window."""
    return _bet(higher, lower, gap, side=-1)


def _bet(higher: Counted, lower: Counted, gap: Gap, *, side: int) -> Evidence:
    pairs, windows = higher.hits.shape
    since = numpy.zeros(pairs, dtype=numpy.int64)
    value, seen = numpy.zeros(pairs), numpy.zeros((4, pairs))
    dispersion = _Dispersion(pairs)
    for window in range(windows):
        now = numpy.array([counts[:, window] for one in (higher, lower) for counts in (one.hits, one.trials)], float)
        there = (now[1] > 0) & (now[3] > 0)
        bets = there & _bets(seen, gap, side)
        gained = numpy.where(bets, _log_ratio(seen, now, gap), 0.0)
        before = dispersion.known
        dispersion.add(now, gap, there)
        gained /= numpy.where(gained > 0, numpy.maximum(before, dispersion.known), before)
        weight = 6 / (math.pi * (window + 1)) ** 2
        value = numpy.minimum((value + weight) * numpy.exp(numpy.minimum(gained, 600.0)), _LARGEST)
        since = numpy.where(bets, since, min(window + 1, windows - 1))
        seen = numpy.where(there, seen * math.exp(-1 / MEMORY) + now, seen)
    return Evidence(numpy.where(_bets(seen, gap, side), value, 0.0), since)


def _bets(seen: Array, gap: Gap, side: int) -> NDArray[numpy.bool_]:
    """Whether what was seen is on the side that is bet on."""
    found: NDArray[numpy.bool_] = side * gap.of(_rate(seen[0], seen[1]), _rate(seen[2], seen[3])) > 0
    found &= (seen[1] > 0) & (seen[3] > 0)
    return found


def _log_ratio(seen: Array, now: Array, gap: Gap) -> Array:
    """ln of the likelihood of now's counts under what was seen, over that under the edge of the gap."""
    q, s = _rate(seen[0], seen[1]), _rate(seen[2], seen[3])
    p, r = _edge(q, s, now[1], now[3], gap)
    return _log_likelihood(now[0], now[1], q, p) + _log_likelihood(now[2], now[3], s, r)


def _rate(hits: Array, trials: Array) -> Array:
    """Never 0 or 1, on which one row could lose everything."""
    return (hits + 0.5) / (trials + 1)


def _log_likelihood(hits: Array, trials: Array, ours: Array, theirs: Array) -> Array:
    return hits * numpy.log(ours / theirs) + (trials - hits) * numpy.log((1 - ours) / (1 - theirs))


def _edge(q: Array, s: Array, n: Array, m: Array, gap: Gap) -> tuple[Array, Array]:
    """The rates with factor * p - r = allowed of the least n KL(q|p) + m KL(s|r), which is convex along that line."""
    tiny = 1e-9
    low = numpy.full(len(q), max(0.0, gap.allowed / gap.factor) + tiny)
    high = numpy.full(len(q), min(1.0, (1 + gap.allowed) / gap.factor) - tiny)
    for _ in range(_STEPS):
        p = (low + high) / 2
        r = gap.factor * p - gap.allowed
        slope = n * (p - q) / (p * (1 - p)) + gap.factor * m * (r - s) / (r * (1 - r))
        low, high = numpy.where(slope < 0, p, low), numpy.where(slope < 0, high, p)
    p = (low + high) / 2
    return p, gap.factor * p - gap.allowed


@cache
def _left(steps: int) -> float:
    """The mean of so many squares of normal variables without the largest of them: 1 less what is lost by that.

    (k - E max) / (k - 1), E max = integral of 1 - P(square <= x)^k over x from 0.
    """
    x = numpy.linspace(0, 60, 6_001)
    below = numpy.array([math.erf(math.sqrt(one / 2)) for one in x])
    return (steps - float(numpy.trapezoid(1 - below**steps, x))) / (steps - 1)


class _Dispersion:
    """How much more neighbouring windows differ than their rows explain: a mean of squares without the largest one.

    Rates that change once make one large step, rates that go up and down by themselves make many.
    """

    def __init__(self, pairs: int) -> None:
        self._last, self._variance = numpy.zeros((2, pairs))
        self._squares, self._largest, self._steps = numpy.zeros((3, pairs))
        self._begun = numpy.zeros(pairs, dtype=bool)

    @property
    def known(self) -> Array:
        """Of the windows so far, shape (pairs,), at least 1; of a single step, its square."""
        usual = numpy.array([_left(int(steps)) if steps > 1 else 1.0 for steps in self._steps])
        without = (self._squares - self._largest) / numpy.maximum(self._steps - 1, 1) / usual
        found: Array = numpy.maximum(1.0, numpy.where(self._steps > 1, without, self._squares))
        return found

    def add(self, now: Array, gap: Gap, there: NDArray[numpy.bool_]) -> None:
        p, r = _rate(now[0], now[1]), _rate(now[2], now[3])
        variance = gap.factor**2 * p * (1 - p) / numpy.maximum(now[1], 1) + r * (1 - r) / numpy.maximum(now[3], 1)
        step = (gap.of(p, r) - self._last) ** 2 / (variance + self._variance)
        step = numpy.where(there & self._begun, step, 0.0)
        self._squares += step
        self._largest = numpy.maximum(self._largest, step)
        self._steps += there & self._begun
        self._begun |= there
        self._last = numpy.where(there, gap.of(p, r), self._last)
        self._variance = numpy.where(there, variance, self._variance)
