"""How many rows a model was evaluated on, of all and of each group."""

import pytest
from tests.gate_lab import ROWS, labels, rows
from tests.unit.gate.candidates import candidate, outcome, results
from tests.unit.gate.definition_files import check, definitions, model, policy

from gitmlops.gate.rules.wiring import check as wired


def test_all_rows_are_counted() -> None:
    assert outcome(f"metric: rows, op: '>=', threshold: {ROWS}", candidate())[0] == "passed"
    said = outcome(f"metric: rows, op: '>', threshold: {ROWS}", candidate())
    assert said == ("failed", f"rows is {ROWS}, policy asks > {ROWS}")


def test_each_group_is_counted_and_a_small_one_is_named() -> None:
    judged = results("metric: rows, op: '>=', threshold: 500, slice: {by: place}", candidate())
    told = [(one.result.slice, one.result.outcome, one.result.value, one.result.n) for one in judged]
    assert told == [("place=EWR", "passed", "800", 800), ("place=JFK", "failed", "400", 400)]
    assert judged[1].reason == "rows is 400 at place=JFK, policy asks >= 500"


def test_a_group_below_a_hundred_rows_is_counted_too() -> None:
    judged = results("metric: rows, op: '>=', threshold: 30, slice: {by: place}", candidate(table=rows().head(60)))
    assert [(one.result.outcome, one.result.value) for one in judged] == [("passed", "40"), ("failed", "20")]


def test_positives_are_the_rows_with_the_label_1() -> None:
    late = int(labels()["late"].sum())
    assert outcome(f"metric: positives, op: '>=', threshold: {late}", candidate())[0] == "passed"
    assert outcome(f"metric: positives, op: '>=', threshold: {late + 1}", candidate())[0] == "failed"


def test_a_slice_by_an_unknown_column_is_no_evidence() -> None:
    said = outcome("metric: rows, op: '>=', threshold: 1, slice: {by: sex}", candidate())
    assert said == ("insufficient_evidence", "rows is not measured: the evaluation rows have no column 'sex'")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("min_n: 10", "rows is a number of rows itself"),
        ("min_positives: 10", "rows is a number of rows itself"),
        ("on_small_n: leave_out", "rows asks how small groups are"),
    ],
)
def test_a_size_is_not_asked_of_many_rows_only(fields: str, said: str) -> None:
    texts = {"quality": policy(check(f"metric: rows, op: '>=', threshold: 5, slice: {{by: place}}, {fields}"))}
    (finding,) = wired(definitions(models={"toy": model()}, policies=texts))
    assert finding.message == said
