"""Whichever side a branch bends, the stricter reading judges it."""

import pytest
from tests.unit.gate.definition_files import ACCURATE, RANKS, check, definitions, model, policy

from gitmlops.gate.rules.policies import rules

LOOSE = check("metric: roc_auc, op: '>=', threshold: 0.1", id_="auc")
TAGGED = policy(RANKS, scope="{tags: [toys]}")


def asked(base: object, head: object, name: str = "toy") -> list[tuple[str, str | None, float, bool]]:
    return [(rule.name, rule.check.threshold, rule.decision, rule.of_base) for rule in rules(name, base, head)]


def test_an_unchanged_policy_judges_once() -> None:
    same = definitions(models={"toy": model()}, policies={"quality": policy(ACCURATE, RANKS)})
    assert [rule.name for rule in rules("toy", same, same)] == ["quality/one", "quality/auc"]


def test_a_loosened_policy_judges_beside_the_one_of_the_base() -> None:
    base = definitions(models={"toy": model()}, policies={"quality": policy(RANKS)})
    head = definitions(models={"toy": model()}, policies={"quality": policy(LOOSE, version="1.1.0")})
    assert asked(base, head) == [("quality/auc", "0.7", 0.5, True), ("quality/auc", "0.1", 0.5, False)]


def test_a_removed_policy_still_judges() -> None:
    base = definitions(models={"toy": model()}, policies={"quality": policy(RANKS)})
    head = definitions(models={"toy": model()})
    assert asked(base, head) == [("quality/auc", "0.7", 0.5, True)]


def test_a_renamed_policy_still_judges_by_its_old_name_too() -> None:
    base = definitions(models={"toy": model()}, policies={"quality": policy(RANKS)})
    head = definitions(models={"toy": model()}, policies={"soft": policy(LOOSE, id_="soft")})
    assert [name for name, *_ in asked(base, head)] == ["quality/auc", "soft/auc"]


@pytest.mark.parametrize("changed", [model(tags="[]"), model(tier="low")])
def test_a_model_does_not_leave_the_scope_by_changing_its_own_tags_or_tier(changed: str) -> None:
    scoped = policy(RANKS, scope="{tags: [toys], risk_tier: [medium]}")
    base = definitions(models={"toy": model()}, policies={"quality": scoped})
    head = definitions(models={"toy": changed}, policies={"quality": scoped})
    assert asked(base, head) == [("quality/auc", "0.7", 0.5, True)]


def test_a_model_enters_a_scope_by_its_new_tags() -> None:
    base = definitions(models={"toy": model(tags="[]")}, policies={"quality": TAGGED})
    head = definitions(models={"toy": model()}, policies={"quality": TAGGED})
    assert asked(base, head) == [("quality/auc", "0.7", 0.5, True)]


def test_a_narrowed_scope_does_not_release_the_model() -> None:
    base = definitions(models={"toy": model()}, policies={"quality": policy(RANKS)})
    head = definitions(models={"toy": model()}, policies={"quality": policy(RANKS, scope="{models: [other]}")})
    assert asked(base, head) == [("quality/auc", "0.7", 0.5, True)]


def test_decisions_are_judged_at_the_thresholds_of_both_sides() -> None:
    base = definitions(models={"toy": model()}, policies={"quality": policy(ACCURATE, RANKS)})
    head = definitions(models={"toy": model(threshold=0.1)}, policies={"quality": policy(ACCURATE, RANKS)})
    decided = [(name, decision) for name, _, decision, _ in asked(base, head)]
    assert decided == [("quality/one", 0.1), ("quality/one", 0.5), ("quality/auc", 0.1)]


def test_a_new_model_counts_for_every_risk_tier() -> None:
    strict = policy(RANKS, scope="{risk_tier: [high]}")
    base = definitions(models={"toy": model()}, policies={"quality": strict})
    head = definitions(models={"toy": model(), "new": model("new", tier="low")}, policies={"quality": strict})
    assert asked(base, head) == []
    assert asked(base, head, "new") == [("quality/auc", "0.7", 0.5, True)]


def test_scopes_name_models_by_pattern() -> None:
    side = definitions(models={"toy": model()}, policies={"quality": policy(RANKS, scope="{models: ['t?y', 'x*']}")})
    assert len(rules("toy", side, side)) == 1
    side = definitions(models={"toy": model()}, policies={"quality": policy(RANKS, scope="{models: ['TOY']}")})
    assert not rules("toy", side, side)


def test_a_rule_knows_the_line_of_its_check_on_the_base() -> None:
    side = definitions(models={"toy": model()}, policies={"quality": policy(ACCURATE, RANKS)})
    assert [str(rule.location) for rule in rules("toy", side, side)] == [
        "policies/quality.yaml:8:3",
        "policies/quality.yaml:9:3",
    ]
