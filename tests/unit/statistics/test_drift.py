import numpy
import pytest
from scipy import stats
from scipy.spatial import distance

from gitmlops.statistics import histogram
from gitmlops.statistics.drift import (
    adjusted,
    discoveries,
    hellinger,
    homogeneity_p,
    jensen_shannon,
    kolmogorov_p,
    kolmogorov_smirnov,
    population_stability_index,
    rank_wasserstein,
    total_variation,
)

NONE = numpy.zeros(3, dtype=numpy.int64)


def counts(*rows: int) -> numpy.ndarray:
    return numpy.array(rows, dtype=numpy.int64)


def test_ks_of_counts_is_scipys_ks_of_the_values() -> None:
    numbers = numpy.random.default_rng(1)
    a, b = numbers.integers(0, 20, 500), numbers.integers(3, 22, 700)
    distance = kolmogorov_smirnov(numpy.bincount(a, minlength=22), numpy.bincount(b, minlength=22))
    assert distance == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-12)


@pytest.mark.parametrize(("before", "after", "distance"), [((5, 5), (5, 5), 0.0), ((9, 0), (0, 4), 1.0)])
def test_ks_is_0_when_alike_and_1_without_overlap(before: tuple[int], after: tuple[int], distance: float) -> None:
    assert kolmogorov_smirnov(counts(*before), counts(*after)) == distance


@pytest.mark.parametrize("gap", [0.001, 0.01, 0.03, 0.05, 0.2, 1.0])
def test_p_of_ks_is_kolmogorovs_limit(gap: float) -> None:
    n, m = 1_000, 5_000
    expected = stats.kstwobign.sf(gap * numpy.sqrt(n * m / (n + m)))
    assert kolmogorov_p(gap, n, m) == pytest.approx(expected, abs=1e-9)


def test_no_rows_are_no_drift_and_no_surprise() -> None:
    full = counts(1, 2, 3)
    assert kolmogorov_smirnov(full, NONE) == kolmogorov_smirnov(NONE, full) == 0
    assert total_variation(full, NONE) == total_variation(NONE, full) == 0
    assert population_stability_index(full, NONE) == rank_wasserstein(full, NONE) == rank_wasserstein(NONE, full) == 0
    assert jensen_shannon(full, NONE) == jensen_shannon(NONE, full) == hellinger(full, NONE) == 0
    assert kolmogorov_p(0.5, 0, 10) == homogeneity_p(full, NONE) == 1


def test_total_variation_is_the_share_that_moved_less_what_chance_moves() -> None:
    before, after = counts(5_000, 5_000), counts(8_000, 2_000)
    pooled = numpy.array([13_000, 7_000]) / 20_000
    chance = numpy.sqrt(2 / numpy.pi * pooled * (1 - pooled) * (2 / 10_000)).sum() / 2
    assert total_variation(before, after) == pytest.approx(0.3 - chance, abs=1e-12)


def test_many_levels_and_few_rows_are_no_drift() -> None:
    numbers = numpy.random.default_rng(2)
    reference = numbers.multinomial(50_000, [1 / 200] * 200)
    seen = [numbers.multinomial(1_000, [1 / 200] * 200) for _ in range(100)]
    raw = [abs(reference / 50_000 - rows / 1_000).sum() / 2 for rows in seen]
    assert numpy.mean(raw) > 0.13
    assert numpy.mean([total_variation(reference, rows) for rows in seen]) < 0.01


def test_p_of_levels_is_pearsons() -> None:
    before, after = counts(300, 200, 100, 50), counts(120, 110, 30, 40)
    expected = stats.chi2_contingency(numpy.stack([before, after]), correction=False).pvalue
    assert homogeneity_p(before, after) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("cells", range(2, 12))
def test_p_of_levels_is_pearsons_for_any_number_of_levels(cells: int) -> None:
    numbers = numpy.random.default_rng(cells)
    before, after = numbers.integers(50, 90, cells), numbers.integers(50, 90, cells)
    expected = stats.chi2_contingency(numpy.stack([before, after]), correction=False).pvalue
    assert homogeneity_p(before, after) == pytest.approx(expected, rel=1e-9)


def test_levels_that_expect_few_rows_count_as_one() -> None:
    rare = homogeneity_p(counts(10_000, 10_000, 3, 3, 3), counts(100, 100, 0, 0, 0))
    merged = homogeneity_p(counts(10_000, 10_000, 9), counts(100, 100, 0))
    assert rare == pytest.approx(merged)


def test_psi_is_the_sum_over_tenths_less_its_mean_under_no_change() -> None:
    before, after = numpy.full(10, 1_000), counts(*[1_000] * 8, 500, 1_500)
    p, q = before / 10_000, after / 10_000
    raw = ((q - p) * numpy.log(q / p)).sum()
    assert population_stability_index(before, after) == pytest.approx(raw - 9 * (2 / 10_000), abs=1e-12)


def test_psi_without_change_is_about_0() -> None:
    numbers = numpy.random.default_rng(3)
    reference = numbers.multinomial(50_000, [1 / 200] * 200)
    seen = [population_stability_index(reference, numbers.multinomial(1_000, [1 / 200] * 200)) for _ in range(100)]
    assert numpy.mean(seen) < 0.006


def test_of_more_levels_than_one_for_20_rows_the_rarest_count_as_one() -> None:
    before = counts(5_000, 2_000, 2_000, 1_000)
    two = total_variation(counts(5_000, 2_000, 3_000), counts(10, 25, 5))
    assert total_variation(before, counts(10, 25, 5, 0)) == pytest.approx(two)
    assert total_variation(before, counts(10, 25, 0, 5)) == pytest.approx(two)


def test_wasserstein_of_ranks_is_the_mean_move_in_ranks() -> None:
    numbers = numpy.random.default_rng(6)
    reference = numpy.full(200, 500)
    ranks = numbers.random(200_000) ** 2
    found = rank_wasserstein(reference, numpy.bincount((ranks * 200).astype(int), minlength=200))
    assert found == pytest.approx(stats.wasserstein_distance(ranks, numbers.random(200_000)), abs=0.003)
    assert rank_wasserstein(reference, reference) == pytest.approx(0, abs=1e-12)
    assert (
        rank_wasserstein(counts(0, 5, 0), counts(0, 0, 9)) == rank_wasserstein(counts(0, 5, 0), counts(3, 0, 0)) == 0.5
    )


def test_a_few_sentinels_hide_no_shift_from_ranks() -> None:
    numbers = numpy.random.default_rng(7)
    reference = numpy.append(numbers.normal(0, 1, 50_000), [999_999] * 5)
    shifted = numbers.normal(2, 1, 50_000)
    edges = histogram.edges(reference)
    before, now = histogram.count(reference, edges), histogram.count(shifted, edges)
    assert rank_wasserstein(before, now) > 0.4
    assert kolmogorov_smirnov(before, now) == pytest.approx(0.68, abs=0.01)
    assert abs(reference.mean() - shifted.mean()) / reference.std() < 0.02


def test_jensen_shannon_and_hellinger_are_scipys_over_tenths() -> None:
    before, after = numpy.full(10, 1_000), counts(*[1_000] * 7, 0, 500, 2_500)
    p, q = before / 10_000, after / 10_000
    assert jensen_shannon(before, after) == pytest.approx(distance.jensenshannon(p, q, base=2), abs=1e-12)
    assert hellinger(before, after) == pytest.approx(numpy.sqrt(((p**0.5 - q**0.5) ** 2).sum() / 2), abs=1e-12)
    assert jensen_shannon(counts(5, 0), counts(0, 9)) == hellinger(counts(5, 0), counts(0, 9)) == 1


def test_discoveries_are_benjamini_and_hochbergs() -> None:
    p_values = list(numpy.random.default_rng(4).random(50) ** 4)
    expected = stats.false_discovery_control(p_values) <= 0.05
    assert discoveries(p_values, 0.05).tolist() == expected.tolist()
    assert expected.any()


def test_nothing_is_discovered_among_nothing() -> None:
    assert discoveries([], 0.01).tolist() == []
    assert discoveries([0.5, 0.9], 0.01).tolist() == [False, False]


def test_adjusted_p_values_are_the_rates_at_which_they_are_discoveries() -> None:
    values = [0.01, 0.04, 0.03, 0.9, 0.0001]
    found = adjusted(values)
    assert found.tolist() == pytest.approx([0.025, 0.05, 0.05, 0.9, 0.0005])
    for rate in (0.001, 0.03, 0.06):
        assert discoveries(values, rate).tolist() == (found <= rate).tolist()
    assert adjusted([]).tolist() == []
