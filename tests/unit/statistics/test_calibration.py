"""Calibration: bins, and the error that they add up to."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from gitmlops.statistics.calibration import (
    expected_calibration_error,
    reliability,
)
from gitmlops.statistics.classification import Unmeasurable

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
    scores = (scores + 1 / 3) / 1001  # off the edges, on which the two take different sides
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


@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [([0, 1], [0.3, 1.1], "no probabilities"), ([0, 1], [0.3, numpy.nan], "not finite"), ([], [], "no rows")],
)
def test_what_is_no_evidence_has_no_error(labels: list[float], scores: list[float], said: str) -> None:
    with pytest.raises(Unmeasurable, match=said):
        expected_calibration_error(numpy.array(labels, dtype=float), numpy.array(scores, dtype=float))
