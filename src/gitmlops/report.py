"""The one result type: every domain returns it, every format renders it, the command line only shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from gitmlops.errors import InputError, InputErrors

Cell = str | int | float | bool | None
UNDECIDED = "what a machine did not decide"


class Severity(Enum):
    """How much a finding matters; only ERROR refuses."""

    PASS = "pass"  # noqa: S105 - no password
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Location:
    """A place in a file of the repository; line and column count from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, with its outcome.

    rule: what looked (a check's id, `yaml`, `reference`); mend: what to do about it;
    details: what a reader may want beside the message, in reading order; title: what was asked, in plain words, for
    readers of a page; accepted: why somebody lets it pass that
    would refuse, empty for everything else.
    """

    rule: str
    severity: Severity
    message: str
    location: Location | None = None
    mend: str = ""
    details: tuple[tuple[str, Cell], ...] = ()
    accepted: str = ""
    title: str = ""

    def error(self) -> InputError:
        """The finding as an error that can be raised."""
        return InputError(self.message, where=str(self.location or ""), mend=self.mend)


@dataclass(frozen=True)
class Table:
    """Rows under named columns, as many cells in each; no title where the report's own says what they are."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Series:
    """One line of a chart; None where there is no value."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """Lines over labelled points, e.g. a metric per window; `limit` is drawn as a horizontal line.

    timed: whether the points follow each other, so that the last one is told in words.
    """

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    limit: float | None = None
    timed: bool = True


@dataclass(frozen=True)
class Report:
    """What was looked at, what was found, and who acts next.

    facts: what binds the report to its subject (refs, digests), in reading order; next_action: one sentence;
    undecided: what a machine did not decide: whose question it is (a policy or a check), and the question;
    outcomes: what this kind of report calls its two ends.
    """

    title: str
    findings: tuple[Finding, ...] = ()
    summary: tuple[str, ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    next_action: str = ""
    outcomes: tuple[str, str] = ("passed", "refused")
    undecided: tuple[tuple[str, str], ...] = ()

    @property
    def sections(self) -> tuple[Table, ...]:
        """The tables, before them what a machine did not decide, as formats show it that have tables."""
        open_ = Table(UNDECIDED, ("question of", "what people decide"), self.undecided)
        return (open_, *self.tables) if self.undecided else self.tables

    @property
    def verdict(self) -> str:
        """The outcome in a word; empty for a report that judges nothing and only lists."""
        lists = not self.findings and bool(self.tables or self.facts)
        return "" if lists else self.outcomes[0 if self.passed else 1]

    @property
    def headline(self) -> str:
        """The title, with the verdict where there is one."""
        return f"{self.title}: {self.verdict}" if self.verdict else self.title

    @property
    def passed(self) -> bool:
        """Whether nothing refuses."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    def of(self, *severities: Severity) -> tuple[Finding, ...]:
        """The findings of these severities, in order."""
        return tuple(finding for finding in self.findings if finding.severity in severities)


def raise_errors(findings: Iterable[Finding]) -> None:
    """Raise InputErrors with every finding that refuses, if any does."""
    errors = [finding.error() for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise InputErrors(errors)
