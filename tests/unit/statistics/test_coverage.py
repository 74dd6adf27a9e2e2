"""The simulations of docs/explanation/gate-statistics.md, with fewer runs and a tolerance that honest noise keeps."""

from functools import partial

import numpy
import pytest
from benchmarks.gate_statistics import (
    bound_of,
    clustered,
    covered,
    independent,
    looked,
    losses,
    mean_held,
    pair_passed,
    passed,
    rate_passed,
)
from scipy.stats import binom

from gitmlops.statistics.multiplicity import budgeted_alpha, spent_alpha

RUNS = 500
pytestmark = pytest.mark.slow


def at_least(share: float, runs: int = RUNS) -> float:
    """What a share that is this large stays above in all but one of 10,000 series of runs."""
    return float(binom.ppf(1e-4, runs, share)) / runs


def at_most(share: float, runs: int = RUNS) -> float:
    """What a share that is this small stays below in all but one of 10,000 series of runs."""
    return float(binom.isf(1e-4, runs, share)) / runs


@pytest.mark.parametrize("area", [0.6, 0.9, 0.98])
@pytest.mark.parametrize(("positives", "negatives"), [(100, 100), (100, 1000)])
def test_limits_of_an_area_cover_from_a_hundred_of_each_class(area: float, positives: int, negatives: int) -> None:
    generator = numpy.random.default_rng(1)
    ours, _ = covered(partial(independent, generator, positives, negatives), area, RUNS)
    assert at_least(0.935) <= ours <= at_most(0.965)


@pytest.mark.parametrize("icc", [0.0, 0.3, 0.6])
def test_limits_of_an_area_cover_when_rows_come_ten_an_entity(icc: float) -> None:
    generator = numpy.random.default_rng(2)
    ours, careless = covered(partial(clustered, generator, 200, icc), 0.8, RUNS)
    assert at_least(0.935) <= ours <= at_most(0.965)
    assert icc == 0 or careless < 0.85


@pytest.mark.parametrize(("production", "margin"), [(0.7, 0.05), (0.9, 0.02), (0.95, 0.02)])
def test_an_area_exactly_at_its_margin_passes_in_at_most_one_of_twenty_samples(
    production: float, margin: float
) -> None:
    make = partial(independent, numpy.random.default_rng(3), 100, 300)
    assert passed(make, production, margin, margin, RUNS) <= at_most(0.05)


@pytest.mark.parametrize("rows", [100, 300])
def test_limits_of_a_mean_of_losses_hold_or_are_refused(rows: int) -> None:
    for name, draw, truth in losses(numpy.random.default_rng(5)):
        too_high, too_low, refused = mean_held(draw, truth, rows, RUNS)
        assert max(too_high, too_low) <= at_most(0.065), (name, too_high, too_low, refused)


def test_an_area_without_loss_is_found_so_with_enough_rows() -> None:
    make = partial(independent, numpy.random.default_rng(4), 1000, 1000)
    assert passed(make, 0.9, 0.0, 0.02, 100) >= 0.9


@pytest.mark.parametrize("icc", [0.0, 0.3, 0.6])
def test_a_rate_exactly_at_its_margin_passes_in_at_most_one_of_twenty_samples_of_entities(icc: float) -> None:
    assert rate_passed(400, icc, 0.02, 0.02, 300) <= at_most(0.055, 300)


def test_a_rate_of_rows_that_belong_together_passes_too_often_if_that_is_ignored() -> None:
    assert rate_passed(200, 0.6, 0.02, 0.02, 200, aware=False) > 0.1


def test_fifty_looks_at_one_evaluation_set_stay_within_its_budget() -> None:
    assert looked([0.05] * 20, RUNS) > 0.5
    assert looked([spent_alpha(0.05, look + 1) for look in range(50)], RUNS) <= at_most(0.05)
    assert looked([budgeted_alpha(0.05, look + 1, budget=50) for look in range(50)], RUNS) <= at_most(0.05)


@pytest.mark.parametrize("rows", [30, 100, 1000])
@pytest.mark.parametrize(("discordant", "margin"), [(0.05, 0.01), (0.2, 0.03), (0.5, 0.05)])
def test_paired_rates_at_their_margin_pass_in_at_most_one_of_twenty_samples_exactly(
    rows: int, discordant: float, margin: float
) -> None:
    assert pair_passed(rows, discordant, margin, margin, partial(bound_of, alpha=0.05)) <= 0.05
