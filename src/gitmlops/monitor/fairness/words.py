"""What is said of promises about groups: findings, and a table of those that can be compared."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gitmlops.monitor.alarm import Verdict
from gitmlops.monitor.fairness.judging import MOST_GROUPS, NOT_TOLD, Apart, Group, Held
from gitmlops.monitor.fairness.promises import FEWEST_QUOTED
from gitmlops.monitor.states import State
from gitmlops.report import Cell, Finding, Severity, Table

UNFAIR = "fairness"
_TITLES = {
    State.ALARM: "missed",
    State.OK: "kept",
    State.PARTIAL: "kept by the outcomes that are known, a selection",
    State.INSUFFICIENT: "not known yet",
    State.UNKNOWN: "not known",
}


def unfair(verdict: Verdict, held: Sequence[Held]) -> Verdict:
    """The verdict, with an alarm if a promise that is mandatory and not waived is surely missed."""
    if not any(_severity(one) is Severity.ERROR for one in held):
        return verdict
    return replace(verdict, alarms=(*verdict.alarms, UNFAIR))


def findings(held: Sequence[Held]) -> tuple[Finding, ...]:
    """One for each promise and way to part the rows."""
    return tuple(Finding(UNFAIR, _severity(one), _words(one), mend=_mend(one)) for one in held)


def tables(held: Sequence[Held]) -> Iterator[Table]:
    """The promises whose groups can be compared; no group with few rows is in it."""
    columns = ("check", "by", "value", "asked", "lowest", "highest", "since", "state")
    rows = tuple(_row(one, one.widest) for one in held if one.widest)
    if rows:
        yield Table("Groups in production", columns, rows)


def _severity(held: Held) -> Severity:
    if held.state is State.ALARM:
        excused = held.promise.check.enforcement == "advisory" or held.promise.waived
        return Severity.WARNING if excused else Severity.ERROR
    return Severity.PASS if held.state is State.OK else Severity.NOTE


def _mend(held: Held) -> str:
    if held.state is State.ALARM:
        return "have whoever answers for the policy look; roll back, or retrain and let the gate judge"
    if held.why == NOT_TOLD:
        return "log the columns as slices, or name a table under `monitoring: groups:`"
    return ""


def _words(held: Held) -> str:
    check = held.promise.check
    subject = f"{held.promise.name}: {check.metric} by {' and '.join(held.by)}"
    if held.state is State.UNKNOWN:
        return f"{subject} is not known: {held.why}"
    if held.widest is None:
        return f"{subject} is not known: {_why_not_compared(held)}"
    found = held.widest
    value = f"{subject} is {found.value:.3f} since {found.since} ({_counts(found)})"
    asked = f"policy asks {check.op} {check.threshold}"
    if held.state is State.ALARM and found.surely is not None:
        at = "at most" if held.promise.kind == "ratio" else "at least"
        waived = f"; waived until {held.promise.waived}" if held.promise.waived else ""
        sure = f"surely {at} {found.surely:.3f} (confidence {check.confidence:.5g}, however often one looks)"
        return f"{value}, {sure}, {asked}{waived}"
    return f"{value}, {asked}: {_TITLES[held.state]}{_small(held)}"


def _why_not_compared(held: Held) -> str:
    if held.groups > MOST_GROUPS:
        return f"of {held.groups} groups no two are compared, at most {MOST_GROUPS} are"
    if held.groups >= 2:
        return f"{' and '.join(held.promise.rates)} is 0 in every group, or has no rows in one"
    return f"insufficient evidence{_small(held) or ', fewer than two groups'}"


def _small(held: Held) -> str:
    """How many groups are too small, none of them by name."""
    if not held.small:
        return ""
    least = max(held.promise.least_rows, FEWEST_QUOTED)
    which = "1 group has" if held.small == 1 else f"{held.small} groups have"
    return f"; {which} too few rows to be compared ({least} are asked)"


def _counts(found: Apart) -> str:
    return f"{found.rate} {_of(found.lower)} against {_of(found.higher)}"


def _of(group: Group) -> str:
    return f"{group.hits:,} of {group.trials:,} at {group.name}"


def _row(held: Held, found: Apart) -> tuple[Cell, ...]:
    return (
        held.promise.name,
        " and ".join(held.by),
        round(found.value, 3),
        f"{held.promise.check.op} {held.promise.check.threshold}",
        f"{found.rate} {_of(found.lower)}",
        f"{found.rate} {_of(found.higher)}",
        found.since,
        _TITLES[held.state],
    )
