"""Metrics of scores and of several classes are scikit-learn's; where it answers 0 and warns, there is no number."""

from collections.abc import Callable

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from gitmlops.statistics.classification import Unmeasurable, row_losses
from gitmlops.statistics.scoring import (
    average_precision,
    balanced_accuracy,
    class_losses,
    class_table,
    macro_auc,
    macro_f1,
    matthews,
    weighted_auc,
)

SCORED = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(0, 3)), min_size=2, max_size=60)
CLASSES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(SCORED)
def test_areas_with_weights_are_those_of_scikit_learn(rows: list[tuple[int, int, int]]) -> None:
    labels, scores, weights = (numpy.array(column, dtype=float) for column in zip(*rows, strict=True))
    if weights[labels == 1].sum() and weights[labels == 0].sum():
        wanted = oracle.roc_auc_score(labels, scores, sample_weight=weights)
        assert weighted_auc(labels, scores, weights) == pytest.approx(wanted, abs=1e-12)
    if weights[labels == 1].sum():
        wanted = oracle.average_precision_score(labels, scores, sample_weight=weights)
        assert average_precision(labels, scores, weights) == pytest.approx(wanted, abs=1e-12)
    if labels.any() and not labels.all():
        assert weighted_auc(labels, scores) == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-12)
        assert average_precision(labels, scores) == pytest.approx(oracle.average_precision_score(labels, scores))


@settings(max_examples=100, deadline=None)
@given(CLASSES)
def test_metrics_of_classes_are_those_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    labels, decisions = (numpy.array(column) for column in zip(*rows, strict=True))
    table = class_table(labels, decisions, 3)
    assert table.tolist() == oracle.confusion_matrix(labels, decisions, labels=[0, 1, 2]).tolist()
    if len(set(labels)) == 3:
        assert balanced_accuracy(table) == pytest.approx(oracle.balanced_accuracy_score(labels, decisions))
    else:
        with pytest.raises(Unmeasurable, match="rows of every class"):
            balanced_accuracy(table)
    if len(set(labels)) > 1 and len(set(decisions)) > 1:
        assert matthews(table) == pytest.approx(oracle.matthews_corrcoef(labels, decisions), abs=1e-12)
    else:
        with pytest.raises(Unmeasurable, match="two classes"):
            matthews(table)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_log_loss_of_classes_is_that_of_scikit_learn(seed: int) -> None:
    generator = numpy.random.default_rng(seed)
    labels = generator.integers(0, 4, 30).astype(float)
    scores = generator.dirichlet([0.5] * 4, 30)
    weights = generator.random(30)
    wanted = oracle.log_loss(labels, scores, labels=range(4))
    assert numpy.average(class_losses("log_loss", labels, scores)) == pytest.approx(wanted, abs=1e-9)
    wanted = oracle.log_loss(labels, scores, labels=range(4), sample_weight=weights)
    assert numpy.average(class_losses("log_loss", labels, scores), weights=weights) == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_metrics_of_all_classes_are_those_of_scikit_learn_with_weights_and_without(seed: int, weighted: bool) -> None:
    generator = numpy.random.default_rng(seed)
    labels = numpy.concatenate([[0, 1, 2, 3], generator.integers(0, 4, 30)]).astype(float)
    scores = generator.dirichlet([0.5] * 4, len(labels))
    weights = generator.integers(1, 4, len(labels)).astype(float) if weighted else None
    decided = scores.argmax(axis=1)
    wanted = oracle.f1_score(labels, decided, average="macro", sample_weight=weights, zero_division=0)
    assert macro_f1(labels, scores, weights) == pytest.approx(wanted, abs=1e-12)
    of_each = [oracle.roc_auc_score(labels == place, scores[:, place], sample_weight=weights) for place in range(4)]
    assert macro_auc(labels, scores, weights) == pytest.approx(numpy.mean(of_each), abs=1e-12)
    if weights is None:
        one_against_all = oracle.roc_auc_score(labels, scores, multi_class="ovr", average="macro")
        assert macro_auc(labels, scores) == pytest.approx(one_against_all, abs=1e-12)
    brier = numpy.average(class_losses("brier", labels, scores), weights=weights)
    squares = numpy.square(scores - (labels[:, None] == numpy.arange(4))).sum(axis=1)
    assert brier == pytest.approx(numpy.average(squares, weights=weights), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(SCORED)
def test_brier_of_two_classes_counts_each_row_for_both(rows: list[tuple[int, int, int]]) -> None:
    labels, places, _ = (numpy.array(column, dtype=float) for column in zip(*rows, strict=True))
    scores = places / 20
    both = class_losses("brier", labels, numpy.column_stack([1 - scores, scores]))
    assert both / 2 == pytest.approx(row_losses("brier", labels, scores), abs=1e-12)


@pytest.mark.parametrize("metric", [macro_f1, macro_auc])
def test_a_class_without_a_row_has_no_share_in_a_mean_of_classes(metric: Callable[..., float]) -> None:
    with pytest.raises(Unmeasurable, match=r"rows of every class|one class"):
        metric(numpy.array([0.0, 1.0]), numpy.full((2, 3), 1 / 3))


def test_one_class_has_no_area_and_no_positive_no_precision() -> None:
    scores = numpy.array([0.1, 0.2])
    for labels in (numpy.zeros(2), numpy.ones(2)):
        with pytest.raises(Unmeasurable, match="one class"):
            weighted_auc(labels, scores)
    with pytest.raises(Unmeasurable, match="needs a positive label"):
        average_precision(numpy.zeros(2), scores)
    with pytest.raises(Unmeasurable, match="not finite"):
        weighted_auc(numpy.array([0.0, 1.0]), numpy.array([0.1, numpy.nan]))


@pytest.mark.parametrize(
    ("labels", "decisions", "said"),
    [
        ([], [], "there are no rows"),
        ([0], [0, 1], "1 labels for 2 decisions"),
        ([0, 3], [0, 1], "1 of 2 labels are none of the 3 classes"),
        ([0, 1], [-1, 1], "1 of 2 decisions are none of the 3 classes"),
    ],
)
def test_what_is_no_class_gives_no_table(labels: list[int], decisions: list[int], said: str) -> None:
    with pytest.raises(Unmeasurable, match=said):
        class_table(numpy.array(labels, dtype=int), numpy.array(decisions, dtype=int), 3)


@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [
        ([0], [[0.5, 0.4]], "probabilities that sum to 1"),
        ([0], [[1.5, -0.5]], "probabilities that sum to 1"),
        ([0], [[numpy.nan, 1]], "1 of 1 scores are not finite numbers"),
        ([2], [[0.5, 0.5]], "none of the classes"),
        ([0, 1], [[0.5, 0.5]], "2 labels for scores of shape"),
        ([], numpy.empty((0, 2)), "0 labels for scores of shape"),
    ],
)
def test_scores_of_classes_are_probabilities(labels: list[int], scores: list[list[float]], said: str) -> None:
    with pytest.raises(Unmeasurable, match=said):
        class_losses("log_loss", numpy.array(labels, dtype=float), numpy.array(scores, dtype=float))
