"""What the formats share: numbers to words, worst first."""

import math
from collections.abc import Iterable

from gitmlops.plain_text import visible
from gitmlops.report import Cell, Finding, Report, Severity

WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTE, Severity.PASS)
_WORDS = {Severity.WARNING: "warning", Severity.NOTE: "note", Severity.PASS: "passed"}


def shown(cell: Cell) -> str:
    """A value for people: six digits of a float, yes and no, a dash for nothing."""
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.6g}" if math.isfinite(cell) else str(cell)
    return visible(str(cell))


def is_number(cell: Cell) -> bool:
    """Whether the value stands on the right of its column."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by severity, within one severity in their order."""
    return sorted(findings, key=lambda finding: WORST_FIRST.index(finding.severity))


def word(report: Report, severity: Severity) -> str:
    """What findings of a severity are called; those that refuse have the word that this kind of report has for it."""
    return report.outcomes[1] if severity is Severity.ERROR else _WORDS[severity]


def counts(report: Report) -> str:
    """How many findings of each severity there are, worst first; empty if there are none."""
    numbers = [(len(report.of(severity)), word(report, severity)) for severity in WORST_FIRST]
    return ", ".join(f"{number} {_plural(name, number)}" for number, name in numbers if number)


def _plural(name: str, number: int) -> str:
    return f"{name}s" if number > 1 and name in ("alarm", "warning", "note") else name
