"""Paired decisions: Tango's limits solve his equation, McNemar's number is the published one."""

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import threshold
from gitmlops.statistics.paired_proportions import (
    Pairs,
    gain_bound,
    mcnemar,
    mcnemar_exact,
    newcombe_paired,
    pairs,
    tango,
)
from gitmlops.statistics.verdicts import no_difference, noninferior

TABLES = st.tuples(*[st.integers(0, 60)] * 4).filter(any).map(lambda counts: Pairs(*counts))


def slow_tango(table: Pairs, difference: float) -> float:
    """The score statistic with the likelihood of the discordant shares maximised on a grid."""
    b, c, rest = table.ours_alone, table.theirs_alone, table.both + table.neither
    q = numpy.linspace(max(0.0, -difference), (1 - difference) / 2, 200_001)[1:-1]
    p = q + difference
    kept = (p > 0) & (1 - p - q > 0)
    p, q = p[kept], q[kept]
    best = (b * numpy.log(p) + c * numpy.log(q) + rest * numpy.log(1 - p - q)).argmax()
    variance = (p[best] + q[best] - difference**2) / table.rows
    return (table.difference - difference) / math.sqrt(variance)


@pytest.mark.parametrize("counts", [(53, 40, 20, 47), (10, 3, 1, 30), (80, 12, 9, 4), (5, 1, 8, 40)])
def test_tangos_limits_solve_the_score_equation(counts: tuple[int, ...]) -> None:
    table = Pairs(*counts)
    found = tango(table, confidence=0.95)
    assert found.lower < table.difference < found.upper
    assert slow_tango(table, found.lower) == pytest.approx(1.959964, abs=3e-3)
    assert slow_tango(table, found.upper) == pytest.approx(-1.959964, abs=3e-3)


@pytest.mark.parametrize("limits", [tango, newcombe_paired])
@given(table=TABLES)
def test_paired_limits_hold_their_difference_and_turn_round(limits, table: Pairs) -> None:
    found = limits(table, confidence=0.9)
    turned = limits(Pairs(table.both, table.theirs_alone, table.ours_alone, table.neither), confidence=0.9)
    assert -1 <= found.lower <= table.difference + 1e-9 and table.difference - 1e-9 <= found.upper <= 1
    assert (found.lower, found.upper) == pytest.approx((-turned.upper, -turned.lower), abs=1e-9)


def test_without_discordant_pairs_there_is_still_doubt() -> None:
    found = tango(Pairs(20, 0, 0, 10), confidence=0.9)
    z = 1.6448536
    assert found.lower == pytest.approx(-z * z / (30 + z * z), abs=1e-6)
    assert newcombe_paired(Pairs(20, 0, 0, 10), confidence=0.9).lower < 0


def test_newcombes_paired_limits_are_those_of_independent_samples_without_correlation() -> None:
    found = newcombe_paired(Pairs(25, 25, 25, 25), confidence=0.95)
    assert found.lower == -found.upper == pytest.approx(-math.hypot(0.5 - 0.40383, 0.59617 - 0.5), abs=1e-4)


def test_mcnemars_statistic_is_the_published_one() -> None:
    statistic, p_value = mcnemar(Pairs(0, 150, 86, 0))
    assert round(statistic, 3) == 16.818
    assert p_value == pytest.approx(oracle.chi2.sf(statistic, 1))
    assert mcnemar(Pairs(0, 86, 150, 0))[0] == statistic


@given(TABLES)
def test_mcnemars_exact_p_is_that_of_a_fair_coin(table: Pairs) -> None:
    discordant = int(table.ours_alone + table.theirs_alone)
    wanted = oracle.binomtest(int(table.ours_alone), discordant).pvalue if discordant else 1.0
    assert mcnemar_exact(table) == pytest.approx(wanted)


def test_equal_numbers_of_discordant_pairs_are_no_difference() -> None:
    assert mcnemar(Pairs(5, 3, 3, 5)) == (0.0, 1.0)
    assert mcnemar(Pairs(5, 0, 0, 5)) == (0.0, 1.0)
    assert not no_difference(Pairs(5, 0, 0, 5), alpha=0.05).seen


def test_a_difference_is_seen_with_the_exact_p_where_pairs_are_few() -> None:
    few = no_difference(Pairs(50, 9, 1, 50), alpha=0.05)
    assert few.seen and few.p_value == pytest.approx(22 / 1024)
    many = no_difference(Pairs(0, 150, 86, 0), alpha=0.05)
    assert many.seen and round(many.statistic, 3) == 16.818


def test_no_difference_seen_is_not_noninferiority() -> None:
    table = Pairs(10, 2, 4, 10)
    assert not no_difference(table, alpha=0.05).seen
    assert not noninferior(tango(table, confidence=0.9).lower, threshold("0.05"))


def test_a_bound_at_the_margin_does_not_hold_it() -> None:
    assert not noninferior(-0.5, threshold("1/2"))
    assert noninferior(math.nextafter(-0.5, 0), threshold("1/2"))
    with pytest.raises(Unmeasurable, match="nan is no number"):
        noninferior(math.nan, threshold("1/2"))
    with pytest.raises(Unmeasurable, match="negative"):
        noninferior(0.0, -threshold("1/2"))


def test_pairs_are_counted_from_decisions() -> None:
    ours, theirs = numpy.array([1, 1, 0, 0, 1], dtype=bool), numpy.array([1, 0, 1, 0, 0], dtype=bool)
    assert pairs(ours, theirs) == Pairs(1, 2, 1, 1)
    with pytest.raises(Unmeasurable, match="5 decisions for 4"):
        pairs(ours, theirs[1:])
    with pytest.raises(Unmeasurable, match="no pairs"):
        pairs(ours[:0], theirs[:0])


def test_fewer_independent_rows_leave_more_doubt() -> None:
    table = Pairs(500, 30, 20, 450)
    bounds = [tango(table.thinned(effect), confidence=0.9).lower for effect in (1, 2, 10)]
    assert bounds == sorted(bounds, reverse=True) and len(set(bounds)) == 3


def false_passes(rows: int, discordant: float, margin: float) -> float:
    """Exactly: the probability of the tables whose bound holds the margin, with the truth at the margin."""
    worse = (discordant + margin) / 2
    total = 0.0
    for together in range(rows + 1):
        chance = oracle.binom.pmf(together, rows, discordant)
        if chance < 1e-7:
            continue
        lost = 0  # the bound falls with every pair lost
        while lost <= together and bound(rows, together - lost, lost) > -margin:
            lost += 1
        total += chance * oracle.binom.cdf(lost - 1, together, worse / discordant)
    return total


def bound(rows: int, gained: int, lost: int) -> float:
    return gain_bound(Pairs(rows - gained - lost, gained, lost, 0), confidence=0.95)


@pytest.mark.parametrize(("rows", "discordant", "margin"), [(30, 0.2, 0.03), (50, 0.1, 0.02), (100, 0.05, 0.01)])
def test_a_loss_exactly_at_the_margin_passes_in_at_most_one_of_twenty_samples(
    rows: int, discordant: float, margin: float
) -> None:
    assert 0.02 < false_passes(rows, discordant, margin) <= 0.05


def test_below_thirty_pairs_no_gain_is_bounded() -> None:
    with pytest.raises(Unmeasurable, match="29 independent pairs, 30 are asked"):
        gain_bound(Pairs(29, 0, 0, 0), confidence=0.95)
    with pytest.raises(Unmeasurable, match="20 independent pairs, 30 are asked"):
        gain_bound(Pairs(200, 0, 0, 0).thinned(10), confidence=0.95)
