"""What the scores rest on, measured by the gate itself."""

import numpy
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from tests.gate_lab import frame, rows, trained
from tests.unit.gate.candidates import outcome, results
from tests.unit.gate.families.trying import tolerant, tried

SHARE = "metric: largest_importance_share, op: '<=', threshold: 0.8"
IDLE = "metric: idle_features, op: '<=', threshold: 0"


def test_a_model_that_rests_on_one_feature_is_told_which() -> None:
    result, reason = outcome(SHARE, tried())
    assert result == "failed"
    assert "(a 9" in reason and ", b " in reason


def test_a_model_that_rests_on_both_passes() -> None:
    model = trained()
    model.coef_ = numpy.array([[1.0, 1.0]])
    about = tried(model)
    object.__setattr__(about.sample, "labels", (rows()["a"] + rows()["b"] > 0).to_numpy(dtype=float))
    assert outcome("metric: largest_importance_share, op: '<=', threshold: 0.6", about)[0] == "passed"


def test_shares_are_those_of_scikit_learn() -> None:
    model = trained()
    oracle = permutation_importance(
        model, rows()[["a", "b"]], frame()["late"], scoring="roc_auc", n_repeats=20, random_state=1
    ).importances_mean.clip(0)
    (judged,) = results(SHARE, tried(model))
    assert float(judged.result.value) == pytest.approx(oracle.max() / oracle.sum(), abs=0.02)


def test_a_feature_that_no_score_rests_on_is_idle() -> None:
    result, reason = outcome(IDLE, tried(tolerant()))
    assert (result, reason) == ("failed", "idle_features is 1 (b), policy asks <= 0")
    assert outcome(IDLE, tried())[0] == "passed"


def test_a_model_for_which_nothing_matters_has_no_shares() -> None:
    constant = LogisticRegression().fit(rows()[["a", "b"]], frame()["late"])
    constant.coef_ = constant.coef_ * 0
    result, reason = outcome(SHARE, tried(constant))
    assert result == "insufficient_evidence"
    assert "no feature matters" in reason
    assert "idle_features is 2 (a, b)" in outcome(IDLE, tried(constant))[1]


def test_evaluation_rows_of_one_class_say_nothing_of_what_matters() -> None:
    positives = rows()[(frame()["late"] == 1).to_numpy()]
    assert outcome(SHARE, tried(table=positives))[0] == "insufficient_evidence"
