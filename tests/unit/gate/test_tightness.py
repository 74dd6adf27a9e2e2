"""Whether a change of a check makes it stricter: what nobody can order is neither."""

import pytest
from tests.unit.gate.definition_files import check, definitions, policy

from gitmlops.gate.rules.tightness import changes
from gitmlops.specs.policy import Check, Policy

FLOOR = "metric: roc_auc, op: '>=', threshold: '4/5'"
CEILING = "metric: brier, op: '<=', threshold: 0.2"
BOTH = "by: [a, b], intersectional: true"
NOT_WORSE = "metric: roc_auc, op: noninferior, baseline: {ref: production}, margin: 0.01"


def parsed(fields: str, enforcement: str = "soft-mandatory") -> Check:
    text = policy(check(fields, enforcement=enforcement))
    return definitions(policies={"quality": text}).get(Policy, "quality").spec.checks[0]


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(change.key, change.direction) for change in changes(parsed(before), parsed(after))]


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        (FLOOR, FLOOR.replace("4/5", "0.81"), "threshold"),
        (FLOOR, FLOOR.replace(">=", ">"), "op"),
        (CEILING, CEILING.replace("0.2", "0.19"), "threshold"),
        (FLOOR, f"{FLOOR}, decide: bound", "decide"),
        (NOT_WORSE, NOT_WORSE.replace("0.01", "0.005"), "margin"),
        (NOT_WORSE, f"{NOT_WORSE}, confidence: 0.99", "confidence"),
        (NOT_WORSE, NOT_WORSE.replace("production", "production, anchor: last-major"), "baseline"),
        (f"{FLOOR}, slice: {{by: a}}", f"{FLOOR}, slice: {{by: [a, b]}}", "slice"),
        (f"{FLOOR}, slice: {{by: [a, b]}}", f"{FLOOR}, slice: {{by: [a, b], intersectional: true}}", "slice"),
        (f"{FLOOR}, slice: {{by: a}}, min_n: 50", f"{FLOOR}, slice: {{by: a}}", "min_n"),
        (
            f"{FLOOR}, slice: {{by: a}}, min_n: 50, on_small_n: leave_out",
            f"{FLOOR}, slice: {{by: a}}, min_n: 30, on_small_n: leave_out",
            "min_n",
        ),
        (f"{FLOOR}, slice: {{by: a}}, on_small_n: leave_out", f"{FLOOR}, slice: {{by: a}}", "on_small_n"),
        (FLOOR, f"{FLOOR}, min_positives: 5", "min_positives"),
    ],
)
def test_one_direction_tightens_and_the_other_loosens(before: str, after: str, key: str) -> None:
    assert told(before, after) == [(key, "tightened")]
    assert told(after, before) == [(key, "loosened")]


def test_the_surer_a_test_must_be_the_less_it_sees() -> None:
    tested = "metric: accuracy, op: no-difference, baseline: {ref: production}"
    assert told(tested, f"{tested}, confidence: 0.99") == [("confidence", "loosened")]


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        (FLOOR, FLOOR.replace("roc_auc", "accuracy"), ["metric"]),
        (FLOOR, f"{FLOOR}, slice: {{by: a}}, min_n: 0", ["slice"]),
        (f"{FLOOR}, slice: {{by: a}}", f"{FLOOR}, slice: {{by: a, pool: {{a: {{rest: [x, y]}}}}}}", ["slice"]),
        (FLOOR, f"{FLOOR}, resample_unit: customer", ["resample_unit"]),
        (f"{FLOOR}, slice: {{{BOTH}}}", f"{FLOOR}, slice: {{{BOTH.replace('b]', 'b, c]')}}}", ["slice"]),
        (NOT_WORSE, FLOOR, ["op", "threshold", "margin", "baseline"]),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_another_check(before: str, after: str, keys: list[str]) -> None:
    assert told(before, after) == [(key, "changed") for key in keys]


def test_enforcement_is_ordered_and_titles_and_spellings_of_a_number_do_not_count() -> None:
    soft, hard = parsed(FLOOR), parsed(FLOOR, "hard-mandatory")
    assert [change.direction for change in (*changes(soft, hard), *changes(hard, soft))] == ["tightened", "loosened"]
    assert told(FLOOR, FLOOR.replace("'4/5'", "0.80") + ", title: Other words") == []
