"""What monitoring remembers of a model: how it did and how far its inputs moved, window by window."""

from collections.abc import Iterator, Sequence

from gitmlops.catalog.page import Facts, Grid, Section, Shown
from gitmlops.catalog.shelf import Shelf
from gitmlops.monitor.recording.history import History
from gitmlops.monitor.recording.report import standing
from gitmlops.records.monitoring_history import JudgedWindow

_NEWEST = 24
"""Windows that the table shows; charts show all."""


def sections(shelf: Shelf, model: str) -> Iterator[Section]:
    """What the newest run thought, and the windows; nothing where no run was recorded."""
    history = shelf.watched(model)
    last = standing(history) if history else None
    if history is None or last is None:
        return
    yield Facts("In production, as monitoring saw it", tuple(_facts(history)))
    if history.windows:
        yield _windows(history.windows)


def _facts(history: History) -> Iterator[tuple[str, Shown]]:
    last = history.runs[-1]
    yield "state", last.state
    yield "judged", f"{last.version or 'no version'}, at {last.time}"
    if last.incident:
        yield "in alarm since", last.incident
    if last.alarms:
        yield "alarms", ", ".join(last.alarms)
    if last.reason:
        yield "why", last.reason
    if last.seen:
        yield "served last", f"{last.seen.version}, at {last.seen.time}"
    if history.broken:
        yield "history", f"broken: {history.broken.where}: {history.broken.what}"


def _windows(windows: Sequence[JudgedWindow]) -> Grid:
    newest = list(reversed(windows))[:_NEWEST]
    metrics = sorted({name for window in newest for name in window.metrics})
    rows = tuple(
        (
            window.window,
            window.version,
            window.rows,
            window.outcomes,
            *(_rounded(window.metrics.get(name)) for name in metrics),
            window.performance,
            ", ".join(f"{moved.column} ({moved.direction})" for moved in window.moved),
        )
        for window in newest
    )
    left = len(windows) - len(rows)
    note = f"{left} older windows: `gitmlops monitor history`" if left else ""
    columns = ("window", "version", "rows", "outcomes", *metrics, "performance", "moved")
    return Grid("Windows, the newest first", columns, rows, note=note)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
