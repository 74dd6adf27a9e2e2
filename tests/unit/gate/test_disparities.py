"""Checks that compare groups: exact counts, and a reason in place of every number that would mislead."""

import numpy
import pytest
from tests.unit.gate.samples import outcome, outcomes, results, sample

FOUR_FIFTHS = "metric: impact_ratio, op: '>=', threshold: '4/5', slice: {by: group}, min_n: 30"

# fairlearn's user guide: demographic parity difference 0.25, ratio 0.6667; equalised odds 1.0 and 0.0.
LABELS = [float(c) for c in "011110101000111111"]
DECIDED = [float(c) for c in "001011100111100110"]
GROUPS = [*"bbabbcccaacabccbcc"]


def selected(*counts: tuple[str, int, int]) -> object:
    """A sample of groups: name, rows, and how many of them the model selects."""
    names = [name for name, rows, _ in counts for _ in range(rows)]
    scores = [float(row < hits) for _, rows, hits in counts for row in range(rows)]
    return sample([float(index % 2) for index in range(len(names))], scores, group=names)


def test_the_rates_of_the_agencies_questions_and_answers_flag_only_three_quarters() -> None:
    evidence = selected(("White", 100, 60), ("Black", 100, 45), ("Hispanic", 100, 48), ("Asian", 100, 51))
    judged = results(FOUR_FIFTHS, evidence)  # type: ignore[arg-type]
    assert [(one.result.slice, one.result.value, one.result.outcome) for one in judged] == [
        ("group=Asian", "0.85", "passed"),
        ("group=Black", "0.75", "failed"),
        ("group=Hispanic", "0.8", "passed"),
        ("group=White", "1", "passed"),
    ]
    assert judged[1].reason.startswith(
        "impact_ratio is 0.75 at group=Black (45 of 100, against 60 of 100 at group=White, p = 0.0"
    )
    assert judged[1].reason.endswith("policy asks >= 4/5")


def test_ratios_of_counts_that_are_four_fifths_exactly_pass_where_floats_would_not() -> None:
    assert 4 / 100 / (5 / 100) < 0.8
    evidence = selected(("a", 100, 5), ("b", 100, 4))
    assert outcomes(FOUR_FIFTHS, evidence) == [("group=a", "passed"), ("group=b", "passed")]  # type: ignore[arg-type]


def test_the_bound_of_a_small_sample_fails_where_its_point_passes() -> None:
    evidence = selected(("a", 100, 50), ("b", 100, 45))
    assert outcomes(FOUR_FIFTHS, evidence)[1] == ("group=b", "passed")  # type: ignore[arg-type]
    judged = results(f"{FOUR_FIFTHS}, decide: bound", evidence)[1]  # type: ignore[arg-type]
    assert judged.result.outcome == "failed"
    assert "impact_ratio is 0.9 at group=b" in judged.reason and ", at least 0.7" in judged.reason


def test_small_groups_are_judged_together_where_the_policy_says_so() -> None:
    evidence = selected(("White", 100, 60), ("NHPI", 20, 12), ("Native", 18, 6), ("other", 2, 2), ("Black", 100, 50))
    small = outcomes(FOUR_FIFTHS, evidence)  # type: ignore[arg-type]
    assert ("group=NHPI", "insufficient_evidence") in small
    pooled = FOUR_FIFTHS.replace("by: group", "by: group, pool: {group: {other: [NHPI, Native, Samoan]}}")
    judged = results(pooled, evidence)  # type: ignore[arg-type]
    assert [(one.result.slice, one.result.n, one.result.outcome) for one in judged] == [
        ("group=Black", 100, "passed"),
        ("group=White", 100, "passed"),
        ("group=other", 40, "passed"),
    ]
    assert "20 of 40, against 60 of 100 at group=White" in judged[2].reason


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("demographic_parity_difference", "0.25"),
        ("equalized_odds_difference", "1"),
    ],
)
def test_the_examples_of_fairlearn_come_out_as_published(measure: str, value: str) -> None:
    fields = f"metric: {measure}, op: '<=', threshold: 0.2, slice: {{by: group}}, min_n: 1"
    (judged,) = results(fields, sample(LABELS, DECIDED, group=GROUPS))
    assert (judged.result.value, judged.result.outcome, judged.result.slice) == (value, "failed", "group")


def test_a_disparity_is_told_with_its_counts() -> None:
    fields = "metric: demographic_parity_difference, op: '<=', threshold: 0.2, slice: {by: group}, min_n: 1"
    assert outcome(fields, sample(LABELS, DECIDED, group=GROUPS))[1] == (
        "demographic_parity_difference is 0.25 by group (selection_rate 3 of 6 at group=b, 3 of 4 at group=a; the two "
        "farthest apart of 3 groups), policy asks <= 0.2"
    )


EQUAL_OPPORTUNITY = "metric: equal_opportunity_difference, op: '<=', threshold: 1, slice: {by: group}, min_n: 2"


@pytest.mark.parametrize(
    ("fields", "evidence", "said"),
    [
        (
            EQUAL_OPPORTUNITY,
            sample([1, 1, 0, 0], [1, 1, 0, 0], group=[*"aabb"]),
            "b: recall needs a positive label, there is none",
        ),
        (
            "metric: demographic_parity_ratio, op: '>=', threshold: 0, slice: {by: group}, min_n: 2",
            sample([1, 0, 1, 0], [0, 0, 0, 0], group=[*"aabb"]),
            "selection_rate 0 in every group",
        ),
        (
            "metric: impact_ratio, op: '>=', threshold: 0, slice: {by: group}, min_n: 2",
            sample([1, 0], [1, 1], group=[*"aa"]),
            "one group alone cannot be compared",
        ),
        (
            "metric: impact_ratio, op: '>=', threshold: 0, slice: {by: sex}, min_n: 2",
            sample([1, 0], [1, 1], group=[*"aa"]),
            "the evaluation rows have no column 'sex'",
        ),
        (
            EQUAL_OPPORTUNITY,
            sample([1, 1, 0, 1], [1, numpy.nan, 0, 0], group=[*"aabb"]),
            "1 of 4 scores are not finite numbers",
        ),
    ],
    ids=["a group without positives", "nobody selected", "a single group", "no such column", "a score that is none"],
)
def test_every_trap_is_insufficient_evidence(fields: str, evidence: object, said: str) -> None:
    result, reason = outcome(fields, evidence)  # type: ignore[arg-type]
    assert result == "insufficient_evidence"
    assert said in reason


def test_a_small_group_blocks_unless_the_policy_leaves_it_out_and_then_it_is_shown() -> None:
    evidence = selected(("a", 100, 50), ("b", 100, 45), ("c", 5, 0))
    assert outcomes(FOUR_FIFTHS, evidence)[2] == ("group=c", "insufficient_evidence")  # type: ignore[arg-type]
    told = outcomes(f"{FOUR_FIFTHS}, on_small_n: leave_out", evidence)  # type: ignore[arg-type]
    assert told == [("group=c", "not_applicable"), ("group=a", "passed"), ("group=b", "passed")]
    parity = FOUR_FIFTHS.replace("impact_ratio", "demographic_parity_ratio")
    assert outcomes(parity, evidence) == [("group", "insufficient_evidence")]  # type: ignore[arg-type]
    told = outcomes(f"{parity}, on_small_n: leave_out", evidence)  # type: ignore[arg-type]
    assert told == [("group=c", "not_applicable"), ("group", "passed")]


def test_intersections_are_judged_beside_their_columns() -> None:
    rows = 400
    sex, old = [*"FM"] * (rows // 2), ["old", "old", "young", "young"] * (rows // 4)
    scores = [
        float(not (s == "F" and o == "old") or index % 40 == 0)
        for index, (s, o) in enumerate(zip(sex, old, strict=True))
    ]
    evidence = sample([1.0, 0.0] * (rows // 2), scores, sex=sex, age=old)
    each = "metric: impact_ratio, op: '>=', threshold: '2/5', slice: {by: [sex, age]%s}"
    assert {place for place, _ in outcomes(each % "", evidence)} == {"sex=F", "sex=M", "age=old", "age=young"}
    told = dict(outcomes(each % ", intersectional: true", evidence))
    assert [place for place, result in told.items() if result == "failed"] == ["sex=F & age=old"]
