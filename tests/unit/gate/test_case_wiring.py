"""A case of a policy test that cannot be is told at its line before anything is judged."""

import pytest
from tests.unit.gate.definition_files import RANKS, Texts, check, policy

from gitmlops.definitions import load
from gitmlops.gate.rules.wiring import check as wired

IMPACT = check("metric: impact_ratio, op: '>=', threshold: 4/5, slice: {by: sex}", id_="impact")
WOMEN, MEN = "{slice: {sex: F}, rows: 100, selected: 40}", "{slice: {sex: M}, rows: 100, selected: 50}"


def said(case: str, *, about: str = "quality") -> list[str]:
    test = f"kind: policy_test\npolicy: {about}\ncases:\n- {case}\n"
    files = {
        "gitmlops.yaml": "project: test\n",
        "policies/quality.yaml": policy(RANKS, IMPACT),
        "policies/tests/quality.yaml": test,
    }
    side = load(Texts(files))
    return [str(finding.error()) for finding in (*side.findings, *wired(side))]


def groups(*written: str) -> str:
    return f"{{name: A, groups: [{', '.join(written)}], expect: {{impact: passed}}}}"


def test_a_case_that_can_be_has_no_findings():
    assert said(groups(WOMEN, MEN)) == []


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("{name: A, missing: true, expect: {}}", "4:36: it expects nothing"),
        ("{name: A, missing: true, expect: {impakt: failed}}", "there is no check 'impakt'; did you mean 'impact'?"),
        ("{name: A, missing: true, expect: {auc: fail}}", "4:42: 'fail' is not one of the allowed values"),
        ("{name: A, expect: {auc: failed}}", "nothing is given; add `groups:`, `facts:` or `missing: true`"),
        ("{name: A, missing: true, facts: {pii_features: 1}, expect: {auc: failed}}", "has neither groups nor facts"),
        ("{name: A, facts: {pi_features: 1}, expect: {auc: failed}}", "did you mean 'pii_features'?"),
        ("{name: A, facts: {roc_auc: 1}, expect: {auc: failed}}", "'roc_auc' is no metric that is given as a fact"),
        (f"{groups(MEN)}\n- {groups(MEN)}", "5:10: the case 'A' is here twice"),
        (groups("{slice: {sex: F}}"), "a group without rows; add `rows:`"),
        (groups("{rows: 9, positives: 10}"), "10 of 9 rows cannot have the label 1"),
        (groups("{rows: 9, selected: 10}"), "10 of 9 rows cannot be selected"),
        (groups("{rows: 9, positives: 3, selected: 4, true_positives: 4}"), "write 0 to 3"),
        (groups("{rows: 9, positives: 8, selected: 4, true_positives: 1}"), "write 3 to 4"),
        (groups("{rows: 9, true_positives: 1}"), "of how many that are selected?"),
        (groups("{rows: 9, selected: 1, score: 0.5}"), "scores are said by selected and by score"),
        (groups("{rows: 9, roc_auc: 0.7}"), "an area needs rows of both labels"),
        (groups("{rows: 9, positives: 3, shift: 0.1}"), "shift goes with `roc_auc`"),
        (groups("{rows: 2, positive_scores: [0.5]}"), "the scores say how many rows there are"),
        (groups("{positive_scores: [0.5], production: {positive_scores: [0.5, 0.4]}}"), "2 and 0 scores for 1 rows"),
        (groups("{rows: 9, production: {selected: 10}}"), "4:55: 10 of 9 rows cannot be selected"),
        (groups(WOMEN, "{slice: {age: old}, rows: 9}"), "the first group of the case is sliced by sex"),
        (groups(WOMEN, MEN[:-1] + ", production: {score: 0}}"), "production scores all groups of a case or none"),
    ],
)
def test_a_case_that_cannot_be_is_told_with_its_mend(case: str, words: str):
    (found,) = said(case)
    assert words in found
    assert found.startswith("policies/tests/quality.yaml:4:") or "is here twice" in found


def test_cases_of_a_policy_that_is_not_there_name_the_nearest():
    (found,) = said(groups(WOMEN, MEN), about="qualty")
    assert found == "policies/tests/quality.yaml:2:9: there is no policy 'qualty'; did you mean 'quality'?"
