"""The metrics agree with scikit-learn, are exact where they are counts, and never invent a number."""

from fractions import Fraction
from typing import get_args

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from gitmlops.specs.policy import Metric
from gitmlops.statistics.classification import DECIDED, HIGHER_IS_BETTER, Unmeasurable, measure, midranks, value

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1000)), min_size=2, max_size=60)


def arrays(rows: list[tuple[int, int]]) -> tuple[numpy.ndarray, numpy.ndarray]:
    labels, scores = zip(*rows, strict=True)
    return numpy.array(labels, dtype=float), numpy.array(scores) / 1000


def test_every_metric_that_has_a_direction_can_be_measured_and_asked_for() -> None:
    assert set(HIGHER_IS_BETTER) <= set(get_args(Metric))
    labels, scores = numpy.array([0.0, 1.0, 1.0]), numpy.array([0.2, 0.7, 0.4])
    for metric in HIGHER_IS_BETTER:
        assert 0 <= measure(metric, labels, scores, threshold=0.5) <= 1


@settings(max_examples=150, deadline=None)
@given(ROWS, st.integers(0, 1000))
def test_metrics_agree_with_scikit_learn(rows: list[tuple[int, int]], cut: int) -> None:
    labels, scores = arrays(rows)
    threshold = cut / 1000
    decided = (scores >= threshold).astype(float)
    expected = {
        "brier": oracle.brier_score_loss(labels, scores, pos_label=1),
        "log_loss": oracle.log_loss(labels, scores, labels=[0, 1]),
        "accuracy": oracle.accuracy_score(labels, decided),
        "selection_rate": decided.mean(),
        "calibration_gap": abs(scores.mean() - labels.mean()),
    }
    if 0 < labels.sum() < len(labels):
        expected["roc_auc"] = oracle.roc_auc_score(labels, scores)
    if labels.sum():
        expected["recall"] = oracle.recall_score(labels, decided)
    if decided.sum():
        expected["precision"] = oracle.precision_score(labels, decided)
    for metric, wanted in expected.items():
        assert measure(metric, labels, scores, threshold=threshold) == pytest.approx(wanted, abs=1e-12), metric


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_reversing_the_scores_mirrors_the_auc(rows: list[tuple[int, int]]) -> None:
    labels, scores = arrays(rows)
    if 0 < labels.sum() < len(labels):
        one = value("roc_auc", labels, scores, threshold=0)
        assert one + value("roc_auc", labels, 1 - scores, threshold=0) == pytest.approx(1)


def test_counts_are_exact_ratios_not_floats() -> None:
    labels = numpy.array([1.0] * 10)
    scores = numpy.array([1.0] * 7 + [0.0] * 3)
    for metric in ("accuracy", "recall", "selection_rate"):
        assert value(metric, labels, scores, threshold=0.5) == Fraction(7, 10)
    assert Fraction(0.7) < Fraction(7, 10)
    mixed = numpy.array([0.0, 0.0, 0.0, 1.0])
    assert value("roc_auc", mixed, numpy.array([0.1, 0.2, 0.9, 0.5]), threshold=0) == Fraction(2, 3)


def test_a_score_at_the_threshold_is_the_decision_one() -> None:
    assert measure("selection_rate", numpy.array([0.0]), numpy.array([0.5]), threshold=0.5) == 1


def test_ties_share_the_mean_rank() -> None:
    assert midranks(numpy.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]


def test_log_loss_of_a_sure_mistake_is_finite() -> None:
    assert 36 < measure("log_loss", numpy.array([1.0]), numpy.array([0.0]), threshold=0.5) < 37


@pytest.mark.parametrize("metric", sorted(HIGHER_IS_BETTER))
@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [
        ([], [], "there are no rows"),
        ([0, 1], [0.5, float("nan")], "1 of 2 scores are not finite numbers"),
        ([0, 1], [0.5, float("inf")], "1 of 2 scores are not finite numbers"),
        ([0, 2], [0.5, 0.5], "1 of 2 labels are neither 0 nor 1"),
        ([0, float("nan")], [0.5, 0.5], "1 of 2 labels are neither 0 nor 1"),
        ([0, 1], [0.5], "2 labels for 1 scores"),
    ],
)
def test_what_is_no_evidence_gives_no_number(metric: str, labels: list[float], scores: list[float], said: str) -> None:
    with pytest.raises(Unmeasurable, match=said):
        measure(metric, numpy.array(labels, dtype=float), numpy.array(scores, dtype=float), threshold=0.5)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_has_no_auc(label: float) -> None:
    with pytest.raises(Unmeasurable, match="one class"):
        measure("roc_auc", numpy.array([label] * 3), numpy.array([0.1, 0.2, 0.3]), threshold=0.5)


def test_recall_without_positives_and_precision_without_decisions_are_no_numbers() -> None:
    labels, scores = numpy.zeros(3), numpy.array([0.1, 0.2, 0.3])
    with pytest.raises(Unmeasurable, match="recall needs a positive label"):
        measure("recall", labels, scores, threshold=0.5)
    with pytest.raises(Unmeasurable, match="precision needs a decision 1"):
        measure("precision", labels, scores, threshold=0.5)


@pytest.mark.parametrize("metric", ["brier", "log_loss", "calibration_gap"])
def test_scores_outside_0_to_1_are_no_probabilities(metric: str) -> None:
    with pytest.raises(Unmeasurable, match="1 of 2 scores are no probabilities"):
        measure(metric, numpy.array([0.0, 1.0]), numpy.array([0.5, 1.5]), threshold=0.5)


def test_decided_metrics_are_those_that_move_with_the_threshold() -> None:
    labels, scores = numpy.array([0.0, 1.0, 1.0, 0.0]), numpy.array([0.3, 0.4, 0.9, 0.5])
    for metric in HIGHER_IS_BETTER:
        low, high = (measure(metric, labels, scores, threshold=cut) for cut in (0.1, 0.8))
        assert (low != high) == (metric in DECIDED)
