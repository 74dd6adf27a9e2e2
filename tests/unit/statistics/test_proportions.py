"""Limits of proportions solve the equations that define them, agree with SciPy, and cover as often as they say."""

import math
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.proportions import (
    Proportion,
    both_sides,
    clopper_pearson,
    difference_bound,
    fisher_exact,
    limits,
    newcombe,
    quantile,
    ratio_bound,
    ratio_limits,
    wilson,
)

COUNTS = st.integers(1, 80).flatmap(lambda n: st.builds(Proportion, st.integers(0, n), st.just(n)))
CONFIDENCE = st.sampled_from([0.8, 0.9, 0.95, 0.999])


@given(COUNTS, CONFIDENCE)
def test_wilson_and_clopper_pearson_are_those_of_scipy(counted: Proportion, confidence: float) -> None:
    test = oracle.binomtest(counted.hits, counted.trials)
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        found, wanted = ours(counted, confidence=confidence), test.proportion_ci(confidence, method=method)
        assert (found.lower, found.upper) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_a_tail_of_one_in_a_billion_is_still_exact() -> None:
    found = clopper_pearson(Proportion(1000, 1000), confidence=1 - 2e-9)
    assert found.lower == pytest.approx(1e-9 ** (1 / 1000), abs=1e-9)


@given(COUNTS, COUNTS)
def test_fishers_p_is_that_of_scipy(ours: Proportion, theirs: Proportion) -> None:
    table = [[ours.hits, ours.trials - ours.hits], [theirs.hits, theirs.trials - theirs.hits]]
    assert fisher_exact(ours, theirs) == pytest.approx(oracle.fisher_exact(table).pvalue, abs=1e-9)


def test_fishers_p_of_large_tables_is_finite_and_fast() -> None:
    assert fisher_exact(Proportion(250_000, 500_000), Proportion(250_900, 500_000)) == pytest.approx(0.0720, abs=2e-3)


def test_newcombes_difference_is_the_hybrid_of_two_wilson_intervals() -> None:
    found = newcombe(Proportion(56, 70), Proportion(48, 80), confidence=0.95)
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.0524, 0.3339)
    nothing = newcombe(Proportion(0, 10), Proportion(0, 10), confidence=0.95)
    assert nothing.lower == -nothing.upper < 0


@given(COUNTS, COUNTS, CONFIDENCE)
def test_newcombes_difference_turns_round_with_its_samples(one: Proportion, other: Proportion, level: float) -> None:
    ahead, back = newcombe(one, other, confidence=level), newcombe(other, one, confidence=level)
    assert (ahead.lower, ahead.upper) == pytest.approx((-back.upper, -back.lower))
    assert ahead.lower <= one.share - other.share <= ahead.upper


def slow_score(ours: Proportion, theirs: Proportion, ratio: float) -> float:
    """The score statistic with the restricted likelihood maximised on a grid."""
    q = numpy.linspace(1e-9, min(1, 1 / ratio) - 1e-9, 400_001)
    p = ratio * q
    likelihood = (
        ours.hits * numpy.log(p)
        + (ours.trials - ours.hits) * numpy.log1p(-p)
        + theirs.hits * numpy.log(q)
        + (theirs.trials - theirs.hits) * numpy.log1p(-q)
    )
    best = q[likelihood.argmax()]
    p = ratio * best
    variance = p * (1 - p) / ours.trials + ratio**2 * best * (1 - best) / theirs.trials
    return (ours.share - ratio * theirs.share) / math.sqrt(variance)


@pytest.mark.parametrize(("ours", "theirs"), [((8, 15), (4, 15)), ((12, 100), (30, 90)), ((1, 50), (40, 50))])
def test_ratio_limits_solve_the_score_equation(ours: tuple[int, int], theirs: tuple[int, int]) -> None:
    one, other = Proportion(*ours), Proportion(*theirs)
    found = ratio_limits(one, other, confidence=0.95)
    assert found.lower < one.share / other.share < found.upper
    assert slow_score(one, other, found.lower) == pytest.approx(1.959964, abs=2e-3)
    assert slow_score(one, other, found.upper) == pytest.approx(-1.959964, abs=2e-3)


def test_a_ratio_without_hits_has_an_open_end() -> None:
    none, some = Proportion(0, 40), Proportion(20, 40)
    assert ratio_limits(none, some, confidence=0.95).lower == 0
    assert 0 < ratio_limits(none, some, confidence=0.95).upper < 0.3
    assert ratio_limits(some, none, confidence=0.95).upper == math.inf
    both = ratio_limits(none, none, confidence=0.95)
    assert (both.lower, both.upper) == (0, math.inf)


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_a_ratio_turns_round_with_its_samples(one: Proportion, other: Proportion) -> None:
    ahead, back = ratio_limits(one, other, confidence=0.95), ratio_limits(other, one, confidence=0.95)
    if one.hits and other.hits:
        assert ahead.lower == pytest.approx(1 / back.upper, rel=1e-6)


def test_a_one_sided_bound_is_an_end_of_a_wider_tail() -> None:
    assert quantile(both_sides(0.95)) == pytest.approx(1.6448536)
    assert quantile(0.95) == pytest.approx(1.959964)
    assert quantile(1 - 1e-12) == pytest.approx(7.13, abs=0.01)


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (1, 0), (-1, 5), (6, 5)])
def test_counts_that_are_no_proportion_are_refused(hits: int, trials: int) -> None:
    with pytest.raises(Unmeasurable):
        Proportion(hits, trials)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_a_confidence_lies_between_0_and_1(confidence: float) -> None:
    for interval in (wilson, clopper_pearson, limits):
        with pytest.raises(Unmeasurable, match="not between 0 and 1"):
            interval(Proportion(1, 2), confidence=confidence)


def coverage(limits: object, trials: int, p: float) -> float:
    """Exactly: the probability of the counts whose interval holds p."""
    intervals = [limits(Proportion(hits, trials), confidence=0.95) for hits in range(trials + 1)]
    held = [found.lower <= p <= found.upper for found in intervals]
    return float(oracle.binom.pmf(numpy.arange(trials + 1)[held], trials, p).sum())


@pytest.mark.parametrize("trials", [1, 5, 20, 100])
@pytest.mark.parametrize("p", [0.001, 0.01, 0.05, 0.2, 0.5, 0.9])
def test_clopper_pearson_covers_everywhere(trials: int, p: float) -> None:
    assert coverage(clopper_pearson, trials, p) >= 0.95 - 1e-12


@pytest.mark.parametrize("trials", [10, 30, 50, 100, 500])
@pytest.mark.parametrize("p", [0.002, 0.01, 0.03, 0.05, 0.1, 0.3, 0.5])
def test_limits_for_reports_cover_rare_hits_too(trials: int, p: float) -> None:
    assert coverage(limits, trials, p) >= 0.935


def test_wilson_alone_would_not() -> None:
    rare = wilson(Proportion(1, 10), confidence=0.95).lower - 1e-9
    assert coverage(wilson, 10, rare) < 0.85 and coverage(limits, 10, rare) > 0.98


@pytest.mark.parametrize(("n", "m"), [(30, 30), (30, 100), (100, 30)])
@pytest.mark.parametrize(("q", "ratio"), [(0.05, 0.8), (0.3, 0.8), (0.5, 1.0), (0.9, 0.6)])
def test_a_truth_exactly_at_the_limit_passes_in_at_most_one_of_twenty_samples(
    n: int, m: int, q: float, ratio: float
) -> None:
    """Exactly: every table with its probability."""
    hits, others = (numpy.flatnonzero(oracle.binom.pmf(range(k + 1), k, p) > 1e-5) for k, p in ((n, ratio * q), (m, q)))
    passed = {"ratio": 0.0, "difference": 0.0}
    for x in hits:
        for y in others:
            chance = oracle.binom.pmf(x, n, ratio * q) * oracle.binom.pmf(y, m, q)
            ours, theirs = Proportion(int(x), n), Proportion(int(y), m)
            passed["ratio"] += chance * (ratio_bound(ours, theirs, confidence=0.95) > ratio)
            passed["difference"] += chance * (difference_bound(ours, theirs, confidence=0.95) > ratio * q - q)
    assert max(passed.values()) <= 0.05


def test_below_thirty_rows_of_each_no_bound_is_claimed() -> None:
    for bound in (ratio_bound, difference_bound):
        with pytest.raises(Unmeasurable, match="29 rows, 30 are asked"):
            bound(Proportion(5, 29), Proportion(50, 100), confidence=0.95)
    assert ratio_bound(Proportion(0, 30), Proportion(30, 30), confidence=0.95) == 0


def test_shares_are_floats_of_exact_counts() -> None:
    assert Proportion(1, 3).share == float(Fraction(1, 3))
