"""One feature that orders the labels nearly by itself was known too late."""

from collections.abc import Callable

import numpy
import pandas
import pytest
from tests.gate_lab import DEFINITIONS, frame, labels, rows
from tests.unit.gate.candidates import candidate, outcome, side

FIELDS = "metric: single_feature_auc, op: '<=', threshold: 0.95"


def late() -> "pandas.Series[int]":
    return labels()["late"]


def test_features_that_tell_a_part_of_it_pass_with_the_best_one_named() -> None:
    result, reason = outcome(FIELDS, candidate())
    assert result == "passed"
    assert reason.startswith("single_feature_auc is 0.8") and "(of 'a' alone)" in reason


@pytest.mark.parametrize(
    "leak",
    [
        lambda: late() * 2.0,
        lambda: -late() * 2.0,
        lambda: late().astype(bool),
        lambda: pandas.Timestamp("2026-01-01") + pandas.to_timedelta(late(), unit="D"),
        lambda: late().map({1: "denied", 0: "paid"}),
        lambda: late().map({1: "denied", 0: None}),
        lambda: late().map({1: 3.0, 0: None}),
        lambda: late().map({1: numpy.inf, 0: 3.0}),
        lambda: pandas.Categorical(late().map({1: "denied", 0: "paid"})),
    ],
    ids=["number", "turned", "boolean", "time", "word", "word or nothing", "number or nothing", "infinity", "category"],
)
def test_a_feature_that_is_the_label_is_told_in_whatever_dress(leak: Callable[[], object]) -> None:
    said = outcome(FIELDS, candidate(table=rows().assign(b=leak())))
    assert said == ("failed", "single_feature_auc is 1 (of 'b' alone), policy asks <= 0.95")


def test_names_that_are_there_once_tell_nothing() -> None:
    named = rows().assign(b=[f"name {number}" for number in range(len(rows()))])
    result, reason = outcome(FIELDS, candidate(table=named))
    assert result == "passed"
    assert "(of 'a' alone)" in reason


def test_what_is_no_feature_may_know_the_outcome() -> None:
    assert outcome(FIELDS, candidate(table=rows().assign(arrived=late())))[0] == "passed"


def test_rows_of_one_class_are_no_evidence() -> None:
    positives = rows()[(frame()["late"] == 1).to_numpy()]
    assert outcome(FIELDS, candidate(table=positives))[0] == "insufficient_evidence"


def test_only_the_features_of_the_set_count() -> None:
    chosen = str(DEFINITIONS["features/sets/toy.yaml"]).replace("'rows@v1:a', ", "")
    result, reason = outcome(FIELDS, candidate(head=side(features__sets__toy=chosen)))
    assert result == "passed"
    assert "(of 'b' alone)" in reason
