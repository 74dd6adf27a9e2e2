"""JSON of `gitmlops/report/1` -> Report: what one job wrote for another to show. It may be a stranger's."""

from pathlib import PurePosixPath
from typing import Literal

import msgspec

from gitmlops.errors import InputError
from gitmlops.plain_text import visible
from gitmlops.render.json import SCHEMA
from gitmlops.report import Cell, Chart, Finding, Location, Report, Series, Severity, Table

LARGEST = 8 << 20
"""Bytes of a report; one of 500 checks has a tenth of it."""


class _Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: str
    severity: Literal["pass", "note", "warning", "error"]
    message: str
    mend: str
    details: dict[str, Cell]
    path: str | None
    line: int | None
    column: int | None
    title: str = ""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    columns: list[str]
    rows: list[dict[str, Cell]]


class _Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    values: list[float | None]


class _Chart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    labels: list[str]
    series: list[_Series]
    limit: float | None


class _Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    of: str
    question: str


class _Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    title: str
    passed: bool
    outcomes: tuple[str, str]
    summary: list[str]
    findings: list[_Finding]
    facts: dict[str, Cell]
    tables: list[_Table]
    charts: list[_Chart]
    next_action: str
    undecided: list[_Question] = []


def parse(content: bytes, where: str) -> Report:
    """The report that JSON holds. Raises InputError for what is none of ours, or says two things at once."""
    if len(content) > LARGEST:
        raise _wrong(f"a report has at most {LARGEST >> 20} MiB", where)
    try:
        read = msgspec.json.decode(content, type=_Report)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _wrong(f"not a report: {visible(str(error))}", where) from error
    if read.schema != SCHEMA:
        raise _wrong(f"its schema is {visible(read.schema)!r}, not {SCHEMA!r}", where)
    report = Report(
        read.title,
        tuple(map(_finding, read.findings)),
        tuple(read.summary),
        tuple(read.facts.items()),
        tuple(map(_table, read.tables)),
        tuple(map(_chart, read.charts)),
        read.next_action,
        read.outcomes,
        tuple((one.of, one.question) for one in read.undecided),
    )
    if report.passed != read.passed:
        raise _wrong("`passed` is not what its findings say", where)
    return report


def _wrong(what: str, where: str) -> InputError:
    return InputError(what, where=where, mend="write it with `--format json`, and pass it on as it is")


def _finding(read: _Finding) -> Finding:
    place = Location(_inside(read.path), max(read.line or 1, 1), max(read.column or 1, 1)) if read.path else None
    told = (read.message, place, read.mend, tuple(read.details.items()))
    return Finding(read.rule, Severity(read.severity), *told, title=read.title)


def _inside(path: str) -> str:
    """The path, if it is one of the repository; else a name that is none."""
    parts = PurePosixPath(path).parts
    return path if not path.startswith("/") and ".." not in parts else "(outside of the repository)"


def _table(read: _Table) -> Table:
    return Table(read.title, tuple(read.columns), tuple(tuple(map(row.get, read.columns)) for row in read.rows))


def _chart(read: _Chart) -> Chart:
    series = tuple(Series(one.name, tuple(one.values)) for one in read.series)
    return Chart(read.title, tuple(read.labels), series, read.limit)
