"""`gitmlops policy list`, `show` and `test`: what a user sees, and the exit code."""

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


def rows(repo, *command: str, table: int = 0) -> list[dict[str, object]]:
    result = repo.run(*command, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["tables"][table]["rows"]


def test_policies_are_listed_with_scope_source_checks_models_and_cases(flights):
    fairness, performance = rows(flights, "policy", "list")
    assert fairness == {
        "policy": "fairness",
        "version": "1.0.0",
        "title": "No airline is called late more than it is",
        "scope": "models flight-delay",
        "source": "in force",
        "hard": 0,
        "soft": 1,
        "advisory": 0,
        "judges": "flight-delay",
        "cases": 6,
    }
    assert (performance["source"], performance["hard"], performance["judges"]) == ("none", 3, "flight-delay")


def test_a_policy_without_cases_or_models_says_so(flights):
    (flights.root / "policies/tests/performance.yaml").unlink()
    change(flights, "policies/performance.yaml", "tags: [operations]", "tags: [finance]")
    row = rows(flights, "policy", "list")[1]
    assert (row["judges"], row["cases"]) == ("none", "none")


def test_a_project_without_policies_is_told_what_that_means(project):
    assert "without a policy nothing can be merged" in project.run("policy", "list").stdout


def test_a_policy_is_shown_with_what_its_checks_ask_and_what_it_extends(flights):
    house = (flights.root / "policies/fairness.yaml").read_text().replace("id: fairness", "id: house")
    house = house.replace("scope:", "extends: [performance@1.0.0]\nscope:").replace("status: in-force", "")
    house = house.replace("{by: carrier}", "{by: carrier, pool: {carrier: {other: [OO, HA]}}}")
    flights.write({"policies/house.yaml": house + "not_decided: [Which airline to call.]\n"})
    shown = flights.run("policy", "show", "house").stdout
    assert "extends      performance@1.0.0" in shown
    assert "house  Which airline to call." in shown
    assert "extended by  house" in flights.run("policy", "show", "performance").stdout
    checks = {row["check"]: row for row in rows(flights, "policy", "show", "house")}
    assert checks["auc-not-worse"]["asks"] == "roc_auc within 0.01 of production, confidence 0.95"
    assert (checks["auc-each-airport"]["slice"], checks["auc-each-airport"]["by"]) == ("origin", "performance")
    assert checks["carrier-calibration"]["slice"] == "carrier; pooled: other (OO, HA)"


def test_a_source_that_has_ended_is_told(flights):
    change(flights, "policies/fairness.yaml", "agreed with the airlines", 'agreed\n  effective_to: "2020-01-01"')
    assert rows(flights, "policy", "list")[0]["source"] == "ended 2020-01-01"
    shown = flights.run("policy", "show", "fairness").stdout
    assert "agreed was in force until 2020-01-01" in " ".join(shown.split())


def test_an_unknown_policy_is_told_with_the_nearest(flights):
    wrong = flights.run("policy", "show", "fairnes")
    assert (wrong.exit_code, wrong.stderr) == (3, "there is no policy 'fairnes'; did you mean 'fairness'?\n")
