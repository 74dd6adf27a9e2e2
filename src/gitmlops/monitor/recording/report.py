"""The history of a model as a report, and what is known of it in a line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.monitor.recording.history import History
from gitmlops.records.monitoring_history import JudgedWindow, Seen
from gitmlops.report import Cell, Chart, Finding, Report, Series, Severity, Table


@dataclass(frozen=True)
class Standing:
    """What the newest run thought.

    since: the window in which the alarm that stands began, empty without one; ended: as of the run.
    """

    time: str
    version: str
    state: str
    since: str
    seen: Seen | None
    ended: Mapping[str, str]


def standing(history: History) -> Standing | None:
    """What the newest run of a history thought, None if there is none."""
    if not history.runs:
        return None
    last = history.runs[-1]
    return Standing(last.time, last.version, last.state, last.incident, last.seen, last.ended)


def report(history: History) -> Report:
    """The history as tables and charts: the newest run first, windows by time."""
    return Report(
        title=f"Monitoring history of {history.model}",
        findings=tuple(_findings(history)),
        summary=(_summary(history),),
        tables=tuple(_tables(history)),
        charts=tuple(_charts(history.windows)),
        outcomes=("whole", "broken"),
    )


def _findings(history: History) -> Iterator[Finding]:
    if history.broken:
        yield Finding("history", Severity.ERROR, f"{history.broken.where}: {history.broken.what}")
    for fault in history.unreadable:
        message = f"{fault.where}: the line is left out: {fault.what}"
        yield Finding("history", Severity.WARNING, message, mend="see who wrote it; it stays where it is")
    for what, since in history.runs[-1].ended.items() if history.runs else ():
        yield Finding("silence", Severity.WARNING, f"{what} came no more when it was last judged, {_since(since)}")
    if not history.broken:
        yield Finding("history", Severity.PASS, f"{len(history.lines)} lines, each follows from the one before it")


def _since(time: str) -> str:
    return f"since {time}" if time else "none ever did"


def _summary(history: History) -> str:
    last = standing(history)
    if last is None:
        return "No run was recorded yet."
    alarm = f", in alarm since {last.since}" if last.since else ""
    serving = f"; {last.seen.version} served last, at {last.seen.time}" if last.seen else ""
    known = last.seen.outcome if last.seen else ""
    outcome = f"; the newest outcome is of a prediction of {known}" if known else ""
    return f"At {last.time} {last.version or 'no version'} was judged: {last.state}{alarm}{serving}{outcome}."


def _tables(history: History) -> Iterator[Table]:
    runs = [
        (run.time, run.version, run.state, ", ".join(run.alarms), run.incident, run.reason)
        for run in reversed(history.runs)
    ]
    yield Table("Runs", ("time", "version", "state", "alarms", "incident", "reason"), tuple(runs))
    yield _windows(history.windows)
    if history.told:
        told = [(line.time, line.channel, line.subject, line.what) for line in reversed(history.told)]
        yield Table("Told", ("time", "channel", "about", "what"), tuple(told))
    if history.retrainings:
        ended = [
            (line.time, line.incident, line.window, line.state, line.message, line.pull_request)
            for line in reversed(history.retrainings)
        ]
        columns = ("time", "incident", "window", "state", "message", "pull request")
        yield Table("Retrainings", columns, tuple(ended))


def _windows(windows: Sequence[JudgedWindow]) -> Table:
    metrics = _metrics(windows)
    columns = ("window", "version", "rows", "outcomes", *metrics, "performance", "moved")
    rows: list[tuple[Cell, ...]] = [
        (
            window.window,
            window.version,
            window.rows,
            window.outcomes,
            *(_rounded(window.metrics.get(name)) for name in metrics),
            window.performance,
            ", ".join(moved.column for moved in window.moved),
        )
        for window in windows
    ]
    return Table("Windows", columns, tuple(rows))


def _charts(windows: Sequence[JudgedWindow]) -> Iterator[Chart]:
    names = [window.window for window in windows]
    labels = tuple(
        window.window if names.count(window.window) == 1 else f"{window.window} {window.version}" for window in windows
    )
    for name in _metrics(windows):
        values = tuple(_rounded(window.metrics.get(name)) for window in windows)
        yield Chart(f"{name} by window", labels, (Series(name, values),))


def _metrics(windows: Sequence[JudgedWindow]) -> tuple[str, ...]:
    return tuple(sorted({name for window in windows for name in window.metrics}))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
