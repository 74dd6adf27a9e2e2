"""Two decisions on the same rows: limits of the difference of their rates, and McNemar's test.

Rows are independent pairs; for several rows of one entity see `resampling` and `Pairs.thinned`.
"""

import math
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray
from scipy.special import bdtr

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.proportions import Limits, both_sides, falling_root, quantile, wilson_limits

FEWEST_PAIRS = 30
"""Pairs from which the bound of a gain was shown to hold."""


@dataclass(frozen=True)
class Pairs:
    """Rows by what both said: hits of both, of ours alone, of theirs alone, of neither; counts >= 0.

    Counts may be fractions after `thinned`. Raises Unmeasurable without rows or for a negative count.
    """

    both: float
    ours_alone: float
    theirs_alone: float
    neither: float

    def __post_init__(self) -> None:
        if min(self.both, self.ours_alone, self.theirs_alone, self.neither) < 0 or not self.rows > 0:
            raise Unmeasurable("there are no pairs of decisions")

    @property
    def rows(self) -> float:
        """All pairs."""
        return self.both + self.ours_alone + self.theirs_alone + self.neither

    @property
    def difference(self) -> float:
        """Rate of ours - rate of theirs, -1..1."""
        return (self.ours_alone - self.theirs_alone) / self.rows

    def thinned(self, design_effect: float) -> "Pairs":
        """The same shares on rows / design_effect pairs; design_effect >= 1 says how many rows are worth one."""
        counts = (self.both, self.ours_alone, self.theirs_alone, self.neither)
        return Pairs(*(count / design_effect for count in counts))


def pairs(ours: NDArray[numpy.bool_], theirs: NDArray[numpy.bool_]) -> Pairs:
    """The four counts of two decisions, each of shape (rows,). Raises Unmeasurable if they differ in length."""
    if len(ours) != len(theirs):
        raise Unmeasurable(f"{len(ours)} decisions for {len(theirs)} of the reference")
    both = int(numpy.count_nonzero(ours & theirs))
    left, right = int(numpy.count_nonzero(ours)), int(numpy.count_nonzero(theirs))
    return Pairs(both, left - both, right - both, len(ours) - left - right + both)


def tango(counted: Pairs, *, confidence: float) -> Limits:
    """Tango's score limits of ours - theirs, -1..1; confidence is two-sided.

    The d with (b - c - n d)^2 = z^2 n (2 q + d (1 - d)), b and c the pairs of ours alone and of theirs alone, n all,
    q = (sqrt(B^2 - 8 n C) - B) / 4n the likelihood's share of theirs alone at the difference d, where
    B = (2n - b + c) d - b - c and C = -c d (1 - d). At d = 0 it is McNemar's statistic without correction.
    """
    z = quantile(confidence)
    lower = falling_root(lambda d: _tango_score(counted, d) - z, -1.0, 1.0)
    upper = falling_root(lambda d: _tango_score(counted, d) + z, -1.0, 1.0)
    return Limits(lower, upper)


def gain_bound(counted: Pairs, *, confidence: float) -> float:
    """The one-sided lower limit of ours - theirs, -1..1: Tango's with half a pair of ours alone left out.

    With the half, a difference exactly at its margin is passed in at most 1 - confidence of samples wherever that was
    computed (30 to 2,000 pairs, 2 to 50 % discordant, margins of 0.5 to 5 %, every table with its probability); without
    it in up to 6 % for 5 %. Raises Unmeasurable below FEWEST_PAIRS.
    """
    if counted.rows < FEWEST_PAIRS:
        raise Unmeasurable(f"{counted.rows:.4g} independent pairs, {FEWEST_PAIRS} are asked")
    better = max(0.0, counted.ours_alone - 0.5)
    table = Pairs(counted.both, better, counted.theirs_alone, counted.neither + counted.ours_alone - better)
    return tango(table, confidence=both_sides(confidence)).lower


def newcombe_paired(counted: Pairs, *, confidence: float) -> Limits:
    """Newcombe's limits of ours - theirs (his method 10), -1..1; confidence is two-sided.

    As for independent samples, from both Wilson intervals, but with the term -2 phi x y under each root, phi being the
    correlation of the pairs: (B - n/2) / sqrt(A) for B > n/2, 0 for 0 <= B <= n/2, B / sqrt(A) for B < 0, where
    B = both * neither - ours_alone * theirs_alone and A is the product of the four margins; 0 if a margin is 0.
    """
    z, n, phi = quantile(confidence), counted.rows, _correlation(counted)
    ours, theirs = counted.both + counted.ours_alone, counted.both + counted.theirs_alone
    one, other = wilson_limits(ours, n, z), wilson_limits(theirs, n, z)
    p, q = ours / n, theirs / n
    down = _hybrid(p - one.lower, other.upper - q, phi)
    up = _hybrid(one.upper - p, q - other.lower, phi)
    return Limits(max(-1.0, p - q - down), min(1.0, p - q + up))


def mcnemar(counted: Pairs) -> tuple[float, float]:
    """McNemar's statistic with continuity correction, and P(chi squared with one degree of freedom >= it).

    (|b - c| - 1)^2 / (b + c), never below 0: 150 against 86 pairs give 16.818. (0.0, 1.0) without discordant pairs.
    It is about a difference alone: that none is seen does not show that there is none.
    """
    b, c = counted.ours_alone, counted.theirs_alone
    if not b + c:
        return 0.0, 1.0
    statistic = max(0.0, abs(b - c) - 1) ** 2 / (b + c)
    return statistic, math.erfc(math.sqrt(statistic / 2))


def mcnemar_exact(counted: Pairs) -> float:
    """McNemar's exact p, two-sided, 0..1: 2 P(Binomial(b + c, 1/2) <= min(b, c)), at most 1; 1 without discordance."""
    b, c = int(counted.ours_alone), int(counted.theirs_alone)
    return min(1.0, 2 * float(bdtr(min(b, c), b + c, 0.5))) if b + c else 1.0


def _tango_score(counted: Pairs, difference: float) -> float:
    b, c, n = counted.ours_alone, counted.theirs_alone, counted.rows
    distance = b - c - n * difference
    linear = (2 * n - b + c) * difference - b - c
    constant = -c * difference * (1 - difference)
    share = (math.sqrt(max(0.0, linear * linear - 8 * n * constant)) - linear) / (4 * n)
    variance = n * (2 * share + difference * (1 - difference))
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def _correlation(counted: Pairs) -> float:
    e, f, g, h = counted.both, counted.ours_alone, counted.theirs_alone, counted.neither
    margins = math.sqrt((e + f) * (g + h)) * math.sqrt((e + g) * (f + h))
    if not margins:
        return 0.0
    product = e * h - f * g
    if product > 0:
        product = max(0.0, product - counted.rows / 2)
    return product / margins


def _hybrid(x: float, y: float, phi: float) -> float:
    return math.sqrt(max(0.0, x * x - 2 * phi * x * y + y * y))
