"""Means and metrics with weights: bounds that know which rows belong together."""

import numpy
import pytest

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.mean_gains import Resampling, bootstrap_gain, mean, mean_gain
from gitmlops.statistics.regression import mean_absolute_error, r_squared
from gitmlops.statistics.scoring import weighted_auc


def errors(rows: int) -> numpy.ndarray:
    return numpy.random.default_rng(1).normal(1, 2, rows)


def test_independent_rows_have_the_textbook_interval() -> None:
    half = errors(250)
    values = numpy.concatenate([half, 2 - half])
    found = mean(values, confidence=0.95)
    error = values.std(ddof=1) / 500**0.5
    assert found.standard_error == pytest.approx(error)
    assert (found.limits.lower, found.limits.upper) == pytest.approx(
        (values.mean() - 1.964729 * error, values.mean() + 1.964729 * error), abs=1e-5
    )
    assert mean(values, confidence=0.95, clusters=numpy.arange(500)).standard_error == pytest.approx(error)


def test_rows_that_are_repeated_are_worth_one() -> None:
    once = mean(errors(300), confidence=0.95)
    repeated = numpy.repeat(errors(300), 10)
    together = mean(repeated, confidence=0.95, clusters=numpy.repeat(numpy.arange(300), 10))
    assert together.standard_error == pytest.approx(once.standard_error)
    assert mean(repeated, confidence=0.95).standard_error < once.standard_error / 3


def test_a_gain_is_bounded_from_below() -> None:
    half = errors(200)
    values = numpy.concatenate([half, 2 - half])
    found = mean_gain(values, confidence=0.95)
    assert found.bound == pytest.approx(found.gain - 1.648682 * mean(values, confidence=0.95).standard_error, abs=1e-5)


@pytest.mark.parametrize("sign", [1, -1])
def test_limits_reach_further_on_the_side_of_the_long_tail(sign: int) -> None:
    losses = sign * numpy.random.default_rng(3).exponential(size=500)
    found = mean(losses, confidence=0.95)
    below, above = found.value - found.limits.lower, found.limits.upper - found.value
    assert (above > 1.03 * below) == (sign == 1) and (below > 1.03 * above) == (sign == -1)
    assert min(above, below) == pytest.approx(1.9647 * found.standard_error, abs=1e-4)
    assert mean(losses, confidence=0.95, clusters=numpy.arange(500)).limits == found.limits


def test_a_mean_that_hangs_on_a_few_rows_has_no_limit() -> None:
    gains = numpy.zeros(1000)
    gains[:3] = -50.0
    for measured in (mean, mean_gain):
        with pytest.raises(Unmeasurable, match=r"a few of 1000 entities weigh too much \(skewness -1[78]"):
            measured(gains, confidence=0.95)
    assert mean_gain(-gains, confidence=0.95).bound < 0.15
    assert mean(numpy.zeros(100), confidence=0.95).limits.upper == 0


def models(rows: int) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    generator = numpy.random.default_rng(2)
    truth = generator.normal(size=rows)
    return truth, truth + 0.5 * generator.normal(size=rows), truth + 0.8 * generator.normal(size=rows)


def test_the_bootstrap_of_a_mean_is_near_its_normal_bound() -> None:
    truth, ours, theirs = models(800)
    found = bootstrap_gain(
        mean_absolute_error, truth, ours, theirs, higher_is_better=False, confidence=0.95, draw=Resampling(3000, 1)
    )
    normal = mean_gain(numpy.abs(theirs - truth) - numpy.abs(ours - truth), confidence=0.95)
    assert found.gain == pytest.approx(normal.gain)
    assert found.bound == pytest.approx(normal.bound, abs=0.004)


def test_the_bootstrap_draws_entities() -> None:
    truth, ours, theirs = (numpy.repeat(part, 10) for part in models(200))
    bounds = [
        bootstrap_gain(
            r_squared, truth, ours, theirs, higher_is_better=True, confidence=0.95, draw=Resampling(400, 1, clusters)
        )
        for clusters in (None, numpy.repeat(numpy.arange(200), 10))
    ]
    assert bounds[0].gain == bounds[1].gain and bounds[1].bound < bounds[0].bound < bounds[0].gain


def test_a_resample_without_a_number_counts_as_infinitely_worse() -> None:
    truth = (numpy.arange(200) < 1).astype(float)
    found = bootstrap_gain(
        weighted_auc, truth, truth, truth, higher_is_better=True, confidence=0.95, draw=Resampling(400, 1)
    )
    assert found.gain == 0 and found.bound == -numpy.inf


def test_too_little_is_refused() -> None:
    truth, ours, theirs = models(200)
    with pytest.raises(Unmeasurable, match="399 resamples"):
        bootstrap_gain(r_squared, truth, ours, theirs, higher_is_better=True, confidence=0.95, draw=Resampling(399, 1))
    with pytest.raises(Unmeasurable, match="99 entities, 100 are asked"):
        mean(errors(99), confidence=0.95)
    with pytest.raises(Unmeasurable, match="40 entities, 100 are asked"):
        mean(errors(400), confidence=0.95, clusters=numpy.arange(400) // 10)
    with pytest.raises(Unmeasurable, match="3 entities for 400 rows"):
        mean(errors(400), confidence=0.95, clusters=numpy.arange(3))
    with pytest.raises(Unmeasurable, match="1 of 101 values are not finite"):
        mean(numpy.append(errors(100), numpy.nan), confidence=0.95)
