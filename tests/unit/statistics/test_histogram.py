import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from gitmlops.statistics import histogram
from gitmlops.statistics.drift import kolmogorov_smirnov

VALUES = arrays(numpy.float64, st.integers(0, 300), elements=st.floats(-1e6, 1e6))


def test_few_values_are_their_own_edges() -> None:
    values = numpy.array([3.0, 1.0, numpy.nan, 2.0])
    edges = histogram.edges(values)
    assert edges.tolist() == [1, 2, 3]
    assert histogram.count(values, edges).tolist() == [1, 1, 1, 0]


def test_a_value_that_comes_often_has_a_bin_that_nothing_else_can_fall_into() -> None:
    values = numpy.concatenate([numpy.random.default_rng(1).normal(0, 1, 5_000), numpy.zeros(2_000)])
    edges = histogram.edges(values)
    atom = numpy.searchsorted(edges, 0.0)
    assert histogram.count(values, edges)[atom] == 2_000
    assert histogram.count(numpy.array([-1e-300, 0.0, 1e-300]), edges)[atom] == 1


def test_whole_numbers_need_no_edge_between_neighbours() -> None:
    hours = numpy.repeat(numpy.arange(24), 10)
    assert histogram.edges(hours).tolist() == [-1, *range(24)]
    assert histogram.edges(numpy.repeat([3, 7, 8], 5)).tolist() == [2, 3, 6, 7, 8]
    assert len(histogram.edges(hours.astype(float))) == 48


def test_many_values_have_about_200_bins_of_like_size() -> None:
    values = numpy.random.default_rng(1).normal(0, 1, 20_000)
    counts = histogram.count(values, histogram.edges(values))
    assert 195 <= len(counts) <= 203
    assert counts[1:-1].max() <= 120


@given(VALUES.map(numpy.unique))
def test_edges_have_few_digits_and_move_no_row(values: numpy.ndarray) -> None:
    edges = histogram.edges(values)
    assert (numpy.diff(edges) > 0).all()
    exact = numpy.array([values[values <= edge].max() for edge in edges])
    assert histogram.count(values, exact).tolist() == histogram.count(values, edges).tolist()
    assert numpy.allclose(edges, exact, rtol=1e-5, atol=0)


@given(VALUES, st.integers(1, 300), st.integers(0, 3))
def test_ks_of_a_profile_is_within_the_largest_bin_of_the_exact_one(
    values: numpy.ndarray, rows: int, digits: int
) -> None:
    reference = numpy.round(numpy.append(values, 0.0), digits)
    now = numpy.round(numpy.random.default_rng(rows).choice(numpy.append(reference, [-1.5, 1e7, 0.01]), rows), 2)
    edges = histogram.edges(reference)
    counts = histogram.count(reference, edges)
    found = kolmogorov_smirnov(counts, histogram.count(now, edges))
    alone = numpy.concatenate([[False], edges[1:] == numpy.nextafter(edges[:-1], numpy.inf), [False]])
    steps = numpy.sort(numpy.concatenate([reference, now]))
    ranks = (numpy.searchsorted(numpy.sort(side), steps, side="right") / len(side) for side in (reference, now))
    exact = abs(next(ranks) - next(ranks)).max()
    assert exact - counts[~alone].max() / len(reference) - 1e-12 <= found <= exact + 1e-12


def test_ks_of_a_profile_of_many_rows_is_within_a_hundredth_whatever_the_ties() -> None:
    numbers = numpy.random.default_rng(5)
    reference = numpy.where(numbers.random(100_000) < 0.4, 0.0, numbers.standard_t(2, 100_000))
    edges = histogram.edges(reference)
    counts = histogram.count(reference, edges)
    for shift in (0.0, -1e-9, 0.01, 0.3):
        now = reference[:5_000] + shift
        found = kolmogorov_smirnov(counts, histogram.count(now, edges))
        assert found == pytest.approx(stats.ks_2samp(reference, now).statistic, abs=0.006)


def test_edges_of_long_fractions_are_short() -> None:
    values = numpy.random.default_rng(1).normal(0, 1, 20_000) / 3
    assert max(len(str(edge)) for edge in histogram.edges(values)) <= len("-0.000123456")
    assert histogram.edges(numpy.array([1 / 3, 2 / 3, 3.4523399999999995, 7])).tolist() == [
        0.333334, 0.666667, 3.45234, 7,
    ]  # fmt: skip


@pytest.mark.parametrize("value", [0.1 + 0.2, -1 / 3, 5e-324, 1.7e308, -1.7e308, 0.0, 123456.7])
def test_an_edge_is_never_below_its_value(value: float) -> None:
    near = numpy.nextafter(value, numpy.inf)
    edges = histogram.edges(numpy.array([value, near]))
    assert edges[0] == value
    assert value <= histogram.edges(numpy.array([value]))[0] < numpy.inf


@pytest.mark.parametrize("values", [[], [numpy.nan], [numpy.inf, -numpy.inf]])
def test_no_finite_value_no_edge(values: list[float]) -> None:
    assert len(histogram.edges(numpy.array(values))) == 0


def test_infinite_values_are_below_and_above_everything() -> None:
    assert histogram.count(numpy.array([-numpy.inf, numpy.inf]), numpy.array([0.0, 1.0])).tolist() == [1, 0, 1]


@given(VALUES, VALUES)
def test_counts_of_parts_add_up(first: numpy.ndarray, second: numpy.ndarray) -> None:
    edges = histogram.edges(first)
    parts = histogram.count(first, edges) + histogram.count(second, edges)
    assert parts.tolist() == histogram.count(numpy.concatenate([first, second]), edges).tolist()
    assert histogram.count(first, edges)[-1] == 0


def test_median_is_the_edge_that_half_of_the_rows_reach() -> None:
    edges = numpy.array([1.0, 2.0, 3.0])
    assert histogram.median(numpy.array([1, 1, 1, 0]), edges) == 2
    assert histogram.median(numpy.array([0, 0, 1, 9]), edges) == numpy.inf
    assert histogram.median(numpy.zeros(4, dtype=int), edges) is None


def test_groups_explain_all_nothing_or_what_epsilon_squared_says() -> None:
    values = numpy.array([1.0, 1.0, 5.0, 5.0])
    assert histogram.variance_explained(numpy.array([0, 0, 1, 1]), values) == 1
    assert histogram.variance_explained(numpy.array([0, 1, 0, 1]), values) == 0
    assert histogram.variance_explained(numpy.array([0, 1, 2, 3]), values) == 0
    assert histogram.variance_explained(numpy.array([0, 0, 1, 1]), numpy.ones(4)) == 0
    groups, numbers = numpy.array([0, 0, 1, 1]), numpy.array([0.0, 2.0, 3.0, 5.0])  # SST 13, SSW 4, MSW 2
    assert histogram.variance_explained(groups, numbers) == pytest.approx((9 - 2) / 13)
