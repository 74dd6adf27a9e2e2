"""Intervals hold the confidence that they claim, and agree with a slow way to compute them."""

import numpy
import pytest

from gitmlops.statistics.classification import HIGHER_IS_BETTER, Unmeasurable, measure
from gitmlops.statistics.intervals import difference_bound, interval

Sample = tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]


def sample(rows: int, *, seed: int = 1, edge: float = 0.0) -> Sample:
    """Labels, a calibrated score, and one that knows more (edge > 0) or less."""
    generator = numpy.random.default_rng(seed)
    signal = generator.normal(size=rows)
    labels = (generator.random(rows) < 1 / (1 + numpy.exp(-signal))).astype(float)
    other = 1 / (1 + numpy.exp(-(signal + edge * (labels - 0.5) + 0.3 * generator.normal(size=rows))))
    return labels, 1 / (1 + numpy.exp(-signal)), other


def test_wilsons_interval_solves_its_own_equation() -> None:
    labels = numpy.ones(263)
    scores = numpy.array([1.0] * 81 + [0.0] * 182)
    found = interval("recall", labels, scores, threshold=0.5)
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.2553, 0.3662)
    for limit in (found.lower, found.upper):
        assert abs(81 / 263 - limit) / (limit * (1 - limit) / 263) ** 0.5 == pytest.approx(1.959964, abs=1e-6)


@pytest.mark.parametrize("metric", sorted(HIGHER_IS_BETTER))
def test_an_interval_holds_its_value(metric: str) -> None:
    labels, scores, _ = sample(400)
    found = interval(metric, labels, scores, threshold=0.5)
    assert found.lower <= measure(metric, labels, scores, threshold=0.5) <= found.upper
    assert found.standard_error > 0
    wide = interval(metric, labels, scores, threshold=0.5, confidence=0.999)
    assert wide.lower <= found.lower and found.upper <= wide.upper


@pytest.mark.parametrize("metric", ["roc_auc", "brier", "accuracy", "recall", "calibration_gap"])
def test_intervals_cover_in_95_of_100_samples(metric: str) -> None:
    population, scores, _ = sample(200_000, seed=9)
    truth = measure(metric, population, scores, threshold=0.5)
    generator = numpy.random.default_rng(3)
    covered = 0
    for _ in range(400):
        rows = generator.integers(0, len(population), 400)
        found = interval(metric, population[rows], scores[rows], threshold=0.5)
        covered += found.lower <= truth <= found.upper
    assert 0.92 <= covered / 400 <= 0.98


@pytest.mark.parametrize("metric", sorted(HIGHER_IS_BETTER))
def test_a_model_is_as_good_as_itself(metric: str) -> None:
    labels, scores, _ = sample(300)
    found = difference_bound(metric, labels, scores, scores, threshold=0.5, confidence=0.95, seed=1)
    assert found.gain == found.bound == 0


@pytest.mark.parametrize("metric", ["roc_auc", "brier", "log_loss", "accuracy", "precision", "recall"])
def test_a_better_model_gains_whatever_the_direction_of_the_metric(metric: str) -> None:
    labels, scores, better = sample(1500, edge=2)
    found = difference_bound(metric, labels, better, scores, threshold=0.5, confidence=0.95, seed=1)
    assert 0 < found.bound < found.gain
    lost = difference_bound(metric, labels, scores, better, threshold=0.5, confidence=0.95, seed=1)
    assert lost.gain == -found.gain and lost.bound < lost.gain


@pytest.mark.parametrize("metric", ["precision", "calibration_gap"])
def test_a_bootstrap_repeats_with_its_seed(metric: str) -> None:
    labels, scores, other = sample(200)
    bounds = [
        difference_bound(metric, labels, scores, other, threshold=0.5, confidence=0.95, seed=seed).bound
        for seed in (1, 1, 2)
    ]
    assert bounds[0] == bounds[1] != bounds[2]


def test_a_resample_without_decisions_counts_against_the_candidate() -> None:
    labels, scores = numpy.array([1.0] * 20), numpy.array([0.1] * 19 + [0.9])
    found = difference_bound("precision", labels, scores, scores, threshold=0.5, confidence=0.95, seed=1)
    assert found.gain == 0 and found.bound == -numpy.inf


def test_more_confidence_asks_for_more() -> None:
    labels, scores, other = sample(500)
    bounds = [
        difference_bound("brier", labels, scores, other, threshold=0.5, confidence=confidence, seed=1).bound
        for confidence in (0.5, 0.9, 0.99)
    ]
    assert bounds == sorted(bounds, reverse=True)


def test_one_row_has_no_interval() -> None:
    with pytest.raises(Unmeasurable, match="one row has no variance"):
        interval("brier", numpy.array([1.0]), numpy.array([0.5]), threshold=0.5)
    with pytest.raises(Unmeasurable, match="one row has no variance"):
        interval("roc_auc", numpy.array([1.0, 0.0, 0.0]), numpy.array([0.5, 0.1, 0.2]), threshold=0.5)


@pytest.mark.parametrize("metric", sorted(HIGHER_IS_BETTER))
def test_an_interval_of_nan_is_no_interval(metric: str) -> None:
    with pytest.raises(Unmeasurable):
        interval(metric, numpy.array([1.0, 0.0]), numpy.array([0.5, numpy.nan]), threshold=0.5)
