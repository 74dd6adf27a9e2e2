"""What the log is like as a table, a row a window; and the windows in which far fewer or more rows came than usual."""

from collections.abc import Iterator, Sequence

from gitmlops.monitor.quality import Shares, WindowQuality, of_reference
from gitmlops.records.baseline import Baseline
from gitmlops.report import Cell, Finding, Severity, Table
from gitmlops.specs.alarm import AlarmRules

_COLUMNS = ("window", "rows", "of usual", "outcomes", "missing", "unseen", "outside", "repeated", "incomplete", "most")


def tables(windows: Sequence[WindowQuality], baseline: Baseline | None) -> Iterator[Table]:
    """Shares of values by window, after those of the reference; none without a window.

    outcomes: share of rows whose outcome is known; unseen: levels that the reference does not name; outside: numbers
    out of its range; most: where one of these rose most.
    """
    if not windows:
        return
    reference = [_reference_row(baseline)] if baseline else []
    yield Table("Data by window", _COLUMNS, (*reference, *map(_row, windows)))


def findings(windows: Sequence[WindowQuality], rules: AlarmRules) -> Iterator[Finding]:
    """The latest windows, those that speak for a version, in which something is odd about the number of rows."""
    for item in windows[-rules.standing :]:
        share = item.of_usual
        if share is None or 1 / rules.rows_factor < share < rules.rows_factor:
            continue
        few = share < 1
        message = f"{item.rows:,} rows in {item.window.label}, where {item.usual:,.0f} are usual"
        mend = "see what stopped serving, or stopped writing the log" if few else "see whether rows are there twice"
        yield Finding("rows", Severity.WARNING, message, mend=mend)


def _reference_row(baseline: Baseline) -> tuple[Cell, ...]:
    return ("reference", baseline.rows, None, None, *_numbers(of_reference(baseline)), None, None, "")


def _row(item: WindowQuality) -> tuple[Cell, ...]:
    return (
        item.window.label,
        item.rows,
        _rounded(item.of_usual),
        _rounded(item.outcomes / item.rows if item.rows else None),
        *(_numbers(item.shares) if item.shares else (None,) * 3),
        item.left_out.repeated,
        item.left_out.incomplete,
        item.shares.most if item.shares else "",
    )


def _numbers(shares: Shares) -> tuple[float | None, ...]:
    return tuple(map(_rounded, (shares.missing, shares.unseen, shares.outside)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
