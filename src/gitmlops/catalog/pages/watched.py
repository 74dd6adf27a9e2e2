"""What monitoring remembers of a model: how it did and how far its inputs moved, window by window."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from gitmlops.catalog.page import Facts, Grid, Prose, Section, Shown
from gitmlops.catalog.plots.windows import Line, Windows
from gitmlops.catalog.shelf import Shelf
from gitmlops.monitor.recording.history import History
from gitmlops.monitor.recording.report import standing
from gitmlops.records.monitoring_history import JudgedWindow

_TITLE = "In production, as monitoring saw it"
_NEWEST = 24
"""Windows that the table shows."""
_MOST, _MOST_COLUMNS = 120, 5
"""Windows that a plot shows, and columns that are named."""


def sections(shelf: Shelf, model: str) -> Iterator[Section]:
    """What the newest run thought, and the windows; or that no run was recorded."""
    history = shelf.watched(model)
    last = standing(history) if history else None
    if history is None or last is None:
        yield Prose(
            _TITLE, (f"No run is recorded in this clone: `gitmlops monitor run {model} --record` records one.",)
        )
        return
    yield Facts(_TITLE, tuple(_facts(history)))
    if history.windows:
        yield from _plots(history.windows)
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


def _plots(windows: Sequence[JudgedWindow]) -> Iterator[Windows]:
    """Each metric by window, a line for each version; how far columns were from the reference; how many rows came."""
    oldest_first = sorted(windows, key=lambda window: (window.start, window.version))[-_MOST:]
    labels = tuple(window.window for window in oldest_first)
    for metric in sorted({name for window in oldest_first for name in window.metrics}):
        values = [_rounded(window.metrics.get(metric)) for window in oldest_first]
        yield Windows(f"{metric} by window", labels, tuple(_by_version(oldest_first, values)), unit=metric)
    moved = sorted({one.column for window in oldest_first for one in window.moved}, key=_how_often(oldest_first))
    if moved:
        lines = tuple(Line(column, _effects(oldest_first, column)) for column in moved[:_MOST_COLUMNS])
        yield Windows("Columns beyond their threshold", labels, lines, unit="effect, 0 to 1")
    rows = tuple(float(window.rows) for window in oldest_first)
    yield Windows("Predictions by window", labels, (Line("predictions", rows),), unit="rows")


def _by_version(windows: Sequence[JudgedWindow], values: Sequence[float | None]) -> Iterator[Line]:
    for version in dict.fromkeys(window.version for window in windows):
        own = (value if window.version == version else None for window, value in zip(windows, values, strict=True))
        yield Line(version, tuple(own))


def _how_often(windows: Sequence[JudgedWindow]) -> Callable[[str], tuple[int, str]]:
    """Sorts first what moved in most windows."""
    counts = Counter(column for window in windows for column in {one.column for one in window.moved})
    return lambda column: (-counts[column], column)


def _effects(windows: Sequence[JudgedWindow], column: str) -> tuple[float | None, ...]:
    """The largest effect of a column in each window; None where it had not moved."""
    effects = ([one.effect for one in window.moved if one.column == column] for window in windows)
    return tuple(_rounded(max(found, default=None)) for found in effects)


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
            _moved(window),
        )
        for window in newest
    )
    left = len(windows) - len(rows)
    note = f"{left} older windows: `gitmlops monitor history`" if left else ""
    columns = ("window", "version", "rows", "outcomes", *metrics, "performance", "moved")
    return Grid("Windows, the newest first", columns, rows, note=note)


def _moved(window: JudgedWindow) -> str:
    """What moved most, and how many columns beside it."""
    named = [f"{one.column} ({one.direction})" for one in window.moved[:_MOST_COLUMNS]]
    left = len(window.moved) - len(named)
    return ", ".join(named) + (f", and {left} more" if left else "")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
