"""Resampled counts have the distribution of rows drawn again, entity by entity."""

import numpy
import pytest

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.resampling import (
    least_resamples,
    require_resamples,
    resampled_counts,
    seed,
    weights_of_rows,
)


def slow_counts(cells: numpy.ndarray, size: int, clusters: numpy.ndarray, resamples: int) -> numpy.ndarray:
    """Entities drawn one by one, their rows counted one by one."""
    generator = numpy.random.default_rng(99)
    names = numpy.unique(clusters)
    rows_of = {name: cells[clusters == name] for name in names}
    drawn = [generator.choice(names, len(names)) for _ in range(resamples)]
    return numpy.array(
        [numpy.bincount(numpy.concatenate([rows_of[name] for name in chosen]), minlength=size) for chosen in drawn]
    )


def entities(rows: int, count: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    generator = numpy.random.default_rng(1)
    clusters = generator.integers(0, count, rows) * 3 + 5
    cells = (clusters % 2) * 2 + generator.integers(0, 2, rows)
    return cells, clusters


@pytest.mark.parametrize("count", [4, 60, 2000])
def test_resampled_entities_have_the_moments_of_entities_drawn_one_by_one(count: int) -> None:
    cells, clusters = entities(2000, count)
    fast = resampled_counts(cells, 5, clusters, resamples=4000, seed=1)
    slow = slow_counts(cells, 5, clusters, 400)
    assert fast.shape == (4000, 5) and (fast[:, 4] == 0).all()
    assert fast.mean(axis=0) == pytest.approx(numpy.bincount(cells, minlength=5), rel=0.08)
    assert numpy.cov(fast[:, :4].T) == pytest.approx(numpy.cov(slow[:, :4].T), rel=0.35, abs=120)


def test_independent_rows_are_entities_of_one_row() -> None:
    cells = numpy.repeat([0, 1, 2], [500, 300, 200])
    for clusters in (None, numpy.arange(1000)):
        found = resampled_counts(cells, 3, clusters, resamples=20_000, seed=2)
        assert (found.sum(axis=1) == 1000).all()
        assert found.mean(axis=0) == pytest.approx([500, 300, 200], rel=0.01)
        assert found.var(axis=0) == pytest.approx([250, 210, 160], rel=0.05)


def test_entities_with_the_same_counts_are_still_drawn_apart() -> None:
    found = resampled_counts(numpy.zeros(40, dtype=int), 1, numpy.arange(40) // 10, resamples=50, seed=3)
    assert set(found.ravel().tolist()) == {40}
    uneven = resampled_counts(numpy.zeros(40, dtype=int), 1, numpy.repeat([0, 1], [39, 1]), resamples=200, seed=3)
    assert set(uneven.ravel().tolist()) == {2, 40, 78}


def test_a_seed_repeats_and_another_draws_otherwise() -> None:
    cells, clusters = entities(500, 100)
    one, again, other = (resampled_counts(cells, 4, clusters, resamples=50, seed=number) for number in (1, 1, 2))
    assert (one == again).all() and (one != other).any()


def test_a_seed_comes_from_names_and_their_order() -> None:
    assert seed("policy", "rows") == seed("policy", "rows") != seed("rows", "policy")
    assert seed("ab", "c") != seed("a", "bc")
    assert 0 <= seed("x") < 2**64


def test_twenty_resamples_lie_beyond_a_bound() -> None:
    assert least_resamples(0.05) == 400
    assert least_resamples(0.05 / 10) == 4000
    assert least_resamples(0.03) == 667
    require_resamples(400, 1 - 0.95)
    with pytest.raises(Unmeasurable, match=r"399 resamples at alpha 0\.05, at least 400 are asked"):
        require_resamples(399, 0.05)
    with pytest.raises(Unmeasurable, match="not between 0 and 1"):
        require_resamples(399, float("nan"))


def test_all_rows_of_an_entity_weigh_alike() -> None:
    clusters = numpy.array([7, 7, 3, 3, 3, 9])
    generator = numpy.random.default_rng(1)
    for _ in range(20):
        weights = weights_of_rows(clusters, 6, generator)
        assert weights[0] == weights[1] and weights[2] == weights[3] == weights[4]
        assert weights[0] + weights[2] + weights[5] == 3
    assert weights_of_rows(None, 6, generator).sum() == 6
