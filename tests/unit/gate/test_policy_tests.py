"""Cases of a policy are judged by the checks that judge models, and a policy is tested by four kinds of them."""

from pathlib import Path

import pytest
from tests.unit.gate.definition_files import Texts, check, policy

from gitmlops.definitions import Definitions, load_valid
from gitmlops.gate.policy_tests import reporting
from gitmlops.gate.policy_tests.rows import sample
from gitmlops.gate.rules.wiring import check as wired
from gitmlops.report import Report, Severity, raise_errors
from gitmlops.specs.policy import Policy
from gitmlops.specs.policy_test import Case, Group, PolicyTest
from gitmlops.statistics.classification import measure

TEMPLATES = Path(__file__).parents[3] / "templates"
IMPACT = check("metric: impact_ratio, op: '>=', threshold: 4/5, slice: {by: sex}, min_n: 30", id_="impact")
PII = check("metric: pii_features, op: '<=', threshold: 0", id_="pii")
EQUAL = "groups: [{slice: {sex: F}, rows: 100, selected: 40}, {slice: {sex: M}, rows: 100, selected: 50}]"
UNEQUAL = EQUAL.replace("selected: 40", "selected: 39")
FEW = EQUAL.replace("rows: 100, selected: 40", "rows: 29, selected: 11")
ALL = (
    f"{EQUAL}, expect: {{impact: passed}}",
    f"{UNEQUAL}, expect: {{impact: failed}}",
    f"{FEW}, expect: {{impact: insufficient_evidence}}",
    "missing: true, expect: {impact: insufficient_evidence}",
)


def side(checks: tuple[str, ...], *cases: str, **policies: str) -> Definitions:
    files = {"gitmlops.yaml": "project: test\n", "policies/quality.yaml": policy(*checks)}
    files |= {f"policies/{name}.yaml": text for name, text in policies.items()}
    if cases:
        listed = "".join(f"- {{name: case {number}, {case}}}\n" for number, case in enumerate(cases))
        files["policies/tests/quality.yaml"] = f"kind: policy_test\npolicy: quality\ncases:\n{listed}"
    found = load_valid(Texts(files))
    raise_errors(wired(found))
    return found


def report(checks: tuple[str, ...], *cases: str) -> Report:
    return reporting.test(side(checks, *cases), ["quality"])


def refusals(checks: tuple[str, ...], *cases: str) -> list[str]:
    return [f"{one.rule}: {one.message}" for one in report(checks, *cases).of(Severity.ERROR)]


def test_a_policy_with_its_four_kinds_of_cases_passes():
    found = report((IMPACT,), *ALL)
    assert found.passed
    assert found.summary == ("4 cases of 1 policy with 1 check",)
    assert found.tables[0].rows == (("quality/impact", 1, 1, 1, 1),)


@pytest.mark.parametrize(("left_out", "kind"), enumerate(("passing", "failing", "small-n", "missing")))
def test_a_policy_that_lacks_one_of_the_four_kinds_fails(left_out: int, kind: str):
    cases = [case for number, case in enumerate(ALL) if number != left_out]
    assert refusals((IMPACT,), *cases) == [f"quality: no case is a {kind} one, which impact can have"]


def test_an_outcome_that_differs_is_shown_with_what_was_expected_and_what_the_check_says():
    (finding,) = report((IMPACT,), *ALL, f"{UNEQUAL}, expect: {{impact: passed}}").of(Severity.ERROR)
    assert finding.message == (
        "case 4: expected passed, found failed: impact_ratio is 0.78 at sex=F "
        "(39 of 100, against 50 of 100 at sex=M, p = 0.1546), policy asks >= 4/5"
    )
    assert str(finding.location).startswith("policies/tests/quality.yaml:8:")


def test_a_check_that_no_case_touches_fails():
    assert refusals((IMPACT, PII), *ALL) == ["quality/pii: no case says what this check comes to"]


def test_a_policy_without_cases_fails_once_and_says_where_they_belong():
    (finding,) = report((IMPACT,)).of(Severity.ERROR)
    assert (finding.message, finding.mend) == (
        "no case tests this policy",
        "write its cases in policies/tests/quality.yaml",
    )


def test_a_check_of_the_model_has_no_small_n():
    cases = (
        "facts: {pii_features: 0}, expect: {pii: passed}",
        "facts: {pii_features: 2}, expect: {pii: failed}",
        "missing: true, expect: {pii: insufficient_evidence}",
    )
    found = report((PII,), *cases)
    assert found.passed
    assert found.tables[0].rows == (("quality/pii", 1, 1, None, 1),)
    assert refusals((PII,), *cases[1:]) == ["quality: no case is a passing one, which pii can have"]


def test_a_fact_that_a_case_does_not_give_is_no_pass():
    found = refusals((PII,), "facts: {personal_features: 0}, expect: {pii: passed}")
    assert "expected passed, found insufficient evidence: pii_features is not measured: the case gives no" in found[0]


def test_two_facts_for_one_group_are_no_fact():
    steady = check("metric: noise_flips, op: '<=', threshold: 0.1, slice: {by: sex}, min_n: 30", id_="steady")
    case = (
        "groups: [{slice: {sex: F}, rows: 50, facts: {noise_flips: 0}}, "
        "{slice: {sex: F}, rows: 50, facts: {noise_flips: 1}}], expect: {steady: passed}"
    )
    assert "the case gives several facts 'noise_flips' at sex=F" in refusals((steady,), case)[0]


def test_a_check_of_scores_that_asks_for_no_least_number_of_rows_is_warned_of():
    brier = check("metric: brier, op: '<=', threshold: 0.2", id_="brier")
    (warning,) = report((brier,), "groups: [{rows: 1}], expect: {brier: passed}").of(Severity.WARNING)
    assert (warning.rule, warning.message) == ("quality/brier", "it judges however few rows there are")


def test_what_a_policy_extends_is_tested_where_it_is_written():
    law = policy(IMPACT, id_="law")
    definitions = side((PII,), law=law)
    extending = Texts(
        {
            "gitmlops.yaml": "project: test\n",
            "policies/law.yaml": law,
            "policies/house.yaml": policy(PII, id_="house") + "extends: [law@1.0.0]\n",
            "policies/tests/house.yaml": (
                "kind: policy_test\npolicy: house\ncases:\n"
                "- {name: a, facts: {pii_features: 0}, expect: {pii: passed}}\n"
                "- {name: b, facts: {pii_features: 1}, expect: {pii: failed}}\n"
                "- {name: c, missing: true, expect: {pii: insufficient_evidence, impact: insufficient_evidence}}\n"
            ),
        }
    )
    assert definitions.all(Policy)
    assert reporting.test(load_valid(extending), ["house"]).passed


def template(name: str) -> Definitions:
    folder = TEMPLATES / name
    files = {str(path.relative_to(folder)): path.read_text() for path in (folder / "policies").rglob("*.yaml")}
    return load_valid(Texts({"gitmlops.yaml": "project: test\n", **files}))


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.iterdir() if (path / "policies").is_dir()))
def test_every_policy_of_every_template_is_tested_by_all_kinds_of_cases_that_it_can_have(name: str):
    found = template(name)
    raise_errors(wired(found))
    assert {*found.all(PolicyTest)} == {*found.all(Policy)}
    tested = reporting.test(found, sorted(found.all(Policy)))
    assert [str(finding) for finding in tested.findings if finding.severity is not Severity.PASS] == []
    assert tested.tables[0].rows


def area(group: Group) -> float:
    rows = sample(Case(name="a", groups=[group], expect={}), ())
    return measure("roc_auc", rows.labels, rows.scores, threshold=0.5)


@pytest.mark.parametrize("asked", [0.5, 0.6, 0.75, 0.9, 0.99])
def test_generated_scores_rank_with_the_area_that_is_asked_for(asked: float):
    assert area(Group(rows=400, positives=150, roc_auc=asked)) == pytest.approx(asked, abs=0.002)
    assert area(Group(rows=400, positives=150, roc_auc=asked, seed=7)) == pytest.approx(asked, abs=0.002)


def test_generated_scores_are_calibrated_and_a_shift_is_what_they_are_off_by():
    for shift in (0.0, 0.1):
        rows = sample(Case(name="a", groups=[Group(rows=2000, positives=600, roc_auc=0.7, shift=shift)], expect={}), ())
        gap = measure("calibration_gap", rows.labels, rows.scores, threshold=0.5)
        assert gap == pytest.approx(shift, abs=0.001)


def test_counts_become_rows_with_these_counts():
    group = Group(rows=100, positives=50, selected=40, true_positives=30)
    rows = sample(Case(name="a", groups=[group], expect={}), ())
    decided = rows.scores >= 0.5
    assert (len(rows.labels), rows.positives, decided.sum(), decided[rows.labels == 1].sum()) == (100, 50, 40, 30)


def test_scores_may_be_written_row_by_row():
    rows = sample(Case(name="a", groups=[Group(positive_scores=[0.9, 0.4], negative_scores=[0.1])], expect={}), ())
    assert (rows.labels.tolist(), rows.scores.tolist()) == ([1, 1, 0], [0.9, 0.4, 0.1])
