"""A check that cannot be judged is found before it judges."""

import pytest
from tests.unit.gate.definition_files import ACCURATE, RANKS, check, definitions, model, policy

from gitmlops.gate.wiring import check as wired
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
        (f"{PRODUCTION}, margin: 0.01, threshold: 0.7", "has a margin, no threshold"),
        (f"{PRODUCTION}, margin: 0.01, confidence: 1", "the confidence 1.0 is not in 0.5..1"),
        (f"{PRODUCTION}, margin: 0.01, confidence: 0.05", "the confidence 0.05 is not in 0.5..1"),
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
