import math
from collections.abc import Callable
from dataclasses import replace

import numpy
import pytest

from gitmlops.statistics import regression, scoring
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.clustered import HIGHER_IS_BETTER, Estimate, error_and_skewness, half_width, measured
from gitmlops.statistics.clustered import estimate as estimate_at
from gitmlops.statistics.intervals import interval
from gitmlops.statistics.resampling import Whole

DRAW = numpy.random.default_rng(5)
ROWS = 400
NUMBERS = DRAW.normal(10, 3, ROWS)
PREDICTED = NUMBERS + DRAW.standard_t(5, ROWS)
CHANCES = DRAW.dirichlet([2, 2, 1], ROWS)
CLASSES = numpy.array([DRAW.choice(3, p=row) for row in CHANCES], dtype=float)
POSITIVE = (CLASSES == 0).astype(float)

Weighted = Callable[[Array], float]


def estimate(metric: str, labels: Array, scores: Array, clusters: Whole | None = None) -> Estimate:
    return estimate_at(metric, labels, scores, threshold=0.5, clusters=clusters)


def of_hits(weights: Array) -> float:
    return float(numpy.average(CHANCES.argmax(axis=1) == CLASSES, weights=weights))


def of_chances(weights: Array) -> float:
    return float(numpy.average(scoring.class_losses("log_loss", CLASSES, CHANCES), weights=weights))


WEIGHTED: dict[str, tuple[Array, Array, Weighted]] = {
    "mae": (NUMBERS, PREDICTED, lambda w: regression.mean_absolute_error(NUMBERS, PREDICTED, w)),
    "rmse": (NUMBERS, PREDICTED, lambda w: regression.root_mean_squared_error(NUMBERS, PREDICTED, w)),
    "r2": (NUMBERS, PREDICTED, lambda w: regression.r_squared(NUMBERS, PREDICTED, w)),
    "log_loss": (CLASSES, CHANCES, of_chances),
    "accuracy": (CLASSES, CHANCES, of_hits),
    "macro_f1": (CLASSES, CHANCES, lambda w: scoring.macro_f1(CLASSES, CHANCES, w)),
    "macro_roc_auc": (CLASSES, CHANCES, lambda w: scoring.macro_auc(CLASSES, CHANCES, w)),
    "brier": (POSITIVE, CHANCES[:, 0], lambda w: float(numpy.average((CHANCES[:, 0] - POSITIVE) ** 2, weights=w))),
    "calibration_gap": (
        POSITIVE, CHANCES[:, 0], lambda w: abs(float(numpy.average(CHANCES[:, 0] - POSITIVE, weights=w)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("metric", WEIGHTED)
def test_the_influence_of_a_row_is_what_the_metric_does_when_the_row_weighs_a_little_more(metric: str) -> None:
    labels, scores, weighted = WEIGHTED[metric]
    found, step = measured(metric, labels, scores, threshold=0.5)[1], 1e-5
    assert float(found.mean()) == pytest.approx(0, abs=1e-9)
    for row in range(0, ROWS, 37):
        more, less = numpy.ones(ROWS), numpy.ones(ROWS)
        more[row], less[row] = 1 + step, 1 - step
        assert (weighted(more) - weighted(less)) / (2 * step) * ROWS == pytest.approx(found[row], abs=1e-4), row
    assert estimate(metric, labels, scores).value == pytest.approx(weighted(numpy.ones(ROWS)))


@pytest.mark.parametrize("metric", WEIGHTED)
def test_the_error_is_the_spread_of_resampled_entities(metric: str) -> None:
    labels, scores, weighted = WEIGHTED[metric]
    draw, clusters = numpy.random.default_rng(1), numpy.repeat(numpy.arange(ROWS // 4), 4)
    for entities, of_row in ((ROWS, None), (ROWS // 4, clusters)):
        found = []
        for _ in range(600):
            drawn = numpy.bincount(draw.integers(0, entities, entities), minlength=entities)
            found.append(weighted((drawn if of_row is None else drawn[of_row]).astype(float)))
        measured = estimate(metric, labels, scores, of_row)
        assert measured.entities == entities
        if metric != "calibration_gap":  # the spread of an absolute value near 0 is another one
            assert measured.standard_error == pytest.approx(float(numpy.std(found)), rel=0.15)


def test_rows_that_are_copies_of_each_other_are_no_more_evidence_than_one() -> None:
    copies = numpy.repeat(numpy.arange(ROWS), 5)
    for metric in WEIGHTED:
        labels, scores, _ = WEIGHTED[metric]
        once, often = estimate(metric, labels, scores), estimate(metric, labels[copies], scores[copies], copies)
        assert often.entities == ROWS
        assert often.value == pytest.approx(once.value)
        assert often.standard_error == pytest.approx(once.standard_error, rel=1e-6)


def test_of_two_classes_the_errors_are_those_of_the_intervals() -> None:
    for metric in ("roc_auc", "brier", "calibration_gap", "log_loss"):
        one = interval(metric, POSITIVE, CHANCES[:, 0], threshold=0.5)
        assert estimate(metric, POSITIVE, CHANCES[:, 0]).entities == ROWS
        assert estimate(metric, POSITIVE, CHANCES[:, 0]).standard_error == pytest.approx(one.standard_error)


def test_a_limit_reaches_further_to_the_side_of_a_long_tail() -> None:
    labels = NUMBERS + DRAW.lognormal(0, 1.5, ROWS)
    skewed, plain = estimate("mae", labels, NUMBERS), estimate("mae", NUMBERS + DRAW.normal(0, 1, ROWS), NUMBERS)
    below, above = (half_width(skewed, confidence=0.99, side=side) / skewed.standard_error for side in (-1, 1))
    assert below == pytest.approx(2.34, abs=0.01)
    assert above > 1.2 * below
    assert half_width(plain, confidence=0.99, side=1) / plain.standard_error < 1.2 * below
    few = replace(plain, entities=20)
    assert half_width(few, confidence=0.99, side=-1) / few.standard_error == pytest.approx(2.53, abs=0.02)


def test_of_two_classes_a_decision_is_made_at_the_threshold() -> None:
    for threshold in (0.3, 0.7):
        right = (CHANCES[:, 0] >= threshold) == (POSITIVE == 1)
        found = estimate_at("accuracy", POSITIVE, CHANCES[:, 0], threshold=threshold)
        assert found.value == pytest.approx(float(right.mean()))
        assert found.standard_error == pytest.approx(float(right.std(ddof=1)) / ROWS**0.5)


def test_a_perfect_model_has_an_error_of_zero_and_one_entity_none() -> None:
    assert estimate("rmse", NUMBERS, NUMBERS).standard_error == 0
    assert math.isclose(estimate("accuracy", CLASSES, numpy.eye(3)[CLASSES.astype(int)]).value, 1)
    with pytest.raises(Unmeasurable, match="one entity"):
        error_and_skewness(NUMBERS, numpy.zeros(ROWS, dtype=numpy.int64))
    assert set(WEIGHTED) == set(HIGHER_IS_BETTER) - {"roc_auc"}
