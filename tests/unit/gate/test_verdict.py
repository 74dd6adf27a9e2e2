"""The verdict: any mandatory miss refuses, and nothing passes that nothing judged."""

from dataclasses import replace

import numpy
import pytest
from tests.unit.gate.definition_files import check, definitions, model, policy

from gitmlops.gate.checks.applying import judge
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.policies import rules
from gitmlops.gate.verdict.judgement import Judgement, findings, subject, tables
from gitmlops.records.receipt import Digest
from gitmlops.report import Location, Severity
from gitmlops.specs.model import Model

GOOD, BAD = "metric: accuracy, op: '>=', threshold: 0.5", "metric: accuracy, op: '>=', threshold: 0.99"
NOT_WORSE = "metric: accuracy, op: noninferior, baseline: {ref: production}, margin: 0.01"
LATE = "metric: accuracy, op: '>=', threshold: 0.9, slice: {by: place}, min_n: 2"


def judgement(*checks: str, of_base: bool = True, text: str = "") -> Judgement:
    """Three of four decisions are right: at JFK both, at EWR one of two."""
    places = numpy.array(["JFK", "JFK", "EWR", "EWR"], dtype=object)
    sample = Sample(numpy.ones(4), numpy.array([0.9, 0.9, 0.9, 0.1]), {"place": places}, (), "digest", {})
    head = definitions(models={"toy": model()}, policies={"quality": text or policy(*checks)})
    base = head if of_base else definitions(models={"toy": model()})
    results = tuple(judge(rule, sample) for rule in rules("toy", base, head))
    place = Location("models/toy.yaml")
    return Judgement(head.get(Model, "toy").spec, place, Digest("models/toy.skops", "ab", 1), results=results)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((check(GOOD),), "passed"),
        ((check(BAD),), "refused"),
        ((check(GOOD), check(BAD, id_="two", enforcement="soft-mandatory")), "refused"),
        ((check(GOOD), check(BAD, id_="two", enforcement="advisory")), "passed"),
        ((check(GOOD), check(NOT_WORSE, id_="two")), "passed"),
        ((check(GOOD, enforcement="soft-mandatory"),), "refused"),
        ((check(GOOD, enforcement="advisory"),), "refused"),
        ((check(NOT_WORSE),), "refused"),
        ((check(GOOD), check("metric: roc_auc, op: '>=', threshold: 0", id_="two")), "refused"),
    ],
)
def test_every_mandatory_check_must_pass_and_a_hard_one_must_have_run(checks: tuple[str, ...], verdict: str) -> None:
    assert subject(judgement(*checks)).verdict == verdict


def test_a_finding_cites_what_its_policy_turns_into_code() -> None:
    cited = policy(check(GOOD)) + (
        'source: {citation: "29 CFR 1607.4(D)", url: "https://www.ecfr.gov/", reviewed: "2026-11-23"}\n'
    )
    (found,) = findings(judgement(text=cited))
    assert found.details == (
        ("enforcement", "hard-mandatory"),
        ("policy", "quality@1.0.0"),
        ("source", "29 CFR 1607.4(D)"),
        ("url", "https://www.ecfr.gov/"),
        ("reviewed", "2026-11-23"),
    )
    (found,) = findings(judgement(text=policy(check(GOOD)) + "source: {citation: House rule}\n"))
    assert found.details[2:] == (("source", "House rule"),)
    (found,) = findings(judgement(check(GOOD)))
    assert [name for name, _ in found.details] == ["enforcement", "policy"]


def test_no_check_at_all_is_no_pass() -> None:
    (finding,) = findings(judgement())
    assert finding.severity is Severity.ERROR
    assert "no mandatory check judged it" in finding.message


def test_a_check_that_only_the_branch_brings_does_not_let_it_pass() -> None:
    told = findings(judgement(check(GOOD), of_base=False))
    assert [finding.severity for finding in told] == [Severity.PASS, Severity.ERROR]


def test_the_worst_group_is_named_and_every_group_is_in_the_receipt() -> None:
    judged = judgement(check(LATE))
    (finding,) = findings(judged)
    said = "toy: accuracy is 0.5 at place=EWR, policy asks >= 0.9 (worst of 2 groups), decided at 0.5"
    assert finding.message == said
    assert [(result.slice, result.outcome) for result in subject(judged).checks] == [
        ("place=EWR", "failed"),
        ("place=JFK", "passed"),
    ]


def test_groups_that_got_worse_are_told_beside_the_worst_one() -> None:
    judged = judgement(check(LATE))
    chances = iter((0.2, 0.01))
    (results,) = judged.results
    told = replace(judged, results=(tuple(replace(one, worse=next(chances)) for one in results),))
    assert findings(told)[0].message.endswith("; got worse, by Holm's rule at 5%: place=JFK")


def test_tables_show_the_worst_group_of_a_check_and_all_groups_worst_first() -> None:
    checks, groups = tables(judgement(check(GOOD), check(LATE, id_="each")))
    assert [row[:4] for row in checks.rows] == [
        ("quality/one", "", "passed", "0.75"),
        ("quality/each", "place=EWR", "failed", "0.5"),
    ]
    assert [row[1] for row in groups.rows] == ["place=EWR", "place=JFK"]
