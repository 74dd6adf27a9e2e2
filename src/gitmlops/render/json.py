"""Report -> JSON for programs: `gitmlops/report/1`."""

import json
import math
from typing import Any

from gitmlops.report import Cell, Chart, Finding, Report, Table

SCHEMA = "gitmlops/report/1"


def render(report: Report) -> str:
    """The report as one JSON object; tables as lists of objects by column. ASCII, so that nothing hides in it."""
    return dumps(
        {
            "schema": SCHEMA,
            "title": report.title,
            "passed": report.passed,
            "outcomes": report.outcomes,
            "summary": report.summary,
            "undecided": [{"of": asker, "question": question} for asker, question in report.undecided],
            "findings": [_finding(finding) for finding in report.findings],
            "facts": _object(report.facts),
            "tables": [_table(table) for table in report.tables],
            "charts": [_chart(chart) for chart in report.charts],
            "next_action": report.next_action,
        }
    )


def dumps(value: Any) -> str:
    """JSON text of a value in which a CI log finds no command."""
    return json.dumps(value, indent=2, allow_nan=False).replace("##[", "#\\u0023[")


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.location
    return {
        "rule": finding.rule,
        "title": finding.title,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": place.path if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "mend": finding.mend,
        "details": _object(finding.details),
    }


def _table(table: Table) -> dict[str, Any]:
    rows = [_object(tuple(zip(table.columns, row, strict=True))) for row in table.rows]
    return {"title": table.title, "columns": table.columns, "rows": rows}


def _chart(chart: Chart) -> dict[str, Any]:
    series = [{"name": series.name, "values": [_finite(value) for value in series.values]} for series in chart.series]
    return {"title": chart.title, "labels": chart.labels, "series": series, "limit": _finite(chart.limit)}


def _object(pairs: tuple[tuple[str, Cell], ...]) -> dict[str, Cell]:
    return {name: _finite(value) for name, value in pairs}


def _finite(value: Cell) -> Cell:
    """The value; null for a number that JSON cannot write."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
