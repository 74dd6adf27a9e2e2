"""Bins of scores put together lose little of an area, wherever scores lie."""

import numpy
import pytest

from gitmlops.statistics.binned import area, wider

BINS, MOST = 65_536, 200
NO_BIN = numpy.zeros(BINS, dtype=bool)


def scores(seed: int) -> numpy.ndarray:
    """Some of each class in a narrow range, with a share on one value."""
    random = numpy.random.default_rng(seed)
    said = random.beta(1, 10.0**seed, 20_000) * random.choice([1.0, 0.01])
    said[random.random(len(said)) < 0.3] = said[0]
    labels = (random.random(len(said)) < 0.02 + 0.5 * said / said.max()).astype(int)
    counts = numpy.zeros((2, BINS), dtype=numpy.int64)
    numpy.add.at(counts, (labels, (said * BINS).astype(int)), 1)
    return counts


@pytest.mark.parametrize("seed", range(5))
def test_an_area_of_wider_bins_is_within_two_over_their_number(seed: int) -> None:
    counts = scores(seed)
    edges = wider(counts, MOST)
    assert len(edges) < MOST
    assert list(edges) == sorted({*edges})
    negatives, positives = numpy.add.reduceat(counts, [0, *edges], axis=1)
    whole = area(counts[0], counts[1], NO_BIN)
    parts = area(negatives, positives, NO_BIN[: len(negatives)])
    assert abs(whole.value - parts.value) < 2 / MOST


def test_one_bin_stays_one() -> None:
    counts = numpy.zeros((2, BINS), dtype=numpy.int64)
    counts[:, 0] = 5
    assert wider(counts, MOST) == (1,)
    assert wider(counts * 0, MOST) == ()
