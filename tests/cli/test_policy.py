"""`gitmlops policy test`: what a user sees, and the exit code."""

import json
from xml.etree import ElementTree

import pytest
from tests.memory_tree import template


@pytest.fixture
def flights(repo):
    repo.write(template().files)
    repo.commit()
    return repo


def change(repo, path: str, old: str, new: str) -> None:
    text = (repo.root / path).read_text()
    assert old in text
    repo.write({path: text.replace(old, new, 1)})


def test_the_cases_of_all_policies_are_judged(flights):
    result = flights.run("policy", "test")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("policy tests: passed\n28 passed\n16 cases of 2 policies with 5 checks\n")


def test_a_threshold_that_somebody_turns_down_fails_the_cases(flights):
    change(flights, "policies/performance.yaml", "threshold: 0.68", "threshold: 0.58")
    result = flights.run("policy", "test", "performance")
    words = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert "policy tests: failed 1 failed" in words
    assert "expected failed, found passed: roc_auc is 0.6, policy asks >= 0.58; mend the check, or what" in words
    assert "next: data-scientists: mend the policy or its cases, and run `gitmlops policy test` again." in words


def test_one_policy_is_tested_by_its_id_and_an_unknown_one_is_told_with_the_nearest(flights):
    assert "6 cases of 1 policy with 1 check" in flights.run("policy", "test", "fairness").stdout
    wrong = flights.run("policy", "test", "fairnes")
    assert (wrong.exit_code, wrong.stderr) == (3, "there is no policy 'fairnes'; did you mean 'fairness'?\n")


def test_a_case_that_cannot_be_exits_with_3_at_its_place(flights):
    change(flights, "policies/tests/fairness.yaml", "expect: {carrier-calibration: passed}", "expect: {gap: passed}")
    result = flights.run("policy", "test")
    assert result.exit_code == 3
    assert "policies/tests/fairness.yaml:9:17: there is no check 'gap'" in result.stderr
    assert "policies/tests/fairness.yaml:9:17: there is no check 'gap'" in flights.run("check").stdout


def test_junit_has_a_test_case_for_each_case_and_check_and_json_all_of_it(flights):
    root = ElementTree.fromstring(flights.run("policy", "test", "--format", "junit").stdout)
    assert (root.get("tests"), root.get("failures")) == ("28", "0")
    kept = json.loads(flights.run("policy", "test", "--format", "json").stdout)
    assert kept["tables"][0]["rows"][0]["small-n"] == 2


def test_a_project_without_policies_has_nothing_to_test(project):
    result = project.run("policy", "test")
    assert (result.exit_code, result.stdout) == (0, "policy tests: passed\n0 cases of 0 policies with 0 checks\n")
