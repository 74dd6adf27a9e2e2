"""A verdict as a line of the history: which incident it belongs to, and what no line before has."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gitmlops.errors import InputError
from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.recording.history import History
from gitmlops.monitor.silence import Ended
from gitmlops.monitor.states import State
from gitmlops.records.monitoring_history import JudgedWindow, MonitoringRun, Moved, Seen
from gitmlops.report import Report, Severity

_ENDED = (State.OK.value, State.FIRST.value)
"""States that are no alarm and rest on enough rows: without enough of them an alarm is not over."""
_MOST_MOVED, _MOST_FINDINGS = 20, 3
_TIME = "%Y-%m-%dT%H:%M:%SZ"


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
    last = history.runs[-1] if history.runs else None
    if last and until.strftime(_TIME) < last.until:
        what = f"the history of {model} has a run as of {last.until}, this one would be as of {until.strftime(_TIME)}"
        raise InputError(what, where="--until", mend="record runs in the order of time")
    known = {(window.window, window.version): window for window in history.windows}
    windows = (_window(judged) for judged in verdict.judged)
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


def _reason(report: Report) -> str:
    """The report's summary, and what it says of the worst findings."""
    worst = [f"{finding.message}." for finding in report.of(Severity.ERROR)]
    return " ".join([*report.summary, *worst[:_MOST_FINDINGS]])


def _incident(history: History, verdict: Verdict, until: datetime) -> str:
    """The window in which the alarm began that stands, the day if it is of no window; empty without one.

    It stands as long as nothing shows that it is over.
    """
    last = history.runs[-1] if history.runs else None
    goes_on = last and last.incident and last.version == verdict.version
    if last and goes_on and verdict.state.value not in _ENDED:
        return last.incident
    if not verdict.alarms:
        return ""
    last_day = (until - timedelta(seconds=1)).date().isoformat()
    return _named(history, _alarmed_window(verdict) or last_day)


def _alarmed_window(verdict: Verdict) -> str:
    judged = verdict.performance if "performance" in verdict.alarms else verdict.inputs
    judged = judged or (verdict.own[-1] if verdict.own else None)
    return judged.unit.window.label if judged else ""


def _named(history: History, window: str) -> str:
    """The window, with a number if an incident has begun in it before: of another version, or one that was over."""
    before = {run.incident for run in history.runs}
    names = (window, *(f"{window}.{number}" for number in range(2, len(before) + 3)))
    return next(name for name in names if name not in before)


def _window(judged: Judged) -> JudgedWindow:
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
        moved=tuple(_moved(judged)),
    )


def _moved(judged: Judged) -> list[Moved]:
    found = [*judged.beyond("missing"), *judged.moved]
    return [
        Moved(effect.column, effect.kind, round(effect.size, 4), effect.direction, state.value)
        for effect, state in found[:_MOST_MOVED]
    ]
