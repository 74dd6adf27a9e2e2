"""Calibration: bins, the line that would mend the scores, and groups."""

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

from gitmlops.statistics.calibration import (
    calibration_by_group,
    expected_calibration_error,
    recalibration,
    reliability,
)
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.groups import categories

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1000)), min_size=1, max_size=80)


def sample(rows: int, *, slope: float = 1.0, shift: float = 0.0) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Labels, and scores whose logit is so many times, and so much above, the true one."""
    generator = numpy.random.default_rng(1)
    logits = generator.normal(size=rows)
    labels = (generator.random(rows) < 1 / (1 + numpy.exp(-logits))).astype(float)
    return labels, 1 / (1 + numpy.exp(-(slope * logits + shift)))


@settings(max_examples=80, deadline=None)
@given(ROWS)
def test_bins_of_equal_width_are_those_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    labels, scores = (numpy.array(column, dtype=float) for column in zip(*rows, strict=True))
    scores = (scores + 0.5) / 1001  # off the edges, on which the two take different sides
    found = reliability(labels, scores, bins=10)
    share, said = calibration_curve(labels, scores, n_bins=10) if 0 < labels.sum() < len(labels) else (None, None)
    if share is not None:
        assert [part.positives for part in found] == pytest.approx(share.tolist())
        assert [part.score for part in found] == pytest.approx(said.tolist())
    error = sum(part.rows / len(labels) * abs(part.score - part.positives) for part in found)
    assert expected_calibration_error(labels, scores) == pytest.approx(error)
    assert sum(part.rows for part in found) == len(labels)


def test_bins_of_equal_mass_hold_as_many_rows_each() -> None:
    labels, scores = sample(1000)
    found = reliability(labels, scores, bins=5, by="equal-mass")
    assert [part.rows for part in found] == [200] * 5
    tied = reliability(labels, numpy.full(1000, 0.3), bins=5, by="equal-mass")
    assert [part.rows for part in tied] == [1000]


def test_the_error_by_hand() -> None:
    labels, scores = numpy.array([0.0, 1, 1, 1]), numpy.array([0.1, 0.1, 0.9, 1.0])
    assert expected_calibration_error(labels, scores) == pytest.approx(0.5 * 0.4 + 0.5 * 0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_line_is_the_logistic_regression_of_scikit_learn(seed: int) -> None:
    generator = numpy.random.default_rng(seed)
    logits = generator.normal(0, 2, 300)
    labels = (generator.random(300) < 1 / (1 + numpy.exp(-0.7 * logits))).astype(float)
    found = recalibration(labels, 1 / (1 + numpy.exp(-logits)))
    wanted = LogisticRegression(C=numpy.inf, tol=1e-10, max_iter=10_000).fit(logits[:, None], labels)
    assert found.slope == pytest.approx(float(wanted.coef_[0, 0]), abs=1e-4)
    assert found.intercept == pytest.approx(float(wanted.intercept_[0]), abs=1e-4)
    mended = 1 / (1 + numpy.exp(-(logits + found.in_the_large)))
    assert mended.mean() == pytest.approx(labels.mean(), abs=1e-9)


def test_calibrated_scores_need_no_mending() -> None:
    found = recalibration(*sample(200_000))
    assert found.slope == pytest.approx(1, abs=0.02) and found.intercept == pytest.approx(0, abs=0.02)
    assert recalibration(*sample(200_000, slope=2)).slope == pytest.approx(0.5, abs=0.02)
    assert recalibration(*sample(200_000, shift=1)).in_the_large == pytest.approx(-1, abs=0.03)


def test_scores_of_0_and_1_can_be_mended() -> None:
    labels = numpy.array([1.0, 0, 1, 0, 1, 0])
    found = recalibration(labels, numpy.array([1.0, 0, 0, 1, 0.6, 0.4]))
    assert all(map(math.isfinite, (found.slope, found.intercept, found.in_the_large)))


@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [
        ([0, 0], [0.2, 0.3], "both classes"),
        ([0, 1], [0.3, 0.3], "different scores"),
        ([0, 0, 1, 1], [0.1, 0.2, 0.2, 0.3], "part the classes"),
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], "part the classes"),
        ([0, 1], [0.3, 1.1], "no probabilities"),
        ([0, 1], [0.3, numpy.nan], "not finite"),
        ([], [], "no rows"),
    ],
)
def test_where_no_line_fits_there_is_none(labels: list[float], scores: list[float], said: str) -> None:
    with pytest.raises(Unmeasurable, match=said):
        recalibration(numpy.array(labels, dtype=float), numpy.array(scores, dtype=float))


def test_groups_are_calibrated_or_too_small() -> None:
    names = numpy.repeat(["a", "b", "c"], [40, 40, 5])
    labels, scores = numpy.tile([0.0, 1.0], 43)[:85], numpy.repeat([0.75, 0.5, 0.5], [40, 40, 5])
    found = calibration_by_group(labels, scores, categories(names))
    assert [(group.group, group.gap) for group in found] == [("a", 0.25), ("b", 0.0), ("c", None)]
    assert found[2].reason == "5 rows, 30 are asked" and found[2].rows == 5
