"""Metrics of numbers and forecasts are scikit-learn's, with weights and without."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from gitmlops.statistics import forecasting, regression
from gitmlops.statistics.classification import Unmeasurable

ROWS = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 4)), min_size=2, max_size=50
).filter(lambda rows: any(row[2] for row in rows))
WEIGHTED = {
    "mae": oracle.mean_absolute_error,
    "mse": oracle.mean_squared_error,
    "rmse": oracle.root_mean_squared_error,
    "mape": oracle.mean_absolute_percentage_error,
    "r2": oracle.r2_score,
}


@settings(max_examples=150, deadline=None)
@given(ROWS, st.booleans())
def test_metrics_are_those_of_scikit_learn(rows: list[tuple[int, int, int]], weighted: bool) -> None:
    truth, predicted, weights = (numpy.array(column, dtype=float) for column in zip(*rows, strict=True))
    heavy = weights if weighted else None
    for name, wanted in WEIGHTED.items():
        if (name == "mape" and not truth.all()) or (name == "r2" and len(set(truth[weights > 0])) < 2):
            continue
        found = regression.METRICS[name].compute(truth, predicted, heavy)
        assert found == pytest.approx(wanted(truth, predicted, sample_weight=heavy), abs=1e-9), name
    for name in ("mae", "mse", "mape"):
        if name != "mape" or truth.all():
            found = numpy.average(regression.row_errors(name, truth, predicted), weights=heavy)
            assert found == pytest.approx(WEIGHTED[name](truth, predicted, sample_weight=heavy), abs=1e-9), name
    bias = numpy.average(regression.row_errors("absolute_bias", truth, predicted), weights=heavy)
    assert abs(bias) == pytest.approx(regression.absolute_bias(truth, predicted, heavy), abs=1e-9)
    median = regression.median_absolute_error(truth, predicted)
    assert median == pytest.approx(oracle.median_absolute_error(truth, predicted))


@given(ROWS)
def test_a_weight_counts_a_row_so_often(rows: list[tuple[int, int, int]]) -> None:
    truth, predicted, weights = (numpy.array(column, dtype=float) for column in zip(*rows, strict=True))
    often = weights.astype(int)
    repeated, said = numpy.repeat(truth, often), numpy.repeat(predicted, often)
    bias = regression.absolute_bias(truth, predicted, weights)
    assert bias == pytest.approx(abs(said.mean() - repeated.mean()), abs=1e-9)
    errors = numpy.sort(numpy.abs(repeated - said))
    assert regression.median_absolute_error(truth, predicted, weights) == errors[(len(errors) - 1) // 2]


@pytest.mark.parametrize("name", sorted(regression.METRICS))
@pytest.mark.parametrize(
    ("truth", "predicted", "weights", "said"),
    [
        ([], [], None, "there are no rows"),
        ([1], [1, 2], None, "2 predictions for 1 labels"),
        ([1, numpy.nan], [1, 2], None, "1 of 2 labels are not finite"),
        ([1, 2], [1, numpy.inf], None, "1 of 2 predictions are not finite"),
        ([1, 2], [1, 2], [1], "1 weights for 2 labels"),
        ([1, 2], [1, 2], [0, 0], "all 0"),
        ([1, 2], [1, 2], [-1, 2], "negative"),
        ([1, 2], [1, 2], [1, numpy.nan], "1 of 2 weights are not finite"),
    ],
)
def test_what_is_no_evidence_gives_no_number(name: str, truth: list, predicted: list, weights: list, said: str) -> None:
    heavy = None if weights is None else numpy.array(weights, dtype=float)
    with pytest.raises(Unmeasurable, match=said):
        regression.METRICS[name].compute(numpy.array(truth, dtype=float), numpy.array(predicted, dtype=float), heavy)


def test_there_is_no_percentage_of_zero_and_no_spread_of_equal_labels() -> None:
    with pytest.raises(Unmeasurable, match="1 of 2 labels are 0"):
        regression.mean_absolute_percentage_error(numpy.array([0.0, 1]), numpy.ones(2))
    with pytest.raises(Unmeasurable, match="labels that differ"):
        regression.r_squared(numpy.ones(3), numpy.zeros(3))
    with pytest.raises(Unmeasurable, match="all labels are 0"):
        forecasting.weighted_absolute_percentage_error(numpy.zeros(3), numpy.ones(3))


def test_forecasts_by_hand() -> None:
    truth, predicted = numpy.array([0.0, 4.0, -2.0]), numpy.array([0.0, 2.0, -2.0])
    assert forecasting.weighted_absolute_percentage_error(truth, predicted) == pytest.approx(2 / 6)
    assert regression.row_errors("smape", truth, predicted).mean() == pytest.approx((0 + 4 / 6 + 0) / 3)
