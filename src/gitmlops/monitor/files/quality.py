"""Whether a data file is what its reference leads one to expect: columns, types, range, rows, time, duplicates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from gitmlops.monitor.files.judging import RULES
from gitmlops.monitor.files.reference import Reference
from gitmlops.monitor.files.scan import Scan
from gitmlops.monitor.profiles import ranges
from gitmlops.records.baseline import NumericColumn
from gitmlops.records.prediction_log import FEATURE, KEY, REQUIRED_COLUMNS, SLICE
from gitmlops.report import Finding, Severity

_NAMES = 10
_ROWS_FACTOR = 2
_LOG_COLUMNS = ("time", *REQUIRED_COLUMNS)


@dataclass(frozen=True)
class Asked:
    """What the caller wants to know beside: seconds that the newest row may be old, and a column of unique values.

    now: as at which moment; repeated: how many rows have a value of `unique` that was there before.
    """

    now: datetime
    fresh: int | None = None
    unique: str = ""
    repeated: int = 0


def findings(reference: Reference, scan: Scan, asked: Asked) -> Iterator[Finding]:
    """Everything that is wrong with the file, what breaks it first."""
    yield from _schema(reference, scan)
    yield from _left_out(scan)
    yield from _times(scan, asked)
    if asked.repeated:
        message = f"{asked.repeated:,} rows have a {asked.unique} that was there before"
        yield Finding("duplicates", Severity.ERROR, message, mend="write each row once")
    yield from _range(reference, scan)
    yield from _rows(reference, scan)


def _schema(reference: Reference, scan: Scan) -> Iterator[Finding]:
    for column in reference.columns:
        if column.name in scan.wrong:
            kind = "numbers" if isinstance(column, NumericColumn) else "text"
            message = f"{column.name} is {scan.wrong[column.name]}, the reference has {kind}"
            yield Finding("schema", Severity.ERROR, message, mend="mend what writes it, or make a new baseline")
        elif column.name not in scan.found and column.name != reference.target:
            message = f"the column {column.name} is gone"
            yield Finding("schema", Severity.ERROR, message, mend="mend what writes it, or make a new baseline")
    if reference.target and reference.target not in scan.found:
        yield Finding("target", Severity.NOTE, f"the file has no {reference.target} yet: its drift is not known")
    if new := sorted(set(scan.types) - _known(reference, scan)):
        more = f" and {len(new) - _NAMES} more" if len(new) > _NAMES else ""
        message = f"not in the reference, and not watched: {', '.join(new[:_NAMES])}{more}"
        yield Finding("schema", Severity.NOTE, message)


def _left_out(scan: Scan) -> Iterator[Finding]:
    """Lines that are no rows; many of them are an alarm, as the rest may well be what looks well."""
    many = scan.bad >= RULES.broken * (scan.rows + scan.bad) and scan.bad
    severity = Severity.ERROR if many else Severity.WARNING
    mend = "mend what writes it; NaN is none of JSON's words"
    yield from (Finding("schema", severity, f"left out: {words}", mend=mend) for words in scan.left_out[:_NAMES])


def _known(reference: Reference, scan: Scan) -> set[str]:
    names = {column.name for column in reference.columns} | {reference.time, *reference.slice_columns, *_LOG_COLUMNS}
    logged = {name for name in scan.types if name.startswith((FEATURE, SLICE, KEY))}
    return names | {name for name in logged if name.partition(".")[2] in names or name.startswith(KEY)}


def _times(scan: Scan, asked: Asked) -> Iterator[Finding]:
    if scan.future:
        message = f"{scan.future:,} rows are of {asked.now:%Y-%m-%d %H:%M} UTC or later"
        yield Finding("time", Severity.WARNING, message, mend="mend the clock, or the zone, of what writes them")
    if scan.undated:
        yield Finding("time", Severity.WARNING, f"{scan.undated:,} rows have no time", mend="mend what writes them")
    if asked.fresh is not None and scan.last is not None:
        age = asked.now.timestamp() - scan.last / 1_000_000
        if age > asked.fresh:
            newest = datetime.fromtimestamp(scan.last / 1_000_000, UTC)
            message = f"the newest row is of {newest:%Y-%m-%d %H:%M} UTC, {age / 86_400:.1f} days ago"
            yield Finding("freshness", Severity.ERROR, message, mend="see what stopped writing")


def _range(reference: Reference, scan: Scan) -> Iterator[Finding]:
    for column in reference.columns:
        tally = scan.tallies[column.name]
        if isinstance(column, NumericColumn) and ranges.is_unusual(column, tally):
            mend = "" if ranges.sentinel(tally) is None else "have it written as missing"
            yield Finding("range", Severity.WARNING, ranges.words(column, tally), mend=mend)


def _rows(reference: Reference, scan: Scan) -> Iterator[Finding]:
    """Periods with far fewer or more rows than the reference ever had; the first and the last may not be complete."""
    inner = scan.periods.records()[1:-1]
    if not reference.periods or not inner:
        return
    low, high = min(reference.periods) / _ROWS_FACTOR, max(reference.periods) * _ROWS_FACTOR
    if odd := [one for one in inner if not low <= one.rows <= high]:
        usual = f"the reference had {min(reference.periods):,} to {max(reference.periods):,}"
        message = f"{reference.period} of {odd[0].label}: {odd[0].rows:,} rows, {usual} ({len(odd)} such periods)"
        yield Finding("rows", Severity.WARNING, message, mend="see whether rows are missing or there twice")
