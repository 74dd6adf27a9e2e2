"""Report -> GitHub Markdown, at most 60,000 characters: a comment holds 65,536."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gitmlops.plain_text import cut, markdown, markdown_sentence, visible
from gitmlops.render.cells import counts, is_number, shown, word, worst_first
from gitmlops.report import Cell, Chart, Finding, Report, Table

LIMIT = 60_000
_LAST_WORDS, _MOST_SUMMARY, _MOST_POINTS = 200, 20, 40

_NOT_IN_MERMAID = re.compile(r"[^\w .,:()/+=-]")


@dataclass(frozen=True)
class _Block:
    """Lines that make no sense without a row below them, the rows, and what closes them."""

    head: tuple[str, ...]
    rows: tuple[str, ...]


def render(report: Report) -> str:
    """The report as Markdown, worst first; rows that have no room are left out, and their number is said."""
    lines = _top(report)
    room = LIMIT - _LAST_WORDS - _length(lines)
    left_out = 0
    for block in _blocks(report):
        kept = _fitting(block, room)
        left_out += len(block.rows) - kept
        if kept:
            written = ["", *block.head, *block.rows[:kept]]
            lines += written
            room -= _length(written)
    if left_out:
        lines += ["", f"{left_out} rows are left out: this page holds {LIMIT:,} characters."]
    return "\n".join(lines)


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _fitting(block: _Block, room: int) -> int:
    """How many rows of the block have room, from the first on."""
    room -= _length(["", *block.head])
    for number, row in enumerate(block.rows):
        room -= len(row) + 1
        if room < 0:
            return number
    return len(block.rows)


def _top(report: Report) -> list[str]:
    lines = [f"## {markdown(report.headline)}", ""]
    lines += [f"- {line}" for line in (counts(report), *map(markdown_sentence, report.summary[:_MOST_SUMMARY])) if line]
    if report.next_action:
        lines += ["", f"**Next:** {markdown_sentence(report.next_action)}"]
    return lines


def _blocks(report: Report) -> Iterator[_Block]:
    rows = tuple(_finding(finding, word(report, finding.severity)) for finding in worst_first(report.findings))
    yield _Block(_header(("outcome", "rule", "what", "how to mend it", "place")), rows)
    yield _Block(_header(("fact", "value")), tuple(_row(fact) for fact in report.facts))
    for table in report.sections:
        title = (f"### {markdown(table.title)}", "") if table.title else ()
        yield _Block((*title, *_header(table.columns, _right(table))), tuple(map(_row, table.rows)))
    for chart in report.charts:
        yield from _chart(chart)


def _finding(finding: Finding, outcome: str) -> str:
    what = markdown_sentence(finding.message)
    for name, value in finding.details:
        what += f"<br>{markdown(name)}: {markdown(shown(value))}"
    place = str(finding.location or "")
    return _joined(outcome, markdown(finding.rule), what, markdown_sentence(finding.mend), markdown(place))


def _row(cells: tuple[Cell, ...]) -> str:
    return _joined(*(markdown(shown(cell)) for cell in cells))


def _joined(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _header(columns: tuple[str, ...], right: tuple[bool, ...] = ()) -> tuple[str, str]:
    to_right = right or (False,) * len(columns)
    return _joined(*map(markdown, columns)), _joined(*("---:" if side else "---" for side in to_right))


def _right(table: Table) -> tuple[bool, ...]:
    return tuple(any(is_number(row[index]) for row in table.rows) for index in range(len(table.columns)))


def _chart(chart: Chart) -> Iterator[_Block]:
    """A Mermaid chart of the last points at which every line has a value; nothing if there are not two."""
    complete = [
        index for index in range(len(chart.labels)) if all(series.values[index] is not None for series in chart.series)
    ][-_MOST_POINTS:]
    if len(complete) < 2 or not chart.series:
        return
    lines = [[series.values[index] for index in complete] for series in chart.series]
    names = ", ".join(markdown(series.name) for series in chart.series)
    if chart.limit is not None:
        lines.append([chart.limit] * len(complete))
        names += f", limit {shown(chart.limit)}"
    labels = ", ".join(f'"{_in_mermaid(chart.labels[index])}"' for index in complete)
    drawing = ["```mermaid", "xychart-beta", f"    x-axis [{labels}]"]
    drawing += [f"    line [{', '.join(shown(value) for value in line)}]" for line in lines]
    # One row: half a drawing is none.
    yield _Block((f"### {markdown(chart.title)}", ""), ("\n".join([*drawing, "```", "", f"Lines: {names}."]),))


def _in_mermaid(text: str) -> str:
    """A label inside quotes; Mermaid has no way to escape, so that other characters become `?`."""
    return _NOT_IN_MERMAID.sub("?", cut(visible(text), 40))
