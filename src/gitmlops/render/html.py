"""Report -> one HTML page that needs nothing else: no script, no font, no network."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import jinja2

from gitmlops.plain_text import cut, visible
from gitmlops.render import charts
from gitmlops.render.cells import WORST_FIRST, counts, is_number, shown
from gitmlops.report import Cell, Chart, Finding, Report, Series, Table

ROOM = 380_000
"""Characters of cells and findings on a page: with their markup they stay under 500 KB."""
_MARKUP_OF_A_CELL, _MARKUP_OF_A_FINDING, _MARKUP_OF_A_DRAWING = 40, 250, 2_500
_MARKUP_OF_CODE = len("<code></code>")
_LONGEST, _MOST_POINTS, _MOST_LABELS = 500, 400, 6
_WIDTH_OF_A_CHARACTER, _GAP = 8.5, 6
"""Of labels where a drawing is as narrow as a telephone, in the units of the drawing."""
_BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""The share of a text that is before its x."""
_ONE_LINE = 20
"""Characters of a cell that is not broken into lines."""
_CODE = re.compile("`([^`]+)`")
_FOLDER = Path(__file__).parent
_Group = tuple[str, Sequence[Finding], int]


@dataclass(frozen=True)
class _Line:
    """One series of a chart as it is drawn; `points` of each unbroken run of values."""

    name: str
    runs: tuple[str, ...]
    last: str


@dataclass(frozen=True)
class _Label:
    """Text under a drawing, at x; at its sides the text goes inwards."""

    x: float
    text: str

    @property
    def anchor(self) -> Literal["start", "middle", "end"]:
        """Which part of the text is at x."""
        if self.x < charts.LEFT + 30:
            return "start"
        return "end" if self.x > charts.WIDTH - 60 else "middle"

    @property
    def begins(self) -> float:
        """Where the text begins."""
        return self.x - _BEFORE[self.anchor] * len(self.text) * _WIDTH_OF_A_CHARACTER

    @property
    def ends(self) -> float:
        """Where the text ends."""
        return self.begins + len(self.text) * _WIDTH_OF_A_CHARACTER


@dataclass(frozen=True)
class _Drawing:
    """A chart with everything in its place: ticks are (y, value)."""

    title: str
    lines: tuple[_Line, ...]
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[_Label, ...]
    limit: tuple[float, str] | None


@dataclass(frozen=True)
class _Cut:
    """A table as far as there is room; `left_out` rows are not shown. numbers: columns that stand on the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[bool, ...]
    left_out: int


@dataclass(frozen=True)
class _Fitted:
    """What the page shows: findings by severity with how many are left out, drawings, tables."""

    groups: list[_Group]
    drawings: list[_Drawing]
    drawings_left_out: int
    tables: list[_Cut]


def render(report: Report) -> str:
    """The report as a page of at most 500 KB; rows that have no room are left out, and their number is said."""
    style = (_FOLDER / "report.css").read_text(encoding="utf-8")
    fitted = _fitted(report)
    return _template().render(
        report=report,
        state="passed" if report.passed else "refused",
        counts=counts(report),
        fitted=fitted,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        frame=charts,
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"text": _text, "parts": _parts, "shown": _shown, "kind": _kind}
    return environment.get_template("report.html.j2")


def _text(text: Any) -> str:
    return cut(visible(str(text)), _LONGEST)


def _parts(text: str) -> list[str]:
    """The text cut at its backticks: words and code in turn."""
    return _CODE.split(_text(text))


def _shown(cell: Cell) -> str:
    return cut(shown(cell), _LONGEST)


def _kind(cell: Cell, numbers: bool) -> str:
    """The class of a cell; `numbers`: its column stands on the right."""
    if numbers:
        return "number"
    return "short" if len(shown(cell)) <= _ONE_LINE else "text"


def _fitted(report: Report) -> _Fitted:
    """Findings by severity, worst first, then drawings, then tables, as far as there is room."""
    room = ROOM
    groups: list[_Group] = []
    for severity in WORST_FIRST:
        found = report.of(severity)
        kept, room = _fitting([_size_of_finding(finding) for finding in found], room)
        groups.append((severity.value, found[:kept], len(found) - kept))
    drawings = [drawing for chart in report.charts if (drawing := _drawing(chart))]
    drawn, room = _fitting([_size_of_drawing(drawing) for drawing in drawings], room)
    tables = []
    for table in report.sections:
        kept, room = _fitting([_size_of_row(row) for row in table.rows], room)
        tables.append(_Cut(table.title, table.columns, table.rows[:kept], _numbers(table), len(table.rows) - kept))
    return _Fitted(groups, drawings[:drawn], len(drawings) - drawn, tables)


def _fitting(sizes: Sequence[int], room: int) -> tuple[int, int]:
    """How many fit, from the first on, and the room that stays."""
    for number, size in enumerate(sizes):
        if size > room:
            return number, 0
        room -= size
    return len(sizes), room


def _size_of_row(row: tuple[Cell, ...]) -> int:
    return sum(_size(shown(cell)) + _MARKUP_OF_A_CELL for cell in row)


def _size_of_finding(finding: Finding) -> int:
    texts = (finding.rule, finding.title, finding.message, finding.mend, str(finding.location or ""))
    code = sum(len(_parts(text)) // 2 for text in texts) * _MARKUP_OF_CODE
    details = sum(_size(name) + _size(shown(value)) + _MARKUP_OF_A_CELL for name, value in finding.details)
    return sum(map(_size, texts)) + code + details + _MARKUP_OF_A_FINDING


def _size_of_drawing(drawing: _Drawing) -> int:
    return sum(len(run) + _MARKUP_OF_A_CELL for line in drawing.lines for run in line.runs) + _MARKUP_OF_A_DRAWING


def _size(text: str) -> int:
    # Bytes as the page holds them: escaped, in UTF-8.
    return len(escape(_text(text)).encode())


def _numbers(table: Table) -> tuple[bool, ...]:
    return tuple(any(is_number(row[index]) for row in table.rows) for index in range(len(table.columns)))


def _drawing(chart: Chart) -> _Drawing | None:
    within = charts.value_range(chart)
    if within is None:
        return None
    return _Drawing(
        title=chart.title,
        lines=tuple(
            _Line(series.name, charts.lines(series.values[-_MOST_POINTS:], within), _last(chart, series))
            for series in chart.series
        ),
        ticks=tuple((charts.height(value, within), shown(value)) for value in (within.low, within.high)),
        labels=_labels(chart.labels[-_MOST_POINTS:]),
        limit=None if chart.limit is None else (charts.height(chart.limit, within), shown(chart.limit)),
    )


def _last(chart: Chart, series: Series) -> str:
    """In words; empty where the points do not follow each other."""
    last = next((value for value in reversed(series.values) if value is not None), None)
    return f", last {shown(last)}" if chart.timed else ""


def _labels(labels: Sequence[str]) -> tuple[_Label, ...]:
    """As many labels as have room, six at most, evenly spread, the last one among them."""
    for step in range(-(-len(labels) // _MOST_LABELS) or 1, len(labels)):
        chosen = _chosen(labels, step)
        if all(one.ends + _GAP <= other.begins for one, other in pairwise(chosen)):
            return chosen
    return _chosen(labels, len(labels) or 1)


def _chosen(labels: Sequence[str], step: int) -> tuple[_Label, ...]:
    places = range(len(labels) - 1, -1, -step)
    return tuple(_Label(charts.position(place, len(labels)), labels[place]) for place in reversed(places))
