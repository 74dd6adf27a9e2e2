"""Proportions of independent rows: limits of one, of a difference and of a ratio of two, and an exact test.

hits, trials: counts, 0 <= hits <= trials, trials >= 1. confidence: two-sided, above 0 and below 1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy
from scipy.special import betaincinv, gammaln

from gitmlops.statistics.classification import Array, Unmeasurable

FEWEST_ROWS = 30
"""Rows of each of two samples from which the one-sided bounds were shown to hold."""
_ENOUGH_FOR_WILSON = 10

_Counts = tuple[float, float]


@dataclass(frozen=True)
class Limits:
    """The two ends of an interval, in the unit of what it is about; each may be infinite."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Proportion:
    """Hits of trials. Raises Unmeasurable unless 0 <= hits <= trials and there are trials."""

    hits: int
    trials: int

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise Unmeasurable("there are no rows")
        if not 0 <= self.hits <= self.trials:
            raise Unmeasurable(f"{self.hits} of {self.trials} is no proportion")

    @property
    def share(self) -> float:
        """hits / trials as a float, 0..1."""
        return self.hits / self.trials


def both_sides(one_sided: float) -> float:
    """The two-sided confidence whose lower limit is the one-sided bound of this confidence: 0.95 -> 0.90."""
    return 2 * one_sided - 1


def quantile(confidence: float) -> float:
    """z with P(|N(0, 1)| <= z) = confidence: 1.95996 for 0.95. Raises Unmeasurable outside 0 < confidence < 1."""
    if not 0 < confidence < 1:
        raise Unmeasurable(f"a confidence of {confidence:g} is not between 0 and 1")
    # From the small tail: (1 + confidence) / 2 would round a confidence next to 1 up to 1.
    return -NormalDist().inv_cdf((1 - confidence) / 2)


def wilson(counted: Proportion, *, confidence: float) -> Limits:
    """Wilson's score limits, 0..1: the p with |hits/trials - p| = z sqrt(p (1 - p) / trials).

    Centre (hits + z^2/2) / (trials + z^2), half width z / (trials + z^2) sqrt(hits (trials - hits) / trials + z^2/4).
    """
    return wilson_limits(counted.hits, counted.trials, quantile(confidence))


def wilson_limits(hits: float, trials: float, z: float) -> Limits:
    """Wilson's limits for a normal quantile z >= 0; the counts may be fractions, as divided by a design effect."""
    squared = z * z
    centre = (hits + squared / 2) / (trials + squared)
    half = z / (trials + squared) * math.sqrt(hits * (trials - hits) / trials + squared / 4)
    return Limits(max(0.0, centre - half) if hits else 0.0, min(1.0, centre + half) if hits < trials else 1.0)


def clopper_pearson(counted: Proportion, *, confidence: float) -> Limits:
    """Clopper and Pearson's limits, 0..1, which cover at least as often as they say for every n and p.

    With alpha = 1 - confidence: the alpha/2 quantile of Beta(hits, trials - hits + 1) and the 1 - alpha/2 quantile of
    Beta(hits + 1, trials - hits); 0 without a hit, 1 without a miss.
    """
    quantile(confidence)
    hits, misses, tail = counted.hits, counted.trials - counted.hits, (1 - confidence) / 2
    lower = float(betaincinv(hits, misses + 1, tail)) if hits else 0.0
    # The upper quantile as 1 - a lower one: a tail of 1e-9 stays exact.
    upper = 1 - float(betaincinv(misses, hits + 1, tail)) if misses else 1.0
    return Limits(lower, upper)


def limits(counted: Proportion, *, confidence: float) -> Limits:
    """Limits for a report, 0..1: Wilson's from ten hits and ten misses on, else Clopper and Pearson's.

    Wilson's alone cover .85 instead of .95 for rare hits; these at least .935 for every share of 10 to 2,000 rows for
    which it was computed, and .95 or a little more for most. A decision takes an end of `clopper_pearson`.
    """
    enough = min(counted.hits, counted.trials - counted.hits) >= _ENOUGH_FOR_WILSON
    return (wilson if enough else clopper_pearson)(counted, confidence=confidence)


def newcombe(ours: Proportion, theirs: Proportion, *, confidence: float) -> Limits:
    """Newcombe's limits of ours - theirs for independent samples, -1..1: his hybrid of two Wilson intervals.

    With shares p, q and Wilson limits l..u: lower d - sqrt((p - l_p)^2 + (u_q - q)^2),
    upper d + sqrt((u_p - p)^2 + (q - l_q)^2), d = p - q.
    """
    z = quantile(confidence)
    one, other = (ours.hits, ours.trials), (theirs.hits, theirs.trials)
    return Limits(_hybrid_lower(one, other, z), -_hybrid_lower(other, one, z))


def difference_bound(ours: Proportion, theirs: Proportion, *, confidence: float) -> float:
    """The one-sided lower limit of ours - theirs for independent samples, -1..1.

    Newcombe's with half a hit less of ours and half a hit more of theirs: a difference exactly at a limit then passes
    in at most 1 - confidence of samples wherever that was computed (30 to 1,000 rows each, shares of 1 to 97 %, every
    table with its probability), without the halves in up to 7 % for 5 %. Raises Unmeasurable if either has fewer than
    FEWEST_ROWS rows.
    """
    return _hybrid_lower(*_halved(ours, theirs), quantile(both_sides(confidence)))


def ratio_limits(ours: Proportion, theirs: Proportion, *, confidence: float) -> Limits:
    """Score limits of the ratio ours / theirs for independent samples (Koopman), 0..infinity.

    The r with (p - r q)^2 = z^2 (p~ (1 - p~) / n + r^2 q~ (1 - q~) / m), where p~ = r q~ and q~ maximise the likelihood
    of both samples under that ratio. Lower 0 without a hit of ours, upper infinite without one of theirs.
    """
    z, one, other = quantile(confidence), (ours.hits, ours.trials), (theirs.hits, theirs.trials)
    lower = math.exp(_log_ratio(one, other, z)) if ours.hits else 0.0
    return Limits(lower, math.exp(_log_ratio(one, other, -z)) if theirs.hits else math.inf)


def ratio_bound(ours: Proportion, theirs: Proportion, *, confidence: float) -> float:
    """The one-sided lower limit of the ratio ours / theirs, 0 or more: of `ratio_limits`, as `difference_bound`."""
    one, other = _halved(ours, theirs)
    return math.exp(_log_ratio(one, other, quantile(both_sides(confidence)))) if ours.hits else 0.0


def fisher_exact(ours: Proportion, theirs: Proportion) -> float:
    """P of a table at least as improbable as this one if both had one rate: two-sided, 0..1.

    With both margins fixed the hits of ours are hypergeometric; the probabilities of all tables that are no more
    probable than the observed one (to 1e-7 relative, for ties in floats) are added up.
    """
    hits, rows = ours.hits + theirs.hits, ours.trials + theirs.trials
    possible = numpy.arange(max(0, hits - theirs.trials), min(hits, ours.trials) + 1, dtype=numpy.float64)
    logs = _log_choose(ours.trials, possible) + _log_choose(theirs.trials, hits - possible)
    logs = logs - _log_choose(rows, numpy.array([float(hits)]))
    observed = logs[possible == ours.hits][0]
    return min(1.0, float(numpy.exp(logs[logs <= observed + 1e-7]).sum()))


def falling_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses 0 between low and high, to the last bits; an end if it does not cross."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2


def _halved(ours: Proportion, theirs: Proportion) -> tuple[_Counts, _Counts]:
    fewest = min(ours.trials, theirs.trials)
    if fewest < FEWEST_ROWS:
        raise Unmeasurable(f"{fewest} rows, {FEWEST_ROWS} are asked")
    return (max(0.0, ours.hits - 0.5), ours.trials), (min(theirs.hits + 0.5, theirs.trials), theirs.trials)


def _hybrid_lower(ours: _Counts, theirs: _Counts, z: float) -> float:
    p, q = ours[0] / ours[1], theirs[0] / theirs[1]
    one, other = wilson_limits(*ours, z), wilson_limits(*theirs, z)
    return max(-1.0, p - q - math.hypot(p - one.lower, other.upper - q))


def _log_ratio(ours: _Counts, theirs: _Counts, z: float) -> float:
    """Logarithm of the ratio at which the score is z."""
    return falling_root(lambda x: _ratio_score(ours, theirs, math.exp(x)) - z, -40, 40)


def _ratio_score(ours: _Counts, theirs: _Counts, ratio: float) -> float:
    """(p - r q) / its standard error under the ratio r: falls with r, 0 at the observed ratio."""
    (hits, n), (others, m) = ours, theirs
    a = (n + m) * ratio
    b = n * ratio + hits + m + others * ratio
    root = math.sqrt(max(0.0, b * b - 4 * a * (hits + others)))
    q = min(2 * (hits + others) / (b + root), 1.0, 1 / ratio)
    p = ratio * q
    variance = p * (1 - p) / n + ratio * ratio * q * (1 - q) / m
    distance = hits / n - ratio * others / m
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def _log_choose(n: int, k: Array) -> Array:
    """ln of n over k."""
    found: Array = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return found
