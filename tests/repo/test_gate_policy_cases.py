"""Cases of policies are judged where a branch changes policies, from its commit."""

import pytest
from tests.gate_lab import QUALITY, Lab, other_good, says

FLOOR = """\
kind: policy
id: floor
version: 1.0.0
title: Ranks well
owner: us
checks:
- {id: auc, metric: roc_auc, op: ">=", threshold: 0.6, min_n: 100, enforcement: hard-mandatory}
"""
CASES = """\
kind: policy_test
policy: floor
cases:
- {name: Good, groups: [{rows: 1000, positives: 200, roc_auc: 0.8}], expect: {auc: passed}}
- {name: Poor, groups: [{rows: 1000, positives: 200, roc_auc: 0.55}], expect: {auc: failed}}
- {name: Few, groups: [{rows: 50, positives: 20, roc_auc: 0.8}], expect: {auc: insufficient_evidence}}
- {name: Nothing, missing: true, expect: {auc: insufficient_evidence}}
"""
POLICY, TESTS = "policies/floor.yaml", "policies/tests/floor.yaml"


@pytest.fixture
def tested(lab: Lab) -> Lab:
    """A policy with its cases on the base, beside one that nobody has written cases for."""
    lab.commit({POLICY: FLOOR, TESTS: CASES})
    return lab


def test_a_change_of_a_policy_that_its_cases_do_not_know_is_refused(tested: Lab) -> None:
    tested.commit({POLICY: FLOOR.replace("0.6", "0.52")}, branch="work")
    says(
        tested.run("gate"),
        "policy-test/floor/auc policies/tests/floor.yaml:5:",
        "Poor: expected failed, found passed: roc_auc is",
        "mend the check, or what the case expects",
    )
    tested.commit({TESTS: CASES.replace("0.55", "0.5")})
    says(tested.run("gate"), "4 cases of 1 policy with 1 check: passed", exit_code=0)


def test_cases_are_not_got_rid_of_by_removing_them(tested: Lab) -> None:
    tested.git("checkout", "-q", "-b", "work")
    tested.git("rm", "-q", TESTS)
    tested.commit()
    says(tested.run("gate"), "policy-test/floor policies/floor.yaml:2:5: no case tests this policy")


def test_cases_are_left_alone_where_no_policy_changes(tested: Lab) -> None:
    tested.commit({TESTS: CASES.replace("0.55", "0.9")})
    tested.candidate(other_good())
    result = tested.run("gate")
    says(result, "floor/auc", exit_code=0)
    assert "policy-test" not in result.output


def test_a_policy_that_nobody_has_written_cases_for_may_change(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY.replace("0.65", "0.6")}, branch="work")
    result = lab.run("gate")
    assert result.exit_code == 0, result.output
    assert "policy-test" not in result.output


def test_a_case_of_more_rows_than_a_machine_has_room_for_is_a_mistake(tested: Lab) -> None:
    tested.commit({TESTS: CASES.replace("rows: 1000", "rows: 1000000000000")}, branch="work")
    says(tested.run("gate"), "a case has at most 1000000", exit_code=3)
