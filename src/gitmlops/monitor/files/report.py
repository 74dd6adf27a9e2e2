"""A data file against its reference, as a report: what moved, by how much, in which direction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from gitmlops.monitor.drift.slice_drift import Change
from gitmlops.monitor.files import quality
from gitmlops.monitor.files.judging import RULES, Judged
from gitmlops.monitor.files.quality import Asked
from gitmlops.monitor.files.reference import Reference
from gitmlops.monitor.files.scan import Scan
from gitmlops.monitor.profiles.columns import all_counts, coarse_counts, coarse_labels
from gitmlops.monitor.states import State
from gitmlops.report import Cell, Chart, Finding, Report, Series, Severity, Table
from gitmlops.statistics import drift
from gitmlops.statistics.histogram import Counts

Measure = Literal["jensen-shannon", "hellinger"]
MEASURES: Mapping[Measure, Callable[[Counts, Counts], float]] = {
    "jensen-shannon": drift.jensen_shannon,
    "hellinger": drift.hellinger,
}
_CHARTS = 3
_NAMED = 5
_STATES = {State.OK: "ok", State.WARNING: "a little", State.ALARM: "moved", State.INSUFFICIENT: "insufficient data"}
_KINDS = {"distribution": "", "unseen": " (levels)", "missing": " (missing)"}


@dataclass(frozen=True)
class Against:
    """A reference, what was counted on its bins, and what is thought of it."""

    reference: Reference
    scan: Scan
    judged: Judged


def report(title: str, latest: Against, anchor: Against | None, asked: Asked, also: Sequence[Measure]) -> Report:
    """The report on data. It refuses when there is an alarm. anchor: the same against the first reference of all."""
    found = (*quality.findings(latest.reference, latest.scan, asked), *_drift(latest), *_anchored(latest, anchor))
    tables = [_table("Columns, the largest change first", latest.judged.columns, latest, also)]
    if latest.judged.slices:
        tables.append(_table("Within slices, the largest change first", latest.judged.slices, latest, also))
    if anchor:
        tables.append(_table("Against the anchor, the largest change first", anchor.judged.columns, anchor, also))
    return Report(
        title=title,
        findings=found,
        summary=(_summary(latest),),
        facts=tuple(_facts(latest)),
        tables=tuple(tables),
        charts=tuple(_charts(latest)),
        next_action=_next_action(found),
        outcomes=("no alarm", "alarm"),
    )


def _drift(against: Against) -> Iterator[Finding]:
    special = {against.reference.prediction: "prediction", against.reference.target: "target"}
    alarms = [one for one in against.judged.alarms if not one.within]
    for one in alarms:
        rule = "missing" if one.effect.kind == "missing" else special.get(one.effect.column, "inputs")
        yield Finding(rule, Severity.ERROR, _words(one), mend=_mend(rule))
    whole = {one.effect.column for one in alarms}
    if within := [one for one in against.judged.alarms if one.within and one.effect.column not in whole]:
        details = tuple((f"{one.effect.column}, {one.within}", _size(one)) for one in within[:_NAMED])
        message = f"{len(within)} changes within slices, which the whole hides"
        yield Finding("slices", Severity.ERROR, message, mend="look at the slices", details=details)
    if not alarms and against.judged.decided:
        yield Finding("inputs", Severity.PASS, "no column moved beyond its threshold")
    few = sum(one.state is State.INSUFFICIENT for one in against.judged.columns if one.effect.kind == "distribution")
    if few:
        yield Finding("inputs", Severity.WARNING, f"of {few} columns too few values to decide", mend="bring more rows")


def _anchored(latest: Against, anchor: Against | None) -> Iterator[Finding]:
    """Columns that are near the latest reference and far from the first one."""
    near = {(one.effect.column, one.effect.kind) for one in latest.judged.alarms}
    for one in anchor.judged.alarms if anchor else ():
        if not one.within and (one.effect.column, one.effect.kind) not in near:
            message = f"slow drift: {_words(one)} since the anchor"
            yield Finding(
                "anchor", Severity.ERROR, message, mend="ask whether the model still does what it was made for"
            )


def _words(change: Change) -> str:
    effect = change.effect
    moved = f"{effect.size:.2f}, threshold {change.threshold:.2f}"
    return f"{effect.column}{_KINDS[effect.kind]} moved by {moved}: {effect.direction or 'no values now'}"


def _mend(rule: str) -> str:
    return "mend what delivers it" if rule == "missing" else "see whether the world changed, or the feed"


def _size(change: Change) -> str:
    return f"{change.effect.size:.2f}, {change.effect.direction}"


def _summary(against: Against) -> str:
    rows, columns = against.scan.rows, len({one.effect.column for one in against.judged.columns})
    moved = {one.effect.column for one in against.judged.alarms if not one.within}
    of_rows = f"{rows:,} rows, reference {against.reference.rows:,}"
    return f"{len(moved)} of {columns} columns moved beyond their thresholds; {of_rows}."


def _next_action(findings: Sequence[Finding]) -> str:
    rules = {finding.rule for finding in findings if finding.severity is Severity.ERROR}
    if rules & {"schema", "freshness", "duplicates", "missing"}:
        return "mend the feed; do not train on such rows"
    return "look at the columns at the top of the table" if rules else ""


def _facts(against: Against) -> Iterator[tuple[str, Cell]]:
    if against.scan.first is not None and against.scan.last is not None:
        yield "first row", _moment(against.scan.first)
        yield "last row", _moment(against.scan.last)
    usual = f"calibrated by {against.judged.periods} periods of a {against.reference.period}"
    few = f"uncalibrated: under {RULES.least_periods} periods in the reference"
    yield "thresholds", usual if against.judged.periods else few


def _moment(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / 1_000_000, UTC):%Y-%m-%d %H:%M} UTC"


def _table(title: str, changes: Sequence[Change], against: Against, also: Sequence[Measure]) -> Table:
    ranked = sorted(changes, key=lambda one: (-_rank(one), one.effect.column, one.effect.kind, one.within))
    shown = [one for one in ranked if one.effect.kind == "distribution" or one.state is not State.OK]
    columns = (
        "column",
        "change",
        "effect",
        "threshold",
        "from → to",
        "n",
        "p",
        "PSI",
        "rank Wasserstein",
        *also,
        "state",
    )
    return Table(title, columns, tuple(_row(one, against, also) for one in shown))


def _rank(change: Change) -> float:
    """Effect times importance, where that is known."""
    importance = change.effect.importance
    return change.effect.size * (1.0 if importance is None else importance)


def _row(change: Change, against: Against, also: Sequence[Measure]) -> tuple[Cell, ...]:
    effect = change.effect
    is_values = effect.reference is not None and effect.seen is not None
    roles = {against.reference.prediction: " (prediction)", against.reference.target: " (target)"}
    within = f", {change.within}" if change.within else ""
    return (
        f"{effect.column}{roles.get(effect.column, '')}{within}",
        effect.kind,
        round(effect.size, 3),
        round(change.threshold, 3),
        effect.direction,
        effect.n,
        "< 1e-12" if effect.p < 1e-12 else f"{effect.p:.2g}",
        round(effect.psi, 3) if is_values else None,
        None if effect.rank_wasserstein is None else round(effect.rank_wasserstein, 3),
        *(_measured(MEASURES[name], effect.reference, effect.seen) for name in also),
        _STATES[change.state],
    )


def _measured(measure: Callable[[Counts, Counts], float], reference: Counts | None, seen: Counts | None) -> Cell:
    return None if reference is None or seen is None else round(measure(reference, seen), 3)


def _charts(against: Against) -> Iterator[Chart]:
    """Reference and now, on coarse bins, of the columns that moved most."""
    columns = {column.name: column for column in against.reference.columns}
    ranked = sorted(
        (
            one.effect
            for one in against.judged.columns
            if one.effect.kind == "distribution" and one.state is State.ALARM
        ),
        key=lambda effect: (-effect.rank or -effect.size, effect.column),
    )
    for effect in ranked[:_CHARTS]:
        column, seen = columns[effect.column], against.scan.tallies[effect.column]
        sides = (coarse_counts(column, all_counts(column)), coarse_counts(column, seen.counts))
        reference, now = (tuple((side / max(side.sum(), 1)).round(4).tolist()) for side in sides)
        if reference != now:  # a change within one of these wide bins is no picture
            series = (Series("reference", reference), Series("now", now))
            yield Chart(f"{effect.column}: share of rows by bin", coarse_labels(column), series)
