"""Whether a version is too old to serve: rules on values alone."""

from datetime import UTC, date, datetime, timedelta

import numpy
import pytest

from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.staleness import STALE, Expiry, Standing, stale, staleness
from gitmlops.monitor.states import State
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.model import Staleness

UNTIL = datetime(2021, 1, 1, tzinfo=UTC)
NOTHING = Standing(UNTIL, None, ())


def verdict(*performances: State, outcomes: int = 0) -> Verdict:
    """A version that was judged so in a window a week, the last of which ends with the year."""
    judged = []
    for index, performance in enumerate(performances):
        start = date(2021, 1, 1) - timedelta(days=7 * (len(performances) - index))
        window = Window(str(start), start, start + timedelta(days=7))
        labels = numpy.zeros(outcomes)
        unit = Unit(
            window, "v1.0.0", 10, index, 0.5, Tally(numpy.zeros(1, dtype=numpy.int64)), {}, labels, labels, True
        )
        judged.append(Judged(unit, (), performance, ()))
    return Verdict("v1.0.0", tuple(judged), None, None, ())


def told(findings: tuple[Finding, ...]) -> list[tuple[Severity, str]]:
    return [(finding.severity, finding.message) for finding in findings]


def test_a_run_that_did_not_happen_is_a_warning_and_no_alarm() -> None:
    late = Standing(UNTIL, UNTIL - timedelta(days=3), ())
    found = staleness(verdict(), None, Staleness(runs_every="2d"), late)
    assert told(found) == [(Severity.WARNING, "no run was recorded since 2020-12-29 00:00, one is due every 2d")]
    assert stale(verdict(), found) == verdict()
    assert staleness(verdict(), None, Staleness(runs_every="4d"), late) == ()
    assert staleness(verdict(), None, Staleness(runs_every="2d"), NOTHING) == ()


@pytest.mark.parametrize(("windows", "count"), [(3, 0), (4, 1), (9, 1)])
def test_too_many_windows_that_nobody_could_judge_are_an_alarm(windows: int, count: int) -> None:
    blind = verdict(*[State.INSUFFICIENT] * windows)
    found = staleness(blind, None, Staleness(undecided=4), NOTHING)
    assert [severity for severity, _ in told(found)] == [Severity.ERROR] * count
    assert stale(blind, found).alarms == (STALE,) * count


def test_one_window_that_was_judged_ends_the_row_of_those_that_were_not() -> None:
    seen = verdict(State.INSUFFICIENT, State.INSUFFICIENT, State.OK, State.INSUFFICIENT)
    assert staleness(seen, None, Staleness(undecided=4), NOTHING) == ()


def test_outcomes_that_never_came_are_as_old_as_the_first_window() -> None:
    waiting = verdict(State.UNKNOWN, State.UNKNOWN, State.UNKNOWN)
    [(severity, message)] = told(staleness(waiting, None, Staleness(labels_within="10d"), NOTHING))
    assert severity is Severity.ERROR
    assert message.startswith("no outcome of v1.0.0 is known, which has served since 2020-12-11, 20 days ago")
    assert staleness(verdict(State.OK, outcomes=5), None, Staleness(labels_within="30d"), NOTHING) == ()


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (date(2021, 3, 1), []),
        (date(2021, 1, 5), ["the waiver of a/b ends on 2021-01-05"]),
        (date(2020, 12, 30), ["the waiver of a/b has ended on 2020-12-30"]),
    ],
)
def test_what_expires_is_told_before_and_after_it_does(until: date, said: list[str]) -> None:
    expiry = Expiry("the waiver of a/b", until, Location("policies/waivers/w.yaml", 9, 1))
    found = staleness(verdict(), None, Staleness(), Standing(UNTIL, None, (expiry,)))
    assert [finding.message for finding in found] == said
    assert all(finding.severity is Severity.WARNING and finding.location == expiry.where for finding in found)
