"""A verdict as a line of the history: which incident it belongs to, and what no line before has."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from gitmlops.errors import InputError
from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.observing.breaks import Break
from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.recording.history import History
from gitmlops.monitor.schema_breaks import SCHEMA
from gitmlops.monitor.silence import Ended
from gitmlops.monitor.states import State
from gitmlops.records.monitoring_history import JudgedWindow, MonitoringRun, Moved, Seen
from gitmlops.report import Report, Severity

_ENDED = (State.OK.value, State.FIRST.value)
"""States that are no alarm and rest on enough rows: without enough of them an alarm is not over."""
_MOST_MOVED, _MOST_FINDINGS = 20, 3
_TIME = "%Y-%m-%dT%H:%M:%SZ"
UNDECIDED = "undecided"
"""What a run is that could not judge: nobody knows how the model is, and that is an alarm, too."""


def undecided_line(
    history: History, why: str, *, model: str, until: datetime, now: datetime, commit: str, run: str
) -> MonitoringRun:
    """The line of a run that could not decide. An alarm that stands goes on, else one begins. why: in words.

    Raises InputError if the history has a line that saw more.
    """
    _require_later(history, model, until)
    last = history.runs[-1] if history.runs else None
    last_day = (until - timedelta(seconds=1)).date().isoformat()
    return MonitoringRun(
        model=model,
        time=now.strftime(_TIME),
        run=run,
        until=until.strftime(_TIME),
        commit=commit,
        version=last.version if last else "",
        state=UNDECIDED,
        incident=(last.incident if last else "") or _named(history, last_day),
        alarms=(UNDECIDED,),
        reason=f"It could not be judged: {why}.",
        next_action=f"mend it, and run `gitmlops monitor run {model} --record` again",
        seen=last.seen if last else None,
    )


def run_line(
    history: History,
    verdict: Verdict,
    report: Report,
    *,
    model: str,
    seen: Seen | None,
    ended: Sequence[Ended],
    until: datetime,
    now: datetime,
    commit: str,
    run: str,
) -> MonitoringRun:
    """The line of a run. Raises InputError if the history has one that saw more: it would go back in time."""
    _require_later(history, model, until)
    known = {(window.window, window.version): window for window in history.windows}
    windows = (*(_window(judged, verdict) for judged in verdict.judged), *_broken_windows(verdict))
    return MonitoringRun(
        model=model,
        time=now.strftime(_TIME),
        run=run,
        until=until.strftime(_TIME),
        commit=commit,
        version=verdict.version,
        state=verdict.state.value,
        incident=_incident(history, verdict, until),
        alarms=verdict.alarms,
        reason=_reason(report),
        next_action=report.next_action,
        seen=seen,
        ended={one.what: one.since.strftime(_TIME) if one.since else "" for one in ended},
        windows=tuple(window for window in windows if known.get((window.window, window.version)) != window),
    )


def _require_later(history: History, model: str, until: datetime) -> None:
    last = history.runs[-1] if history.runs else None
    if last and until.strftime(_TIME) < last.until:
        what = f"the history of {model} has a run as of {last.until}, this one would be as of {until.strftime(_TIME)}"
        raise InputError(what, where="--until", mend="record runs in the order of time")


def _reason(report: Report) -> str:
    """The report's summary, and what it says of the worst findings."""
    worst = [f"{finding.message}." for finding in report.of(Severity.ERROR)]
    return " ".join([*report.summary, *worst[:_MOST_FINDINGS]])


def _incident(history: History, verdict: Verdict, until: datetime) -> str:
    """The window in which the alarm began that stands, the day if it is of no window; empty without one.

    It stands as long as nothing shows that it is over.
    """
    last = history.runs[-1] if history.runs else None
    goes_on = last and last.incident and last.version == verdict.version and not _only_undecided(history, last)
    if last and goes_on and verdict.state.value not in _ENDED:
        return last.incident
    if not verdict.alarms:
        return ""
    last_day = (until - timedelta(seconds=1)).date().isoformat()
    return _named(history, _alarmed_window(verdict) or last_day)


def _only_undecided(history: History, last: MonitoringRun) -> bool:
    """Whether an incident is nothing but runs that could not decide: it ends with the first one that can."""
    return all(run.alarms == (UNDECIDED,) for run in history.runs if run.incident == last.incident)


def _alarmed_window(verdict: Verdict) -> str:
    if verdict.broken.standing:
        return verdict.broken.standing[-1].window.label
    judged = verdict.performance if "performance" in verdict.alarms else verdict.inputs
    judged = judged or (verdict.own[-1] if verdict.own else None)
    return judged.unit.window.label if judged else ""


def _named(history: History, window: str) -> str:
    """The window, with a number if an incident has begun in it before: of another version, or one that was over."""
    before = {run.incident for run in history.runs}
    names = (window, *(f"{window}.{number}" for number in range(2, len(before) + 3)))
    return next(name for name in names if name not in before)


def _window(judged: Judged, verdict: Verdict) -> JudgedWindow:
    unit = judged.unit
    return JudgedWindow(
        window=unit.window.label,
        start=unit.window.start.isoformat(),
        end=unit.window.end.isoformat(),
        version=unit.version,
        rows=unit.rows,
        outcomes=len(unit.labels),
        performance=judged.performance.value,
        metrics={metric.metric: round(metric.value, 6) for metric, _ in judged.metrics},
        moved=tuple([*_broke(_breaks_in(unit, verdict)), *_moved(judged)][:_MOST_MOVED]),
    )


def _moved(judged: Judged) -> Iterator[Moved]:
    for effect, state in (*judged.beyond("missing"), *judged.moved):
        yield Moved(effect.column, effect.kind, round(effect.size, 4), effect.direction, state.value)


def _broke(breaks: Iterable[Break]) -> Iterator[Moved]:
    for one in breaks:
        yield Moved(one.fault.column, SCHEMA, round(one.share, 4), one.fault.words, State.ALARM.value)


def _breaks_in(unit: Unit, verdict: Verdict) -> Iterator[Break]:
    start, end = unit.window.start, unit.window.end
    return (
        one
        for one in (*verdict.broken.earlier, *verdict.broken.standing)
        if one.version == unit.version and start <= one.window.start and one.window.end <= end
    )


def _broken_windows(verdict: Verdict) -> Iterator[JudgedWindow]:
    """Windows of which no row could be judged."""
    known = {one for judged in verdict.own for one in _breaks_in(judged.unit, verdict)}
    alone = [one for one in (*verdict.broken.earlier, *verdict.broken.standing) if one not in known]
    for window in dict.fromkeys(one.window for one in alone):
        own = [one for one in alone if one.window == window]
        yield JudgedWindow(
            window=window.label,
            start=window.start.isoformat(),
            end=window.end.isoformat(),
            version=own[0].version,
            rows=own[0].rows,
            outcomes=0,
            performance=State.UNKNOWN.value,
            moved=tuple(_broke(own[:_MOST_MOVED])),
        )
