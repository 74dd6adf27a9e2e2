"""Report -> plain text. The first screen says the verdict, what refuses, and who acts next."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence

from gitmlops.plain_text import cut, visible
from gitmlops.render.cells import WORST_FIRST, counts, is_number, shown, word
from gitmlops.render.charts import sparkline, value_range
from gitmlops.report import UNDECIDED, Cell, Chart, Finding, Report, Severity, Table

FIRST_SCREEN = 25
_WIDTH, _MIN_WIDTH, _MAX_WIDTH, _MIN_COLUMN = 120, 40, 160, 8
_LONGEST = 1200


def render(report: Report) -> str:
    """The report as text, as wide as the terminal; 120 characters where there is none."""
    width = min(max(shutil.get_terminal_size((_WIDTH, FIRST_SCREEN)).columns, _MIN_WIDTH), _MAX_WIDTH)
    return "\n".join(line.rstrip() for line in _lines(report, width))


def _lines(report: Report, width: int) -> Iterator[str]:
    screen, rest = _first_screen(report, width)
    yield from screen
    yield from _section(
        f"{word(report, Severity.ERROR)}, too", [line for finding in rest for line in _finding(finding, width)]
    )
    for severity in WORST_FIRST[1:]:
        found = [line for finding in report.of(severity) for line in _finding(finding, width)]
        yield from _section(word(report, severity), found)
    yield from _section(UNDECIDED, [line for one in report.undecided for line in _question(*one, width)])
    yield from _section("facts", list(_facts(report.facts, width)))
    for table in report.tables:
        yield from _section(visible(table.title), list(_table(table, width)))
    for chart in report.charts:
        yield from _section(visible(chart.title), list(_chart(chart, width)))


def _first_screen(report: Report, width: int) -> tuple[list[str], Sequence[Finding]]:
    """The lines of the first screen, and the refusals that had no room on it."""
    top = _wrapped(visible(report.headline), width)[:3]
    if numbers := counts(report):
        top.append(numbers)
    top += [line for summary in report.summary for line in _wrapped(visible(summary), width)][:6]
    next_action = _wrapped(f"next: {visible(report.next_action)}", width)[:3] if report.next_action else []
    refusals = report.of(Severity.ERROR)
    room = FIRST_SCREEN - len(top) - len(next_action) - 3  # two empty lines and the line of what is left out
    lines: list[str] = []
    for number, finding in enumerate(refusals):
        more = _finding(finding, width)
        if len(lines) + len(more) > room and number:
            left_out = f"  … and {len(refusals) - number} more below"
            return [*top, "", *lines, left_out, *_after_empty(next_action)], refusals[number:]
        lines += more[:room]
    return [*top, *_after_empty(lines), *_after_empty(next_action)], ()


def _after_empty(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", *([title] if title else []), *lines] if lines else []


def _finding(finding: Finding, width: int) -> list[str]:
    place = f"{visible(str(finding.location))}: " if finding.location else ""
    mend = f"; {visible(finding.mend)}" if finding.mend else ""
    details = ", ".join(f"{visible(name)} {shown(value)}" for name, value in finding.details)
    message = f"{visible(finding.message)} ({details})" if details else visible(finding.message)
    return _wrapped(cut(f"{visible(finding.rule)}  {place}{message}{mend}", _LONGEST), width, indent=2)


def _question(asker: str, question: str, width: int) -> list[str]:
    return _wrapped(cut(f"{visible(asker)}  {visible(question)}", _LONGEST), width, indent=2)


def _facts(facts: Sequence[tuple[str, Cell]], width: int) -> Iterator[str]:
    longest = min(max((len(visible(name)) for name, _ in facts), default=0), width // 2)
    for name, value in facts:
        yield from _wrapped(f"{visible(name):<{longest}}  {shown(value)}", width, indent=2)


def _table(table: Table, width: int) -> Iterator[str]:
    rows = [[visible(column) for column in table.columns], *([shown(cell) for cell in row] for row in table.rows)]
    right = [any(is_number(row[index]) for row in table.rows) for index in range(len(table.columns))]
    widths = _fitted([max(len(row[index]) for row in rows) for index in range(len(table.columns))], width - 2)
    for row in rows:
        cells = (
            cut(cell, wide).rjust(wide) if to_right else cut(cell, wide).ljust(wide)
            for cell, wide, to_right in zip(row, widths, right, strict=True)
        )
        yield "  " + "  ".join(cells)


def _fitted(widths: list[int], room: int) -> list[int]:
    """The widths, the widest columns made narrower until all have room; the first, which names the row, at last."""
    first, *fitted = widths
    while first + sum(fitted) + 2 * len(fitted) > room and max(fitted, default=0) > _MIN_COLUMN:
        fitted[fitted.index(max(fitted))] -= 1
    needed = sum(fitted) + 2 * len(fitted)
    return [max(min(first, room - needed), min(first, _MIN_COLUMN)), *fitted]


def _chart(chart: Chart, width: int) -> Iterator[str]:
    within = value_range(chart)
    if within is None:
        return
    longest = min(max(len(visible(series.name)) for series in chart.series), width // 3)
    for series in chart.series:
        name = cut(visible(series.name), longest)
        bars = sparkline(series.values[-max(width - longest - 30, 10) :], within)
        last = next((value for value in reversed(series.values) if value is not None), None)
        yield f"  {name:<{longest}}  {bars}" + (f"  last {shown(last)}" if chart.timed else "")
    limit = "" if chart.limit is None else f", limit {shown(chart.limit)}"
    ends = f", {visible(chart.labels[0])} to {visible(chart.labels[-1])}" if chart.labels else ""
    yield from _wrapped(f"from {shown(within.low)} to {shown(within.high)}{limit}{ends}", width, indent=2)


def _wrapped(text: str, width: int, *, indent: int = 0) -> list[str]:
    first, later = " " * indent, " " * (indent + 4)
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False) or [first]
