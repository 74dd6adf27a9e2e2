"""Promises about groups, judged on counts: what is compared, and what is only a selection."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy
import pytest
from msgspec import convert

from gitmlops.monitor.fairness.counting import GroupCounts
from gitmlops.monitor.fairness.judging import MOST_GROUPS, Held, judge_groups
from gitmlops.monitor.fairness.promises import Promise, is_watched
from gitmlops.monitor.fairness.words import findings
from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.states import State
from gitmlops.report import Severity
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.policy import Check
from gitmlops.statistics.resampling import Whole

WINDOWS = 12


def check(metric: str = "impact_ratio", op: str = ">=", threshold: str = "4/5", **more: object) -> Check:
    said = {"slice": {"by": ["sex", "age"], "intersectional": True}, "enforcement": "hard-mandatory", **more}
    return convert({"id": "c", "metric": metric, "op": op, "threshold": threshold, **said}, Check)


def unit(number: int, *, selected_by: str = "", labelled: int = 1_000) -> Unit:
    start = date(2024, 1, 1) + timedelta(days=7 * number)
    labels = numpy.zeros(labelled)
    window = Window(str(start), start, start + timedelta(days=7))
    score = Tally(numpy.zeros(1, dtype=numpy.int64))
    return Unit(window, "v1.0.0", 1_000, number, 0.5, score, {}, labels, labels, True, (), selected_by)


def counts(table: Sequence[Sequence[Sequence[int]]]) -> GroupCounts:
    """The same in each window: by group, outcome and decision."""
    labelled: Whole = numpy.tile(numpy.array(table), (WINDOWS, 1, 1, 1))
    return GroupCounts(tuple(f"sex={place}" for place in range(len(table))), labelled.sum(axis=2), labelled)


def judged(asked: Check, found: GroupCounts, *, by: tuple[str, ...] = ("sex",), **of_unit: object) -> Held:
    units = [unit(number, **of_unit) for number in range(WINDOWS)]  # type: ignore[arg-type]
    promise = Promise("p/c", asked, 0.5, 30)
    held = judge_groups(units, "v1.0.0", [promise], {by: found}, AlarmRules())
    return next(one for one in held if one.by == by)


ALIKE = [[[150, 50], [50, 250]], [[150, 50], [50, 250]]]
LESS_OFTEN_RIGHT = [[[150, 50], [50, 250]], [[150, 50], [150, 150]]]


def test_each_column_and_each_combination_is_a_way_to_part_the_rows() -> None:
    assert Promise("p/c", check(), 0.5, 30).partitions == (("sex",), ("age",), ("sex", "age"))
    assert judged(check(), counts(ALIKE), by=("sex", "age")).state is State.OK


@pytest.mark.parametrize(
    ("metric", "op", "threshold"),
    [
        ("equal_opportunity_ratio", ">=", "0.8"),
        ("equalized_odds_difference", "<=", "0.1"),
        ("demographic_parity_difference", "<=", "0.1"),
    ],
)
def test_each_measure_of_the_gate_is_missed_and_kept(metric: str, op: str, threshold: str) -> None:
    missed = judged(check(metric, op, threshold), counts(LESS_OFTEN_RIGHT))
    assert missed.state is State.ALARM
    assert missed.widest is not None
    assert (missed.widest.lower.name, missed.widest.higher.name) == ("sex=1", "sex=0")
    assert judged(check(metric, op, threshold), counts(ALIKE)).state is State.OK


def test_that_known_outcomes_show_no_gap_says_little_where_they_are_a_selection() -> None:
    asked = check("equal_opportunity_ratio", threshold="0.8")
    assert judged(asked, counts(ALIKE), selected_by="approved").state is State.PARTIAL
    assert judged(asked, counts(ALIKE), labelled=100).state is State.PARTIAL
    assert judged(check(), counts(ALIKE), labelled=100).state is State.OK


def test_a_group_that_is_too_small_leaves_the_promise_open_unless_the_policy_leaves_it_out() -> None:
    with_few = counts([*ALIKE, [[1, 0], [0, 1]]])
    assert judged(check(min_n=30), with_few).state is State.INSUFFICIENT
    assert judged(check(min_n=30, on_small_n="leave_out"), with_few).state is State.OK


def test_groups_that_are_too_small_hide_no_gap_between_the_others() -> None:
    found = judged(check("equal_opportunity_ratio"), counts([*LESS_OFTEN_RIGHT, [[1, 0], [0, 1]]]))
    assert found.state is State.ALARM
    (finding,) = findings([found])
    assert finding.severity is Severity.ERROR
    assert "sex=2" not in finding.message


def test_too_many_groups_are_not_compared_and_said_so() -> None:
    found = judged(check(), counts(ALIKE[:1] * (MOST_GROUPS + 1)))
    assert "of 51 groups no two are compared, at most 50 are" in findings([found])[0].message


@pytest.mark.parametrize(
    ("asked", "watched"),
    [
        (check(), True),
        (check(slice=None), False),
        (check("recall", threshold="0.8"), False),
        (check(threshold="0"), False),
        (check("demographic_parity_difference", "<=", "1"), False),
        (check(slice={"by": "sex", "pool": {"sex": {"other": ["x", "y"]}}}), False),
    ],
)
def test_only_checks_of_groups_with_a_threshold_that_can_be_missed_are_watched(asked: Check, watched: bool) -> None:
    assert is_watched(asked) is watched
