import numpy
import pytest

from gitmlops.statistics.classification import Unmeasurable, measure
from gitmlops.statistics.expected import calibration, expected_metric


def test_expected_metrics_are_those_of_outcomes_that_the_scores_are_the_chances_of() -> None:
    numbers = numpy.random.default_rng(0)
    scores = numpy.round(numbers.beta(1, 2, 400_000), 2)
    labels = (numbers.random(len(scores)) < scores).astype(float)
    values, counts = numpy.unique(scores, return_counts=True)
    for metric in ("roc_auc", "brier"):
        told = expected_metric(metric, counts.astype(float), values, values)
        assert told == pytest.approx(measure(metric, labels, scores, threshold=0.5), abs=0.002)
    assert expected_metric("calibration_gap", counts.astype(float), values, values) == 0


def test_a_calibration_is_monotone_and_goes_straight_between_its_bins() -> None:
    found = calibration(numpy.array([0.1, 0.4, 0.5, 0.9]), numpy.array([0.1, 0.5, 0.4, 1.0]), numpy.full(4, 10.0))
    assert found.shares.tolist() == [0.1, 0.45, 0.45, 1.0]
    assert found.chances(numpy.array([0.0, 0.25, 0.7, 1.0])) == pytest.approx([0.1, 0.275, 0.725, 1.0])


def test_what_cannot_be_expected_is_no_number() -> None:
    two = numpy.array([1.0, 1.0])
    with pytest.raises(Unmeasurable, match="one class is not expected at all"):
        expected_metric("roc_auc", two, two, two)
    with pytest.raises(Unmeasurable, match="there are no rows"):
        expected_metric("brier", two * 0, two, two)
    with pytest.raises(Unmeasurable, match="accuracy cannot be expected"):
        expected_metric("accuracy", two, two, two)
    with pytest.raises(Unmeasurable, match="no calibration table"):
        calibration(two[:0], two[:0], two[:0])
