"""What becomes of the decisions when rows have noise, gaps, or values that nobody has seen."""

from fractions import Fraction

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
from tests.gate_lab import frame, rows
from tests.unit.gate.candidates import candidate, outcome, results
from tests.unit.gate.families.trying import VIEW, tolerant, tried

from gitmlops.gate.families.candidate import Candidate

NULLABLE_NOT = VIEW.replace("description: One", "description: One, nullable: false").replace(
    "description: Two", "description: Two, nullable: false"
)


@pytest.fixture(scope="module")
def linear() -> Candidate:
    """Fails where a value is missing."""
    return tried()


@pytest.fixture(scope="module")
def trees() -> Candidate:
    return tried(tolerant())


def test_noise_changes_few_decisions_of_a_smooth_model(linear: Candidate) -> None:
    (judged,) = results("metric: noise_flips, op: '<=', threshold: 0.1", linear)
    assert judged.result.outcome == "passed"
    assert 0 < float(judged.result.value) < 0.1
    assert "of 1,200 decisions change under noise of a tenth of each sd" in judged.reason


def test_a_model_that_learned_its_rows_by_heart_changes_its_mind_under_noise() -> None:
    by_heart = DecisionTreeClassifier(random_state=1).fit(rows()[["a", "b"]], frame()["late"])
    result, reason = outcome("metric: noise_flips, op: '<=', threshold: 0.1", tried(by_heart))
    assert result == "failed"
    assert "noise_flips is 0.3" in reason


def test_flips_are_counted_group_by_group_and_exactly(linear: Candidate) -> None:
    judged = results("metric: noise_flips, op: '<=', threshold: 0.1, slice: {by: place}", linear)
    assert [one.result.slice for one in judged] == ["place=EWR", "place=JFK"]
    flips = [int(one.reason.partition("(")[2].split()[0]) for one in judged]
    (whole,) = results("metric: noise_flips, op: '<=', threshold: 0", linear)
    assert whole.shortfall == Fraction(sum(flips), 1200)


def test_the_same_rows_meet_the_same_noise() -> None:
    first, again = (results("metric: noise_flips, op: '<=', threshold: 0.1", tried())[0] for _ in range(2))
    assert first.result == again.result


def test_the_loss_of_ranking_under_noise_is_told_with_both_values(linear: Candidate) -> None:
    result, reason = outcome("metric: noise_auc_loss, op: '<=', threshold: 0.02", linear)
    assert result == "passed"
    assert "(0.81" in reason and "without noise" in reason


def test_a_model_that_fails_on_gaps_is_told_which_features_must_not_be_missing(linear: Candidate) -> None:
    result, reason = outcome("metric: missing_failures, op: '<=', threshold: 0", linear)
    assert result == "failed"
    assert reason.startswith("missing_failures is 2 (a: it fails on the evaluation rows: Input X contains NaN.; b: ")
    result, reason = outcome("metric: missing_flips, op: '<=', threshold: 1", linear)
    assert result == "insufficient_evidence"
    assert "without 'a': it fails on the evaluation rows: Input X contains NaN." in reason


def test_features_that_are_never_missing_are_not_taken_away() -> None:
    about = tried(view=NULLABLE_NOT)
    assert outcome("metric: missing_failures, op: '<=', threshold: 0", about)[0] == "passed"
    said = outcome("metric: missing_flips, op: '<=', threshold: 0", about)
    assert said == ("passed", "missing_flips is 0 (no feature is nullable), policy asks <= 0")


def test_a_model_that_takes_gaps_is_told_how_many_decisions_they_change(trees: Candidate) -> None:
    assert outcome("metric: missing_failures, op: '<=', threshold: 0", trees)[0] == "passed"
    result, reason = outcome("metric: missing_flips, op: '<=', threshold: 0.1", trees)
    assert result == "failed"
    assert "decisions change without 'a')" in reason


def test_values_out_of_range_give_probabilities_still(linear: Candidate, trees: Candidate) -> None:
    for about in (linear, trees):
        assert outcome("metric: outside_failures, op: '<=', threshold: 0", about)[0] == "passed"


def test_words_that_nobody_has_seen_are_told_of_a_model_that_fails_on_them() -> None:
    view = VIEW.replace("- {name: b, dtype: float64", "- {name: b, dtype: string")
    worded = rows().assign(b=rows()["place"])
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(worded[["b"]], frame()["late"])
    result, reason = outcome("metric: outside_failures, op: '<=', threshold: 0", tried(model, view=view, table=worded))
    assert result == "failed"
    assert "outside_failures is 1 (b: it fails on the evaluation rows: Found unknown categories" in reason


def test_a_model_that_is_no_model_is_no_evidence() -> None:
    about = candidate(artifact=b"nothing", asked=frozenset({"noise_flips"}))
    result, reason = outcome("metric: noise_flips, op: '<=', threshold: 1", about)
    assert result == "insufficient_evidence"
    assert "it was not scored" in reason


def test_a_small_group_is_no_evidence() -> None:
    about = tried(table=rows().head(120))
    judged = results("metric: noise_flips, op: '<=', threshold: 1, slice: {by: place}", about)
    assert [one.result.outcome for one in judged] == ["insufficient_evidence", "insufficient_evidence"]
