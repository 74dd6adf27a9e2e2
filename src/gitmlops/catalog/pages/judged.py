"""What the gate found of a version: its checks, with groups and intervals, as its receipt says."""

from collections.abc import Iterator, Sequence

from gitmlops.catalog.page import Facts, Grid, Prose, Section, Shown
from gitmlops.catalog.shelf import Shelf
from gitmlops.records.receipt import CheckResult, Receipt, Subject
from gitmlops.registry.history import Version

_COLUMNS = ("check", "asks", "value", "interval", "rows", "outcome", "enforcement")
_IN_WORDS = {"insufficient_evidence": "too little evidence", "not_applicable": "not applicable"}


def found(shelf: Shelf, version: Version) -> tuple[Receipt, Subject] | None:
    """The receipt that a version's tag names, and what it says of the model; None where it is not here."""
    receipt = shelf.receipts.get(version.trailers.one("Receipt"))
    subjects = [one for one in receipt.subjects if one.model == version.name] if receipt else []
    return (receipt, subjects[0]) if receipt and subjects else None


def counted(shelf: Shelf, version: Version) -> str:
    """How its checks ended, in a few words; empty where no receipt is here."""
    known = found(shelf, version)
    if known is None:
        return ""
    ids: dict[str, str] = {}
    for check in known[1].checks:
        if check.outcome not in ("passed", "not_applicable") or check.check not in ids:
            ids[check.check] = check.outcome
    counts = ((outcome, list(ids.values()).count(outcome)) for outcome in dict.fromkeys(ids.values()))
    return ", ".join(f"{number} {_IN_WORDS.get(outcome, outcome)}" for outcome, number in counts)


def of_version(shelf: Shelf, version: Version) -> Iterator[Section]:
    """What the gate found, or that nothing of it is here."""
    title = f"What the gate found of {version.version}"
    if not version.gated:
        yield Prose(title, ("Its tag names no receipt: no gate has passed it.",))
        return
    known = found(shelf, version)
    if known is None:
        yield Prose(title, ("The receipt that its tag names is not in the clone that this page was made from.",))
        return
    receipt, subject = known
    yield Facts(title, tuple(_facts(receipt, subject)))
    whole = [check for check in subject.checks if not check.slice]
    if whole:
        yield Grid("Checks", _COLUMNS, tuple(_row(shelf, check) for check in whole))
    yield from _groups(subject.checks)


def _facts(receipt: Receipt, subject: Subject) -> Iterator[tuple[str, Shown]]:
    yield "verdict", subject.verdict
    yield "evidence", subject.evidence
    yield "judged", receipt.time
    yield "by the rules of", f"{receipt.base_ref} at {receipt.base[:12]}"
    yield "compared with", subject.production or "nothing in production"
    yield "look at its evaluation set", subject.attempt
    yield "policies", ", ".join(name.partition(" ")[0] for name in subject.policies)


def _row(shelf: Shelf, check: CheckResult) -> tuple[Shown, ...]:
    return (
        shelf.link("policy", check.policy, f"{check.policy}/{check.check}"),
        f"{check.metric} {check.op} {check.threshold}".strip(),
        check.value,
        interval(check),
        check.n,
        _IN_WORDS.get(check.outcome, check.outcome),
        check.enforcement,
    )


def interval(check: CheckResult) -> str:
    """The interval of a value in words; empty without one."""
    return f"{check.interval[0]} to {check.interval[1]}" if check.interval else ""


def _groups(checks: Sequence[CheckResult]) -> Iterator[Grid]:
    """A table for each check that judges group by group."""
    groups: dict[str, list[CheckResult]] = {}
    for check in checks:
        if check.slice:
            groups.setdefault(f"{check.policy}/{check.check}", []).append(check)
    for name, every in groups.items():
        first = every[0]
        title = f"{name}: {first.metric} {first.op} {first.threshold} in each group"
        rows = tuple(
            (one.slice, one.value, interval(one), one.n, _IN_WORDS.get(one.outcome, one.outcome)) for one in every
        )
        yield Grid(title, ("group", "value", "interval", "rows", "outcome"), rows)
