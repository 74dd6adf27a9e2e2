"""How far counts in the same bins have moved, how surprising that is, and what many looks at once are worth.

reference, observed: rows per bin, shape (bins,), on the same bins. An effect says how large a change is and does not
grow with the rows; a p-value says whether rows drawn independently from one distribution could differ so much.
"""

import math
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array
from gitmlops.statistics.histogram import Counts

EXPECTED_ROWS = 5
"""Rows that a cell must expect before chi squared is asked; smaller cells count as one. A rule of thumb."""
ROWS_OF_A_LEVEL = 20
"""At most one level for so many rows of a window: 50 at 1,000 rows. Of more, chance alone moves a share that counts."""
_TENTHS = 10
_SMALLEST_SHARE = 1e-4


def kolmogorov_smirnov(reference: Counts, observed: Counts) -> float:
    """max over bin edges of |F_reference - F_observed|, in [0, 1]: 0 alike, 1 no overlap.

    Exact at the edges; between two edges of a profile with 200 quantiles at most 1/200 more. 0 if either is empty.
    """
    if not reference.sum() or not observed.sum():
        return 0.0
    gaps = numpy.cumsum(reference) / reference.sum() - numpy.cumsum(observed) / observed.sum()
    return float(numpy.abs(gaps).max())


def kolmogorov_p(distance: float, n: int, m: int) -> float:
    """P(D >= distance) for n and m independent rows of one distribution, in [0, 1]: Kolmogorov's limit.

    2 * sum over k >= 1 of (-1)^(k-1) exp(-2 k^2 x^2), x = distance * sqrt(n m / (n + m)). Too large, never too
    small, for values that come in few levels or bins.
    """
    if not n or not m:
        return 1.0
    x = distance * math.sqrt(n * m / (n + m))
    if x < 0.2:  # the sum converges ever more slowly towards 1, which it has reached to 12 digits here
        return 1.0
    terms = ((-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return min(max(2 * math.fsum(terms), 0.0), 1.0)


def rank_wasserstein(reference: Counts, observed: Counts) -> float:
    """Integral over u in 0..1 of |share of observed rows that rank at or below u in the reference - u|, in [0, 0.5].

    The mean number of reference rows, as a share of them, by which a row moved: 0 alike, 0.5 all beyond one end. Ranks
    and not values, so that a few extreme values weigh no more than other rows. Within a bin both are taken to rise
    evenly. 0 if either is empty.
    """
    if not reference.sum() or not observed.sum():
        return 0.0
    shares = reference / reference.sum()
    after = numpy.cumsum(observed) / observed.sum() - numpy.cumsum(shares)
    before = numpy.concatenate([[0.0], after[:-1]])
    one_side = (numpy.abs(before) + numpy.abs(after)) / 2
    spread = numpy.where(one_side > 0, one_side, 1.0)
    both_sides = (before**2 + after**2) / (4 * spread)
    return float((shares * numpy.where(before * after < 0, both_sides, one_side)).sum())


def rank_shift(reference: Counts, seen: Counts) -> float | None:
    """By how much the mean rank of the rows among the reference's moved, in [-0.5, 0.5]: 0 alike, above 0 upwards.

    sum over bins of q_b (F_(b-1) + p_b / 2) - 1/2 with shares p, q and the reference's F. Levels rank as they are in
    the baseline, most frequent first. None if either is empty.
    """
    if not reference.sum() or not seen.sum():
        return None
    shares = reference / reference.sum()
    ranks = numpy.cumsum(shares) - shares / 2
    return float((seen / seen.sum() * ranks).sum()) - 0.5


def total_variation(reference: Counts, observed: Counts) -> float:
    """Share of rows that changed their level, beyond what chance changes, in [0, 1].

    max(0, sum |p - q| / 2 - sum sqrt(2 s (1 - s) (1/n + 1/m) / pi) / 2) with shares p of n and q of m rows and the
    pooled share s: the second sum is the mean of the first when nothing has changed (normal limit), which many levels
    and few rows make large. Levels that expect few rows count as one, and so do all but the most frequent of the
    reference when there are more than one for ROWS_OF_A_LEVEL rows. 0 if either is empty.
    """
    n, m = int(reference.sum()), int(observed.sum())
    if not n or not m:
        return 0.0
    before, now = _merge_small(reference, observed)
    pooled = (before + now) / (n + m)
    raw = float(numpy.abs(before / n - now / m).sum()) / 2
    chance = float(numpy.sqrt(2 / math.pi * pooled * (1 - pooled) * (1 / n + 1 / m)).sum()) / 2
    return max(0.0, raw - chance)


def homogeneity_p(reference: Counts, observed: Counts) -> float:
    """P(chi squared >= the one observed) if both were independent rows of one distribution, in [0, 1].

    Pearson's statistic of the 2 x bins table, cells - 1 degrees of freedom; levels count as one as in total_variation.
    """
    n, m = int(reference.sum()), int(observed.sum())
    if not n or not m:
        return 1.0
    before, now = _merge_small(reference, observed)
    pooled = (before + now) / (n + m)
    expected = numpy.stack([n * pooled, m * pooled])
    statistic = float(((numpy.stack([before, now]) - expected) ** 2 / expected).sum())
    return _chi_squared_survival(statistic, len(pooled) - 1)


def population_stability_index(reference: Counts, observed: Counts) -> float:
    """sum of (q - p) ln(q / p) over tenths of the reference, in nats, less (bins - 1)(1/n + 1/m), never below 0.

    The second term is its mean when nothing has changed. For display beside the effect: it has no upper bound, and
    shares below 0.0001 count as that so that the logarithm exists. 0 if either is empty.
    """
    n, m = int(reference.sum()), int(observed.sum())
    if not n or not m:
        return 0.0
    expected, found = (numpy.maximum(shares, _SMALLEST_SHARE) for shares in _tenths(reference, observed))
    raw = float(((found - expected) * numpy.log(found / expected)).sum())
    return max(0.0, raw - (len(expected) - 1) * (1 / n + 1 / m))


def jensen_shannon(reference: Counts, observed: Counts) -> float:
    """Square root of half the sum of both sides' Kullback-Leibler divergences from their mean, in bits, in [0, 1].

    Over tenths of the reference: 0 alike, 1 no overlap. Chance alone gives about sqrt((bins - 1)(1/n + 1/m) / 5.5).
    0 if either is empty.
    """
    if not reference.sum() or not observed.sum():
        return 0.0
    p, q = _tenths(reference, observed)
    middle = (p + q) / 2
    divergence = sum(
        float((side[side > 0] * numpy.log2(side[side > 0] / middle[side > 0])).sum()) / 2 for side in (p, q)
    )
    return math.sqrt(min(max(divergence, 0.0), 1.0))


def hellinger(reference: Counts, observed: Counts) -> float:
    """sqrt(1 - sum of sqrt(p q)) over tenths of the reference, in [0, 1]: 0 alike, 1 no overlap; 0 if one is empty."""
    if not reference.sum() or not observed.sum():
        return 0.0
    p, q = _tenths(reference, observed)
    return math.sqrt(max(0.0, 1.0 - float(numpy.sqrt(p * q).sum())))


def adjusted(p_values: Sequence[float]) -> Array:
    """The smallest rate at which each p-value is among the discoveries, shape (tests,), in [0, 1], in the order given.

    Benjamini and Hochberg's: with p sorted, the least of tests / k p_k from each k on, at most 1.
    """
    values = numpy.asarray(p_values, dtype=numpy.float64)
    order = numpy.argsort(values, kind="stable")
    steps = values[order] * len(values) / numpy.arange(1, len(values) + 1)
    found = numpy.empty(len(values))
    found[order] = numpy.minimum(numpy.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return found


def discoveries(p_values: Sequence[float], rate: float) -> NDArray[numpy.bool_]:
    """Which of many p-values stand when at most the share `rate` of those that stand may be chance.

    Benjamini and Hochberg's step-up rule: with p sorted, all up to the largest k with p_k <= rate * k / tests.
    """
    ordered = numpy.sort(numpy.asarray(p_values, dtype=numpy.float64))
    below = numpy.flatnonzero(ordered <= rate * numpy.arange(1, len(ordered) + 1) / max(len(ordered), 1))
    limit = ordered[below[-1]] if len(below) else -1.0
    return numpy.asarray(p_values, dtype=numpy.float64) <= limit


def _tenths(reference: Counts, observed: Counts) -> tuple[Array, Array]:
    """Shares of both sides in tenths of the reference's rows; a bin that alone is more than one stays whole."""
    n, m = int(reference.sum()), int(observed.sum())
    tenths = numpy.minimum((numpy.cumsum(reference) - reference / 2) * _TENTHS // n, _TENTHS - 1).astype(int)
    _, groups = numpy.unique(tenths, return_inverse=True)
    return numpy.bincount(groups, weights=reference) / n, numpy.bincount(groups, weights=observed) / m


def _merge_small(reference: Counts, observed: Counts) -> tuple[Array, Array]:
    """The same counts with the levels that count as one in the last place, and empty ones left out."""
    both = reference + observed
    small = both * min(reference.sum(), observed.sum()) < EXPECTED_ROWS * both.sum()
    small[numpy.argsort(-reference, kind="stable")[max(1, int(observed.sum()) // ROWS_OF_A_LEVEL) :]] = True
    merged = [
        numpy.append(counts[~small], counts[small].sum()).astype(numpy.float64) for counts in (reference, observed)
    ]
    kept = (merged[0] + merged[1]) > 0
    return merged[0][kept], merged[1][kept]


def _chi_squared_survival(x: float, degrees: int) -> float:
    """P(chi squared with whole degrees of freedom >= x), in [0, 1], by the incomplete gamma function's finite sums.

    Even: exp(-x/2) sum over j < degrees/2 of (x/2)^j / j!. Odd: erfc(sqrt(x/2)) plus the same over half-integers j.
    """
    if x <= 0 or degrees <= 0:
        return 1.0
    half, odd = x / 2, degrees % 2
    powers = [j + odd / 2 for j in range(degrees // 2)]
    terms = (math.exp(power * math.log(half) - half - math.lgamma(power + 1)) for power in powers)
    return min(math.fsum(terms) + (math.erfc(math.sqrt(half)) if odd else 0.0), 1.0)
