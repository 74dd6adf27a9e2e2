"""One check on one sample: exact at the limit, and a miss of evidence is never a pass."""

import numpy
import pytest
from tests.unit.gate.samples import drawn, outcome, results, sample


@pytest.mark.parametrize(
    ("op", "threshold", "expected"),
    [
        (">=", "0.7", "passed"),
        (">", "0.7", "failed"),
        ("<=", "7/10", "passed"),
        ("<", "7/10", "failed"),
        (">=", "0.700000001", "failed"),
        ("<=", "0.699999999", "failed"),
    ],
)
def test_seven_of_ten_is_exactly_seven_tenths(op: str, threshold: str, expected: str) -> None:
    evidence = sample([1.0] * 10, [0.9] * 7 + [0.1] * 3)
    assert outcome(f"metric: accuracy, op: '{op}', threshold: '{threshold}'", evidence)[0] == expected


def test_a_sentence_says_value_and_threshold() -> None:
    evidence = sample([1.0] * 10, [0.9] * 5 + [0.1] * 5)
    said = outcome("metric: accuracy, op: '>=', threshold: 0.9", evidence)
    assert said == ("failed", "accuracy is 0.5, policy asks >= 0.9")


def test_a_refused_check_of_all_rows_names_the_worst_slice() -> None:
    labels = numpy.tile([0.0, 1.0], 200)
    scores = numpy.concatenate([numpy.tile([0.1, 0.9], 100), numpy.tile([0.9, 0.1], 100)])
    evidence = sample(labels, scores, place=["JFK"] * 200 + ["EWR"] * 200)
    (accuracy,) = results("metric: accuracy, op: '>=', threshold: 0.9", evidence)
    assert accuracy.worst_slice == "; worst slice of 2: place=EWR, 0"
    (brier,) = results("metric: brier, op: '<=', threshold: 0.1", evidence)
    assert brier.worst_slice == "; worst slice of 2: place=EWR, 0.81"
    (passed,) = results("metric: accuracy, op: '>=', threshold: 0.5", evidence)
    assert passed.worst_slice == ""


def test_the_worst_slice_against_production_is_where_the_value_is_lowest() -> None:
    labels, scores = drawn(4000)
    places = ["JFK"] * 2000 + ["EWR"] * 2000
    worse = numpy.where(numpy.arange(4000) < 2000, 1 - scores, scores)
    evidence = sample(labels, worse, place=places, production=scores)
    (judged,) = results("metric: roc_auc, op: noninferior, margin: 0.01, baseline: {ref: production}", evidence)
    assert judged.result.outcome == "failed"
    assert "worst slice of 2: place=JFK" in judged.worst_slice


def test_each_group_has_its_own_result() -> None:
    places = ["JFK"] * 4 + ["EWR"] * 6
    evidence = sample([1.0] * 10, [0.9] * 4 + [0.9] * 3 + [0.1] * 3, place=places)
    judged = results("metric: recall, op: '>=', threshold: 0.8, slice: {by: place}, min_n: 4", evidence)
    told = [(item.result.slice, item.result.outcome, item.result.value, item.result.n) for item in judged]
    assert told == [("place=EWR", "failed", "0.5", 6), ("place=JFK", "passed", "1", 4)]


def test_a_small_group_is_insufficient_evidence_unless_the_policy_leaves_it_out() -> None:
    evidence = sample([1.0] * 10, [0.9] * 10, place=["JFK"] * 9 + ["EWR"])
    fields = "metric: recall, op: '>=', threshold: 0.8, slice: {by: place}, min_n: 5"
    assert [item.result.outcome for item in results(fields, evidence)] == ["insufficient_evidence", "passed"]
    assert results(fields, evidence)[0].reason == "recall is not measured: n is 1 at place=EWR, 5 are asked"
    left_out = results(f"{fields}, on_small_n: leave_out", evidence)
    assert [item.result.outcome for item in left_out] == ["not_applicable", "passed"]


def test_leaving_out_every_group_is_no_pass() -> None:
    evidence = sample([1.0] * 4, [0.9] * 4, place=["JFK", "JFK", "EWR", "EWR"])
    judged = results("metric: recall, op: '>=', threshold: 0.8, slice: {by: place}, on_small_n: leave_out", evidence)
    assert [item.result.outcome for item in judged] == ["not_applicable", "not_applicable", "insufficient_evidence"]
    assert "no group has 100 rows" in judged[-1].reason


def test_a_group_without_positives_has_no_recall() -> None:
    evidence = sample([1.0, 0.0, 0.0], [0.9, 0.1, 0.1], place=["JFK", "EWR", "EWR"])
    judged = results("metric: recall, op: '>=', threshold: 0.8, slice: {by: place}, min_n: 1", evidence)
    assert [item.result.outcome for item in judged] == ["insufficient_evidence", "passed"]


def test_a_slice_by_an_unknown_column_is_no_evidence() -> None:
    said = outcome("metric: brier, op: '<=', threshold: 0.8, slice: {by: sex}", sample([1.0], [0.9]))
    assert said == ("insufficient_evidence", "brier is not measured: the evaluation rows have no column 'sex'")


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "brier", "calibration_gap"])
@pytest.mark.parametrize("slice_", ["", ", slice: {by: place}, min_n: 1, on_small_n: leave_out"])
def test_one_nan_among_the_scores_is_no_evidence(metric: str, slice_: str) -> None:
    labels, scores = drawn()
    scores[3] = numpy.nan
    evidence = sample(labels, scores, place=["JFK"] * len(labels))
    result, reason = outcome(f"metric: {metric}, op: '>=', threshold: 0{slice_}", evidence)
    assert result == "insufficient_evidence"
    assert "1 of 1000 scores are not finite numbers" in reason


def test_auc_wants_a_hundred_of_each_class() -> None:
    labels = [1.0] * 99 + [0.0] * 500
    said = outcome("metric: roc_auc, op: '>=', threshold: 0.5", sample(labels, numpy.linspace(1, 0, 599)))
    assert said[0] == "insufficient_evidence"
    assert "99 positives and 500 negatives, 100 of each are asked" in said[1]
    labels = [1.0] * 100 + [0.0] * 500
    assert (
        outcome("metric: roc_auc, op: '>=', threshold: 0.5", sample(labels, numpy.linspace(1, 0, 600)))[0] == "passed"
    )


NOT_WORSE = "metric: roc_auc, op: noninferior, baseline: {ref: production}, margin: 0.01"


def test_without_production_there_is_nothing_to_be_worse_than() -> None:
    said = outcome(NOT_WORSE, sample(*drawn()))
    assert said == ("not_applicable", "roc_auc is not measured: bootstrap: no production version yet")


def test_the_model_in_production_is_not_worse_than_itself() -> None:
    labels, scores = drawn()
    (judged,) = results(NOT_WORSE, sample(labels, scores, production=scores))
    assert (judged.result.outcome, judged.result.bound) == ("passed", "0")
    assert judged.result.baseline == f"v1.4.0 {judged.result.value}"


def test_a_worse_model_is_refused_with_both_values_and_the_bound() -> None:
    labels, scores = drawn()
    noisy = scores + numpy.random.default_rng(2).normal(size=len(scores))
    result, reason = outcome(NOT_WORSE, sample(labels, noisy, production=scores))
    assert result == "failed"
    assert "in production (v1.4.0): a gain of at least -0." in reason and "policy asks > -0.01" in reason


def test_too_few_rows_to_tell_are_no_pass() -> None:
    labels, scores = drawn(300, seed=3)
    close = scores + 0.05 * numpy.random.default_rng(2).normal(size=len(scores))
    (judged,) = results(f"{NOT_WORSE[:-4]}0.0001", sample(labels, close, production=scores))
    assert judged.result.outcome == "failed"


@pytest.mark.parametrize("metric", ["roc_auc", "brier", "precision"])
def test_production_that_cannot_score_is_no_evidence_for_the_candidate(metric: str) -> None:
    labels, scores = drawn()
    fields = NOT_WORSE.replace("roc_auc", metric)
    said = outcome(fields, sample(labels, scores, production=numpy.full(len(scores), numpy.nan)))
    assert said[0] == "insufficient_evidence"


def test_a_bootstrap_is_seeded_by_rule_and_rows_not_by_the_candidate() -> None:
    labels, scores = drawn()
    other = numpy.clip(scores + 0.1 * numpy.random.default_rng(2).normal(size=len(scores)), 0, 1)
    fields = NOT_WORSE.replace("roc_auc", "precision")
    bounds = {results(fields, sample(labels, other, production=scores))[0].result.bound for _ in range(2)}
    assert len(bounds) == 1


def test_a_value_just_under_the_limit_does_not_look_like_it() -> None:
    labels = [1.0] * 67_999 + [0.0] * 32_001
    said = outcome("metric: accuracy, op: '>=', threshold: 0.68", sample(labels, [0.9] * 100_000))
    assert said == ("failed", "accuracy is 0.67999, policy asks >= 0.68")


def test_a_decision_by_the_limit_of_a_rate_holds_for_rare_misses_too() -> None:
    labels = numpy.ones(100)
    (judged,) = results("metric: recall, op: '>=', threshold: 0.9, decide: bound", sample(labels, 0.9 * labels))
    assert judged.reason == (
        "recall is 1, at least 0.9705 (confidence 0.95), policy asks >= 0.9"
    )  # 0.05 ** (1 / 100): Clopper and Pearson's
    assert judged.result.interval == ("0.9638", "1")


def test_rows_of_an_entity_that_are_all_right_are_one_row() -> None:
    labels = numpy.ones(1000)
    evidence = sample(labels, 0.9 * labels, entities=numpy.arange(1000) // 10)
    fields = "metric: recall, op: '>=', threshold: 0.98, decide: bound, resample_unit: customer"
    (judged,) = results(fields, evidence)
    assert (judged.result.outcome, judged.result.bound) == ("failed", "0.9705")
