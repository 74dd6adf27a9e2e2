"""A check that cannot be judged is found before it judges."""

import pytest
from tests.unit.gate.definition_files import ACCURATE, RANKS, check, definitions, model, policy

from gitmlops.gate.rules.wiring import check as wired
from gitmlops.report import Severity

PRODUCTION = "metric: roc_auc, op: noninferior, baseline: {ref: production}"


def found(*checks: str, scope: str = "{}") -> list[tuple[str, str]]:
    side = definitions(models={"toy": model()}, policies={"quality": policy(*checks, scope=scope)})
    return [(str(finding.location), finding.message) for finding in wired(side)]


def test_good_checks_have_no_findings() -> None:
    assert found(ACCURATE, RANKS, check(f"{PRODUCTION}, margin: 0.01", id_="three")) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("metric: brier, op: '<='", "compares with nothing"),
        ("metric: brier, op: '<=', threshold: 0.1, margin: 0.1", "margin is of `op: noninferior` only"),
        ("metric: brier, op: '<=', threshold: 0.1, baseline: {ref: production}", "baseline is of"),
        ("metric: roc_auc, op: noninferior, margin: 0.01", "noninferior to what?"),
        (PRODUCTION, "noninferior by how much?"),
        (f"{PRODUCTION}, margin: -0.01", "the margin -0.01 is negative"),
        (f"{PRODUCTION}, margin: 0.01, threshold: 0.7", "noninferior has no threshold"),
        (f"{PRODUCTION}, margin: 0.01, decide: bound", "noninferior is decided by its own limit"),
        (f"{PRODUCTION}, margin: 0.01, method: tango", "tango is no method for roc_auc"),
        (PRODUCTION.replace("roc_auc", "matthews") + ", margin: 0.01", "no bound of a gain in matthews"),
        ("metric: roc_auc, op: no-difference, baseline: {ref: production}", "McNemar's test does not speak of roc_auc"),
        ("metric: recall, op: no-difference, baseline: {ref: production}, margin: 0.1", "test and has no margin"),
        ("metric: matthews, op: '>=', threshold: 0.1, decide: bound", "matthews has no interval"),
        ("metric: brier, op: '<=', threshold: 0.1, method: normal", "method is of `op: noninferior` only"),
        ("metric: impact_ratio, op: '>=', threshold: 4/5", "impact_ratio compares groups, and none are named"),
        ("metric: impact_ratio, op: '<=', threshold: 4/5, slice: {by: sex}", "groups fare alike where"),
        ("metric: brier, op: '<=', threshold: 0.1, slice: {by: []}", "a slice names each of its columns once"),
        ("metric: brier, op: '<=', threshold: 0.1, slice: {by: [a, a]}", "a slice names each of its columns once"),
        ("metric: brier, op: '<=', threshold: 0.1, slice: {by: a, intersectional: true}", "has no intersections"),
        ("metric: brier, op: '<=', threshold: 0.1, slice: {by: a, pool: {b: {c: [d]}}}", "groups of 'b' are pooled"),
        (
            "metric: brier, op: '<=', threshold: 0.1, slice: {by: a, pool: {a: {c: [d], e: [d]}}}",
            "'d' of a is in two pools",
        ),
        ("metric: brier, op: '<=', threshold: 0.1, on_small_n: leave_out", "there are no groups to leave out"),
    ],
)
def test_a_check_that_makes_no_sense_is_named_with_its_place(fields: str, said: str) -> None:
    ((place, message),) = found(check(fields))
    assert said in message
    assert place.startswith("policies/quality.yaml:8:")


def test_a_check_is_there_once() -> None:
    assert found(ACCURATE, ACCURATE) == [("policies/quality.yaml:9:8", "the check 'one' is here twice")]


def test_a_policy_has_checks() -> None:
    assert found() == [("policies/quality.yaml:7:9", "there is no check in it")]


def test_a_scope_that_names_no_model_is_a_warning_with_the_nearest_name() -> None:
    side = definitions(models={"toy": model()}, policies={"quality": policy(RANKS, scope="{models: [tony, 'x*']}")})
    (finding,) = wired(side)
    assert finding.severity is Severity.WARNING
    assert "'tony'" in finding.message and "'toy'" in finding.mend


BASE = policy(ACCURATE, RANKS, id_="base", version="3.1.0")


def extending(*checks: str, extends: str = "base@3.1.0", base: str = BASE) -> list[tuple[str, str, str]]:
    child = policy(*checks, id_="child") + f"extends: [{extends}]\n"
    side = definitions(models={"toy": model()}, policies={"base": base, "child": child})
    return [(str(finding.location), finding.message, finding.mend) for finding in wired(side)]


def test_a_policy_may_extend_another_and_tighten_it() -> None:
    assert extending() == []
    assert extending(check("metric: roc_auc, op: '>=', threshold: 0.8", id_="auc")) == []


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("metric: roc_auc, op: '>=', threshold: 0.6", "threshold of 'auc' is 0.6, policies/base.yaml asks 0.7"),
        ("metric: brier, op: '>=', threshold: 0.7", "metric of 'auc' is brier, policies/base.yaml asks roc_auc"),
        ("metric: roc_auc, op: '>=', threshold: 0.7, slice: {by: place}", "slice of 'auc' is by place"),
    ],
)
def test_what_is_extended_may_only_get_tighter(own: str, said: str) -> None:
    ((place, message, _), *_) = extending(check(own, id_="auc"))
    assert place.startswith("policies/child.yaml:8:")
    assert said in message


@pytest.mark.parametrize(
    ("reference", "said", "mend"),
    [
        ("bas@3.1.0", "it extends 'bas', which is not there", "did you mean 'base'?"),
        ("base@3.0.0", "it extends base@3.0.0, here is 3.1.0", "look at what changed, then write base@3.1.0"),
        ("child@1.0.0", "it extends itself by child -> child", "leave one of them out"),
    ],
)
def test_a_policy_extends_one_version_of_another_that_is_there(reference: str, said: str, mend: str) -> None:
    ((place, message, mended),) = extending(ACCURATE, extends=reference)
    assert (place, message, mended) == ("policies/child.yaml:9:11", said, mend)


def test_policies_that_extend_each_other_are_told() -> None:
    circle = BASE + "extends: [child@1.0.0]\n"
    assert {"it extends itself by child -> base -> child", "it extends itself by base -> child -> base"} == {
        message for _, message, _ in extending(base=circle)
    }


def test_waivers_do_not_last_longer_than_those_of_what_is_extended() -> None:
    child = policy(id_="child") + "extends: [base@3.1.0]\nwaivers: {at_most: 91d}\n"
    side = definitions(models={"toy": model()}, policies={"base": BASE, "child": child})
    (finding,) = wired(side)
    assert str(finding.location) == "policies/child.yaml:9:20"
    assert finding.message.startswith("waivers last up to 91d, policies/base.yaml allows 90d")


def test_two_policies_that_disagree_are_not_extended_at_once() -> None:
    other = policy(check("metric: roc_auc, op: '>=', threshold: 0.9", id_="auc"), id_="other")
    child = policy(id_="child") + "extends: [base@3.1.0, other@1.0.0]\n"
    side = definitions(models={"toy": model()}, policies={"base": BASE, "other": other, "child": child})
    (finding,) = wired(side)
    assert finding.message.startswith("the check 'auc' comes from two policies, policies/base.yaml and")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('citation: X, effective_from: "2026-02-30"', "there is no day 2026-02-30"),
        ('citation: X, effective_from: "2026-02-02", effective_to: "2026-02-01"', "is before its first"),
    ],
)
def test_days_of_a_source_are_days(source: str, said: str) -> None:
    side = definitions(models={"toy": model()}, policies={"quality": policy(RANKS) + f"source: {{{source}}}\n"})
    (finding,) = wired(side)
    assert said in finding.message
