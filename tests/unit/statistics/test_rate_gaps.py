"""Two rates, looked at after every window: what chance alone may do, by exact sums and by simulation."""

import numpy
import pytest
from scipy.stats import binom

from gitmlops.statistics import rate_gaps
from gitmlops.statistics.classification import Array
from gitmlops.statistics.rate_gaps import Counted, Gap

FOUR_FIFTHS, TENTH = Gap(0.8, 0.0), Gap(1.0, 0.1)
YEAR = 52


def drawn(rates: Array, rows: int, repeats: int, seed: int) -> Counted:
    """Hits in each window: rates have the shape (windows,), or (repeats, windows)."""
    generator = numpy.random.default_rng(seed)
    trials = generator.poisson(rows, (repeats, rates.shape[-1]))
    return Counted(generator.binomial(trials, rates), trials)


def steady(rate: float, windows: int = YEAR) -> Array:
    return numpy.full(windows, rate)


def ever(higher: Counted, lower: Counted, gap: Gap, alpha: float) -> float:
    """The share of pairs whose evidence reaches 1 / alpha after any window."""
    reached = numpy.zeros(len(higher.hits), dtype=bool)
    for until in range(1, higher.hits.shape[1] + 1):
        so_far = [Counted(one.hits[:, :until], one.trials[:, :until]) for one in (higher, lower)]
        reached |= rate_gaps.beyond(so_far[0], so_far[1], gap).value >= 1 / alpha
    return float(reached.mean())


@pytest.mark.parametrize("gap", [FOUR_FIFTHS, TENTH])
@pytest.mark.parametrize("place", [0.15, 0.3, 0.9])
def test_the_mean_of_a_bet_is_no_more_than_its_stake_wherever_rates_are_within_the_gap(gap: Gap, place: float) -> None:
    n, m = 12, 9
    first = (Counted(numpy.array([[40]]), numpy.array([[50]])), Counted(numpy.array([[10]]), numpy.array([[50]])))
    tables = [(hits, others) for hits in range(n + 1) for others in range(m + 1)]
    higher, lower = (
        Counted(
            numpy.array([[seen.hits[0, 0], table[side]] for table in tables]),
            numpy.array([[seen.trials[0, 0], rows]] * len(tables)),
        )
        for side, (seen, rows) in enumerate(zip(first, (n, m), strict=True))
    )
    values = rate_gaps.beyond(higher, lower, gap).value
    staked = (1 + 1 / 4) * 6 / numpy.pi**2
    for p in (place, place + 0.05):
        for r in {gap.factor * p - gap.allowed, min(1.0, p)}:
            if 0 <= r <= 1:
                chances = binom.pmf(higher.hits[:, 1], n, p) * binom.pmf(lower.hits[:, 1], m, r)
                assert (values * chances).sum() <= staked + 1e-9


def test_of_pairs_at_the_limit_hardly_any_ever_alarms_in_a_year_of_weeks() -> None:
    higher, lower = drawn(steady(0.3), 300, 1_000, 1), drawn(steady(0.24), 300, 1_000, 2)
    assert ever(higher, lower, FOUR_FIFTHS, 0.05) <= 0.05
    assert ever(drawn(steady(0.4), 300, 1_000, 3), drawn(steady(0.3), 300, 1_000, 4), TENTH, 0.05) <= 0.05


def test_weeks_that_differ_by_themselves_make_no_alarms_of_groups_that_are_alike() -> None:
    generator = numpy.random.default_rng(5)
    noisy = [0.3 * (1 + 0.2 * generator.normal(size=(1_000, YEAR))).clip(0.1, 3) for _ in range(2)]
    higher, lower = (drawn(rates, 1_000, 1_000, 6 + place) for place, rates in enumerate(noisy))
    assert ever(higher, lower, FOUR_FIFTHS, 0.05) <= 0.05


def test_a_gap_is_found_and_so_is_one_that_opens_late() -> None:
    late = numpy.concatenate([steady(0.3, 26), steady(0.18, 26)])
    for rates in (steady(0.2), late):
        higher, lower = drawn(steady(0.3), 500, 200, 8), drawn(rates, 500, 200, 9)
        assert (rate_gaps.beyond(higher, lower, FOUR_FIFTHS).value >= 1 / 0.05).mean() > 0.95
    since = rate_gaps.beyond(drawn(steady(0.3), 500, 200, 8), drawn(late, 500, 200, 9), FOUR_FIFTHS).since
    assert numpy.median(since) in (27, 28, 29, 30)


def test_a_sudden_gap_is_no_noise_of_windows_however_large_it_is() -> None:
    sudden = numpy.concatenate([steady(0.3, 1), steady(0.06, 3)])
    higher, lower = drawn(steady(0.3, 4), 1_000, 200, 15), drawn(sudden, 1_000, 200, 16)
    assert (rate_gaps.beyond(higher, lower, FOUR_FIFTHS).value >= 1 / 0.01).mean() > 0.95


def test_rates_that_are_alike_are_surely_within_and_rates_at_the_limit_are_not() -> None:
    higher = drawn(steady(0.3), 500, 1_000, 10)
    assert (rate_gaps.within(higher, drawn(steady(0.3), 500, 1_000, 11), FOUR_FIFTHS).value >= 20).mean() > 0.99
    assert (rate_gaps.within(higher, drawn(steady(0.24), 500, 1_000, 12), FOUR_FIFTHS).value >= 20).mean() < 0.05


def test_what_was_within_and_is_so_no_longer_is_not_called_so_for_long() -> None:
    late = numpy.concatenate([steady(0.3, 26), steady(0.18, 26)])
    found = rate_gaps.within(drawn(steady(0.3), 500, 200, 13), drawn(late, 500, 200, 14), FOUR_FIFTHS)
    assert (found.value >= 20).mean() < 0.05


def test_a_window_without_rows_of_a_group_says_nothing() -> None:
    hits, trials = numpy.array([[30, 0, 30, 30]]), numpy.array([[100, 0, 100, 100]])
    with_gap = rate_gaps.beyond(Counted(hits * 2, trials), Counted(hits, trials), FOUR_FIFTHS).value
    assert numpy.isfinite(with_gap).all()
    assert rate_gaps.beyond(Counted(hits[:, :1], trials[:, :1]), Counted(hits[:, :1], trials[:, :1]), TENTH).value == 0


def test_rates_of_0_and_1_are_compared_like_any_other() -> None:
    none, all_ = numpy.zeros((1, 8), dtype=int), numpy.full((1, 8), 200)
    assert rate_gaps.beyond(Counted(all_, all_), Counted(none, all_), FOUR_FIFTHS).value[0] > 1e6
    assert rate_gaps.within(Counted(all_, all_), Counted(all_, all_), FOUR_FIFTHS).value[0] > 1e6
