"""What a look costs which check, and which look it is."""

from dataclasses import replace

import pytest
from tests.unit.gate.samples import rule

from gitmlops.gate.checks.looks import at_look
from gitmlops.gate.evidence.looks import attempt
from gitmlops.records.look import Look

BOUND = "metric: roc_auc, op: '>=', threshold: 0.7, decide: bound"
NOT_WORSE = "metric: roc_auc, op: noninferior, margin: 0.01, baseline: {ref: production}"


def look(sha256: str, *, model: str = "toy", time: str = "09:00:00.000000") -> Look:
    return Look(model, sha256, "labels", "base", "head", "refused", f"2026-03-03T{time}Z")


def test_each_file_of_a_model_is_a_look_and_the_same_one_keeps_its_number() -> None:
    looks = [
        look("b", time="10:00:00.000000"),
        look("a", time="09:59:59.999999"),
        look("b", time="11:00:00.000000"),
        look("c", model="other", time="08:00:00.000000"),
    ]
    assert [attempt(looks, "toy", sha256) for sha256 in ("a", "b", "new")] == [1, 2, 3]
    assert attempt(looks, "other", "new") == 2
    assert attempt([], "toy", "new") == 1


def test_the_number_does_not_depend_on_the_order_of_the_lines() -> None:
    looks = [look(sha256) for sha256 in ("b", "a", "c")]
    assert attempt(looks, "toy", "b") == attempt(looks[::-1], "toy", "b") == 2


@pytest.mark.parametrize("fields", [BOUND, NOT_WORSE])
def test_limits_are_surer_at_each_look(fields: str) -> None:
    seen = [at_look(rule(fields), number) for number in (1, 2, 5)]
    assert [one.sureness for one in seen] == [
        "confidence 0.9696 at look 1",
        "confidence 0.9924 at look 2",
        "confidence 0.99878 at look 5",
    ]


def test_a_point_costs_nothing_and_is_not_protected() -> None:
    point = rule(BOUND.replace(", decide: bound", ""))
    assert at_look(point, 7) == point
    assert not point.by_limit


def test_a_budget_is_shared_evenly_until_it_is_spent() -> None:
    limited = replace(rule(BOUND), looks=20)
    assert [at_look(limited, number).sureness for number in (1, 20)] == [
        "confidence 0.9975 at look 1",
        "confidence 0.9975 at look 20",
    ]
    spent = at_look(limited, 21).spent
    assert spent.startswith("this is look 21 at one evaluation set, its budget is 20: bring a fresh evaluation set")
