"""Metrics as time goes on: one value a period after the first evaluation row, shown beside production's."""

from dataclasses import replace

import numpy
from tests.unit.gate.samples import drawn, rule, sample
from tests.unit.gate.test_tasks import numbers

from gitmlops.gate.checks.by_period import MOST_PERIODS, by_period
from gitmlops.gate.evidence.samples import Sample

DAY = 86_400
AUC = rule("metric: roc_auc, op: '>=', threshold: 0.7")


def daily(evidence: Sample, rows_a_day: int) -> Sample:
    days = numpy.arange(len(evidence.labels)) // rows_a_day
    return replace(evidence, times=numpy.datetime64("2026-01-05", "us") + days.astype("timedelta64[D]"))


def test_each_period_has_its_value_with_interval_and_production() -> None:
    labels, scores = drawn(3000)
    later = numpy.where(numpy.arange(3000) < 2000, scores, 1 - scores)
    found = by_period([AUC], daily(sample(labels, later, production=scores), 100), horizon=10 * DAY)
    assert [(one.start, one.end, one.rows) for one in found] == [
        ("2026-01-05 00:00:00", "2026-01-15 00:00:00", 1000),
        ("2026-01-15 00:00:00", "2026-01-25 00:00:00", 1000),
        ("2026-01-25 00:00:00", "2026-02-04 00:00:00", 1000),
    ]
    values = [float(one.value) for one in found]
    assert values[0] > 0.7 and values[2] < 0.3
    assert all(float(one.production) > 0.7 for one in found)
    assert found[0].interval is not None


def test_a_period_in_which_nothing_can_be_measured_says_why() -> None:
    labels, scores = drawn(300)
    labels[:100] = 0
    first, *_ = by_period([AUC], daily(sample(labels, scores), 100), horizon=DAY)
    assert first.value == "not measured: roc_auc needs positives and negatives, all rows are of one class"
    gap = daily(sample(labels, scores), 100)
    assert gap.times is not None
    late = replace(gap, times=numpy.where(numpy.arange(300) < 150, gap.times, gap.times + numpy.timedelta64(9, "D")))
    assert next(one.value for one in by_period([AUC], late, horizon=DAY) if not one.rows).endswith("there are no rows")


def test_of_a_period_of_few_rows_nothing_is_told_but_how_many() -> None:
    labels, scores = drawn(219)
    *_, last = by_period([AUC], daily(sample(labels, scores, production=scores), 100), horizon=DAY)
    assert (last.rows, last.value, last.interval) == (19, "not measured: n is 19, 20 are asked", None)
    assert not last.production


def test_of_many_periods_the_latest_are_shown() -> None:
    labels, scores = drawn(5000)
    found = by_period([AUC], daily(sample(labels, scores), 100), horizon=DAY)
    assert (len(found), found[-1].start) == (MOST_PERIODS, "2026-02-23 00:00:00")


def test_a_metric_that_several_checks_ask_for_is_shown_once_and_families_are_not() -> None:
    asked = [
        rule("metric: mae, op: '<=', threshold: 1"),
        rule("metric: mae, op: '<=', threshold: 2, slice: {by: place}"),
        rule("metric: rows, op: '>=', threshold: 1"),
        rule("metric: r2, op: '>=', threshold: 0"),
    ]
    found = by_period(asked, daily(numbers(), 600), horizon=DAY)
    assert [(one.metric, one.rows) for one in found] == [("mae", 600), ("mae", 600), ("r2", 600), ("r2", 600)]


def test_without_times_there_are_no_periods() -> None:
    assert by_period([AUC], sample(*drawn()), horizon=DAY) == ()
