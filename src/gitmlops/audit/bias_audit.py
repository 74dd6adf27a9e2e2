"""A bias audit to be published: its tables as a report for people and as CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from gitmlops.audit.bias_tables import BiasTables
from gitmlops.records.receipt import Digest
from gitmlops.registry.tags.history import Version
from gitmlops.report import Cell, Report, Table
from gitmlops.statistics import bias_audit
from gitmlops.statistics.bias_audit import Category

COLUMNS = ("table", "category", "applicants", "chosen", "rate", "impact_ratio", "excluded_because")
"""Of the CSV file. chosen: selected, or scored above the median; rates and ratios have six digits after the point."""
_UNKNOWN = "(unknown)"
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LEFT = (
    "Whether whoever made them is independent, as the law asks of an auditor.",
    "Which ratio is too low: the law sets no number, and of many small categories one is always low.",
    "Whether people said themselves which category they are in, and whether these data may be used.",
)
_UNDECIDED = Table("what these tables do not decide", ("people decide",), tuple((one,) for one in _LEFT))


@dataclass(frozen=True)
class Audited:
    """What is published beside the tables.

    day: of the audit; auditor: who answers for it, empty if nobody does; source: where the data are from, in words;
    since: the day from which the version is in use, empty if it is not; digests: model file, rows and labels.
    """

    version: Version
    day: str
    auditor: str
    source: str
    since: str
    digests: tuple[Digest, ...]


def report(about: Audited, found: BiasTables) -> Report:
    """The summary of results: what, when, of which data, then the three tables, then what they do not decide."""
    name = f"{about.version.name} {about.version.version}"
    return Report(
        title=f"bias audit of {name}",
        summary=tuple(_summary(about, found)),
        facts=(
            ("version", f"{name}, commit {about.version.commit}"),
            *((f"{one.path} sha256", one.sha256) for one in about.digests),
        ),
        tables=(*(_table(part, table, found) for part, table in found.tables.items()), _UNDECIDED),
    )


def comma_separated(found: BiasTables) -> str:
    """Every line of every table, and the unknown ones; counts are exact, and everything can be computed from them."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for title, table in found.tables.items():
        for line in table.categories:
            numbers = (line.applicants, line.selected, _decimal(line.rate), _decimal(line.ratio))
            writer.writerow((_cell(title), _cell(line.name), *numbers, _cell(_reason(line, found))))
        writer.writerow((_cell(title), _UNKNOWN, table.unknown, "", "", "", ""))
    return written.getvalue()


def _summary(about: Audited, found: BiasTables) -> Iterator[str]:
    by = about.auditor or "made by the developer's own gate, and looked at by no independent auditor yet"
    yield f"Date of the audit: {about.day}. By: {by}."
    used = f"In use since {about.since}." if about.since else "Not in use yet."
    yield f"{used} Source of the data: {about.source}"
    rate = {
        "selection": "Selection rate: the share of a category's applicants that the tool selects.",
        "scoring": "Scoring rate: the share of a category's applicants whose score is above the median of all scores.",
    }[found.asked.rate]
    yield f"{found.applicants:,} applicants. {rate} Impact ratio: that rate over the highest rate of any category."


def small(found: BiasTables) -> str:
    """Which categories an auditor may leave out and nobody has, as a sentence for who runs the audit; else empty."""
    left = [name for name in found.small if name not in found.asked.excluded]
    how = "an auditor may leave such a category out of the ratios, with a reason: --exclude 'CATEGORY: REASON'"
    return f"under 2 % of the applicants, and in the ratios: {', '.join(left)}; {how}" if left else ""


def _table(part: str, table: bias_audit.Table, found: BiasTables) -> Table:
    """The ratio stands before the counts that it is of: on a phone it is what is seen."""
    chosen, rate = ("selected", "selection rate")
    if found.asked.rate == "scoring":
        chosen, rate = ("above the median", "scoring rate")
    columns = (part, "impact ratio", rate, "applicants", chosen, "not in the ratios because")
    rows: list[tuple[Cell, ...]] = [
        (line.name, _shown(line.ratio), _share(line.rate), line.applicants, line.selected, _reason(line, found))
        for line in table.categories
    ]
    rows.append((_UNKNOWN, "", "", table.unknown, "", "nobody knows the category" if table.unknown else ""))
    width = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    title = "intersection of sex and race/ethnicity" if part == "intersection" else part
    return Table(f"by {title}", columns[:width], tuple(row[:width] for row in rows))


def _reason(line: Category, found: BiasTables) -> str:
    return found.asked.excluded.get(line.name, "") if line.excluded else ""


def _share(rate: Fraction | None) -> str:
    return "" if rate is None else f"{float(rate):.1%}"


def _shown(ratio: Fraction | None) -> str:
    return "" if ratio is None else f"{float(ratio):.3f}"


def _decimal(number: Fraction | None) -> str:
    return "" if number is None else f"{float(number):.6f}"


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
