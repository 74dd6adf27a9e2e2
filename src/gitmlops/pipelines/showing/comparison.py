"""What became of metrics, parameters and plots from one state of a repository to another, for people."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from gitmlops.adapters.dvc.internal.differences import Difference, Differences, Plot, Points
from gitmlops.report import Cell, Chart, Finding, Location, Report, Series, Severity, Table

_MEND = "run the pipeline there, or `dvc fetch` it, and compare again"


def report(before: str, after: str, found: Differences, *, shas: Sequence[str], named: Mapping[str, str]) -> Report:
    """The differences, a table for each kind; before, after: what the sides are called; named: the same by revision."""
    parts = {"metrics": found.metrics, "parameters": found.params, "plots": found.plots}
    differ = ", ".join(f"{kind} ({len(those)})" for kind, those in parts.items() if those)
    tables = (
        _table("Metrics", "metric", before, after, found.metrics),
        _table("Parameters", "parameter", before, after, found.params),
        Table("Plots", ("file", f"points: {before}", f"points: {after}", "change"), tuple(map(_points, found.plots))),
    )
    return Report(
        f"{before} → {after}",
        findings=tuple(
            Finding("unread", Severity.WARNING, f"{named.get(revision, revision)}: {why}", Location(path), _MEND)
            for revision, path, why in found.unread
        ),
        summary=(f"different: {differ}" if differ else "Nothing differs.",),
        facts=(("before", shas[0]), ("after", shas[1])),
        tables=tuple(table for table in tables if table.rows),
        charts=tuple(_chart(plot, before, after) for plot in found.plots if _is_drawn(plot)),
        outcomes=("compared", "refused"),
    )


def _table(title: str, name: str, before: str, after: str, found: Sequence[Difference]) -> Table:
    rows = tuple(
        (one.path, one.key, _cell(one.before), _cell(one.after), *_change(one.before, one.after)) for one in found
    )
    return Table(title, ("file", name, before, after, "difference", "change"), rows)


def _change(before: Any, after: Any) -> tuple[float | None, str]:
    """By how much a number moved, and which way; words alone for all else."""
    if before is None or after is None:
        return None, "new" if before is None else "gone"
    if not (_is_number(before) and _is_number(after)):
        return None, "changed"
    return after - before, "up" if after > before else "down"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def _cell(value: Any) -> Cell:
    """Lists and mappings, and numbers that are none, as JSON writes them."""
    if value is None or isinstance(value, str | bool) or _is_number(value):
        return value if not isinstance(value, int) or isinstance(value, bool) or abs(value) < 1 << 63 else str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _points(plot: Plot) -> tuple[Cell, ...]:
    counts = [None if side is None else len(side) for side in (plot.before, plot.after)]
    return (plot.path, *counts, "new" if plot.before is None else "gone" if plot.after is None else "changed")


def _is_drawn(plot: Plot) -> bool:
    values = [_number(row.get(plot.y)) for side in (plot.before, plot.after) for row in side or ()]
    return bool(plot.y) and any(value is not None for value in values)


def _chart(plot: Plot, before: str, after: str) -> Chart:
    """Both sides over the places on the x axis that either has, in their order."""
    sides = [_by_place(plot, side or ()) for side in (plot.before, plot.after)]
    places = tuple(dict.fromkeys(place for side in sides for place in side))
    named = zip((before, after), sides, strict=True)
    series = tuple(Series(name, tuple(side.get(place) for place in places)) for name, side in named)
    return Chart(f"{plot.path}: {plot.y}", places, series)


def _by_place(plot: Plot, rows: Points) -> dict[str, float | None]:
    return {
        str(row.get(plot.x, index) if plot.x else index): _number(row.get(plot.y)) for index, row in enumerate(rows)
    }


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
