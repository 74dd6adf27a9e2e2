import numpy
import pytest

from gitmlops.statistics.classification import Unmeasurable, measure
from gitmlops.statistics.clustered import estimate
from gitmlops.statistics.expected import calibration, expected_metric, expected_of_classes


def test_expected_metrics_are_those_of_outcomes_that_the_scores_are_the_chances_of() -> None:
    numbers = numpy.random.default_rng(0)
    scores = numpy.round(numbers.beta(1, 2, 400_000), 2)
    labels = (numbers.random(len(scores)) < scores).astype(float)
    values, counts = numpy.unique(scores, return_counts=True)
    for metric in ("roc_auc", "brier", "log_loss", "accuracy"):
        told = expected_metric(metric, counts.astype(float), values, values, threshold=0.5)
        assert told == pytest.approx(measure(metric, labels, scores, threshold=0.5), abs=0.002)
    assert expected_metric("calibration_gap", counts.astype(float), values, values, threshold=0.5) == 0


def test_expected_metrics_of_several_classes_are_those_of_outcomes_that_the_chances_are_of() -> None:
    numbers = numpy.random.default_rng(0)
    chances = numbers.dirichlet([1, 2, 3], 200_000)
    labels = (numbers.random(len(chances))[:, None] > chances.cumsum(axis=1)).sum(axis=1).astype(float)
    scores = chances**2 / (chances**2).sum(axis=1, keepdims=True)  # too sure of itself
    for metric in ("accuracy", "log_loss", "macro_f1", "macro_roc_auc"):
        told = expected_of_classes(metric, scores, chances)
        happened = estimate(metric, labels, scores, threshold=0.5)
        assert told == pytest.approx(happened.value, abs=4 * happened.standard_error), metric
    assert expected_of_classes("log_loss", scores, chances) > expected_of_classes("log_loss", scores, scores) + 0.05


def test_a_calibration_is_monotone_and_goes_straight_between_its_bins() -> None:
    found = calibration(numpy.array([0.1, 0.4, 0.5, 0.9]), numpy.array([0.1, 0.5, 0.4, 1.0]), numpy.full(4, 10.0))
    assert found.shares.tolist() == [0.1, 0.45, 0.45, 1.0]
    assert found.chances(numpy.array([0.0, 0.25, 0.7, 1.0])) == pytest.approx([0.1, 0.275, 0.725, 1.0])


def test_what_cannot_be_expected_is_no_number() -> None:
    two = numpy.array([1.0, 1.0])
    with pytest.raises(Unmeasurable, match="one class is not expected at all"):
        expected_metric("roc_auc", two, two, two, threshold=0.5)
    with pytest.raises(Unmeasurable, match="there are no rows"):
        expected_metric("brier", two * 0, two, two, threshold=0.5)
    with pytest.raises(Unmeasurable, match="recall cannot be expected"):
        expected_metric("recall", two, two, two, threshold=0.5)
    with pytest.raises(Unmeasurable, match="brier cannot be expected"):
        expected_of_classes("brier", numpy.eye(2), numpy.eye(2))
    with pytest.raises(Unmeasurable, match="one class is not expected at all"):
        expected_of_classes("macro_roc_auc", numpy.eye(2), numpy.ones((2, 2)) * [1, 0])
    with pytest.raises(Unmeasurable, match="no calibration table"):
        calibration(two[:0], two[:0], two[:0])
