"""The area under the ROC curve and its limits are those of all pairs, and nothing is claimed below what was shown."""

import math
import time
from statistics import NormalDist

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from gitmlops.statistics.auc import SMALLEST_CLASS, area, area_difference, components, estimate, estimate_difference
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import threshold
from gitmlops.statistics.verdicts import noninferior

ENOUGH = numpy.repeat([1.0, 0.0], SMALLEST_CLASS)


def sample(rows: int, *, seed: int, digits: int = 3) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    generator = numpy.random.default_rng(seed)
    labels = (numpy.arange(rows) % 3 == 0).astype(float)
    first = generator.normal(size=rows) + labels
    return labels, first.round(digits), (first + generator.normal(size=rows)).round(digits)


def pairs_of(labels: numpy.ndarray, scores: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Definition, O(n^2): the share of negatives below each positive and of positives above each negative."""
    above, below = scores[labels == 1], scores[labels == 0]
    wins = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
    return wins.mean(axis=1), wins.mean(axis=0)


def slow_error(parts: tuple[numpy.ndarray, ...], more: float) -> float:
    """DeLong's standard error with the farthest row of each class counted 1 + more times."""
    total = 0.0
    for part in parts:
        squares = (part - part.mean()) ** 2
        total += (squares.sum() + more * squares.max()) / (len(part) - 1) / len(part)
    return math.sqrt(total)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 3), st.integers(8, 90))
def test_components_are_those_of_all_pairs(seed: int, digits: int, rows: int) -> None:
    labels, scores, _ = sample(rows, seed=seed, digits=digits)
    found, value = components(labels, scores)
    positives, negatives = pairs_of(labels, scores)
    assert found[labels == 1] == pytest.approx(positives, abs=1e-12)
    assert found[labels == 0] == pytest.approx(negatives, abs=1e-12)
    assert value == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 3))
def test_limits_are_those_of_all_pairs_on_the_logit_scale(seed: int, digits: int) -> None:
    labels, scores, _ = sample(300, seed=seed, digits=digits)
    parts = pairs_of(labels, scores)
    value, error = parts[0].mean(), slow_error(parts, 0.5)
    half = NormalDist().inv_cdf(0.975) * error / (value * (1 - value))
    found = area(labels, scores, confidence=0.95)
    assert found.standard_error == pytest.approx(error, rel=1e-9)
    for limit, side in ((found.limits.lower, -half), (found.limits.upper, half)):
        assert math.log(limit / (1 - limit)) == pytest.approx(math.log(value / (1 - value)) + side)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 3))
def test_a_difference_is_that_of_all_pairs(seed: int, digits: int) -> None:
    labels, scores, other = sample(300, seed=seed, digits=digits)
    ours, theirs = pairs_of(labels, scores), pairs_of(labels, other)
    error = slow_error((ours[0] - theirs[0], ours[1] - theirs[1]), 3)
    found = area_difference(labels, scores, other, confidence=0.95)
    assert found.value == pytest.approx(ours[0].mean() - theirs[0].mean())
    assert found.bound == pytest.approx(found.value - NormalDist().inv_cdf(0.95) * error)


def test_with_many_rows_the_caution_vanishes() -> None:
    labels, scores, other = sample(60_000, seed=1)
    found, _value = components(labels, scores)
    plain = math.sqrt(sum(part.var(ddof=1) / len(part) for part in (found[labels == 1], found[labels == 0])))
    assert area(labels, scores, confidence=0.95).standard_error == pytest.approx(plain, rel=1e-3)
    gain = estimate_difference(labels, scores, other, confidence=0.95)
    apart = found - components(labels, other)[0]
    plain = math.sqrt(sum(part.var(ddof=1) / len(part) for part in (apart[labels == 1], apart[labels == 0])))
    assert gain.standard_error == pytest.approx(plain, rel=3e-3)


def test_entities_of_one_row_are_rows() -> None:
    labels, scores, other = sample(30_000, seed=2)
    alone = numpy.arange(len(labels))
    for own, ours in ((alone, None), (alone * 3, None)):
        assert area(labels, scores, confidence=0.95, clusters=own).standard_error == pytest.approx(
            area(labels, scores, confidence=0.95, clusters=ours).standard_error, rel=1e-3
        )
        assert area_difference(labels, scores, other, confidence=0.95, clusters=own).bound == pytest.approx(
            area_difference(labels, scores, other, confidence=0.95).bound, rel=1e-2
        )


def test_rows_that_are_repeated_ten_times_are_worth_one() -> None:
    labels, scores, other = sample(600, seed=3)
    entity = numpy.repeat(numpy.arange(600), 10)
    repeated = [numpy.repeat(part, 10) for part in (labels, scores, other)]
    once = area(labels, scores, confidence=0.95, clusters=numpy.arange(600))
    assert area(repeated[0], repeated[1], confidence=0.95, clusters=entity).limits.lower == pytest.approx(
        once.limits.lower, abs=1e-9
    )
    careless = area(repeated[0], repeated[1], confidence=0.95)
    assert careless.standard_error < once.standard_error / 2.5
    assert area_difference(*repeated, confidence=0.95, clusters=entity).bound == pytest.approx(
        area_difference(labels, scores, other, confidence=0.95, clusters=numpy.arange(600)).bound, abs=1e-9
    )


def test_a_perfect_order_is_not_certain() -> None:
    scores = ENOUGH + numpy.linspace(0, 0.5, len(ENOUGH))
    found = area(ENOUGH, scores, confidence=0.95)
    assert found.value == 1 and found.limits.upper == 1
    assert found.limits.lower == pytest.approx(0.025 ** (1 / SMALLEST_CLASS))
    reverse = area(ENOUGH, -scores, confidence=0.95)
    assert reverse.value == 0 and reverse.limits.upper == pytest.approx(1 - 0.025 ** (1 / SMALLEST_CLASS))
    entities = area(ENOUGH, scores, confidence=0.95, clusters=numpy.tile(numpy.arange(SMALLEST_CLASS), 2))
    assert entities.limits.lower == pytest.approx(0.025 ** (2 / SMALLEST_CLASS))


def test_two_perfect_models_are_not_shown_to_be_equal_by_few_rows() -> None:
    ours, theirs = ENOUGH + numpy.linspace(0, 0.5, len(ENOUGH)), ENOUGH
    found = area_difference(ENOUGH, ours, theirs, confidence=0.95)
    assert found.value == 0 and found.bound == pytest.approx(-(1 - 0.05 ** (1 / SMALLEST_CLASS)))
    assert not noninferior(found.bound, threshold("0.01"))


def test_a_model_is_as_good_as_itself_at_any_margin() -> None:
    labels, scores, _ = sample(400, seed=4)
    found = area_difference(labels, scores, scores, confidence=0.95)
    assert (found.value, found.bound) == (0, 0)
    assert noninferior(found.bound, threshold("0.000000001"))


def test_one_tied_score_for_all_has_area_one_half() -> None:
    found = area(ENOUGH, numpy.zeros(len(ENOUGH)), confidence=0.95)
    assert found.value == 0.5 and found.limits.lower == found.limits.upper == 0.5


@pytest.mark.parametrize(("positives", "negatives"), [(99, 100), (100, 99), (30, 300), (10, 990)])
def test_below_a_hundred_of_each_class_nothing_is_claimed(positives: int, negatives: int) -> None:
    labels = numpy.repeat([1.0, 0.0], [positives, negatives])
    scores = numpy.linspace(0, 1, len(labels))
    with pytest.raises(Unmeasurable, match=f"{positives} positives and {negatives} negatives, 100 of each are asked"):
        area(labels, scores, confidence=0.95)
    with pytest.raises(Unmeasurable, match="100 of each are asked"):
        area_difference(labels, scores, scores, confidence=0.95)


def test_rows_of_few_entities_are_few() -> None:
    labels, scores, _ = sample(3000, seed=5)
    with pytest.raises(Unmeasurable, match="33 entities with positives and 66 with negatives, 100 of each are asked"):
        area(labels, scores, confidence=0.95, clusters=numpy.arange(3000) % 99 + 7)


@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [
        (ENOUGH[1:], numpy.zeros(200), "199 labels for 200 scores"),
        (ENOUGH, numpy.full(200, numpy.nan), "200 of 200 scores are not finite"),
        (ENOUGH + 1, numpy.zeros(200), "neither 0 nor 1"),
        (ENOUGH[:0], ENOUGH[:0], "there are no rows"),
    ],
)
def test_what_is_no_evidence_gives_no_area(labels: numpy.ndarray, scores: numpy.ndarray, said: str) -> None:
    for measured in (area, estimate):
        with pytest.raises(Unmeasurable, match=said):
            measured(labels, scores, confidence=0.95)


def test_a_reference_with_nan_is_no_reference() -> None:
    scores = numpy.linspace(0, 1, 200)
    with pytest.raises(Unmeasurable, match="not finite"):
        area_difference(ENOUGH, scores, numpy.full(200, numpy.nan), confidence=0.95)
    with pytest.raises(Unmeasurable, match="3 entities for 200 labels"):
        area_difference(ENOUGH, scores, scores, confidence=0.95, clusters=numpy.arange(3))


@pytest.mark.parametrize("confidence", [0.5, 1.0, 0.3, math.nan])
def test_a_bound_needs_a_confidence_above_one_half(confidence: float) -> None:
    with pytest.raises(Unmeasurable, match="confidence"):
        area_difference(ENOUGH, numpy.linspace(0, 1, 200), numpy.zeros(200), confidence=confidence)


def test_one_row_of_a_class_has_no_variance() -> None:
    with pytest.raises(Unmeasurable, match="one row has no variance"):
        estimate(numpy.array([1.0, 0.0, 0.0]), numpy.array([0.5, 0.1, 0.9]), confidence=0.95)


def test_a_million_rows_take_seconds() -> None:
    labels, scores, other = sample(1_000_000, seed=6, digits=12)
    start = time.process_time()
    area_difference(labels, scores, other, confidence=0.95, clusters=numpy.arange(1_000_000) // 10)
    assert time.process_time() - start < 10
