"""What the gate found of a version: its checks, with groups and intervals, as its receipt says."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from gitmlops.catalog.page import Facts, Grid, Prose, Section, Shown
from gitmlops.catalog.plots.intervals import Group, Intervals
from gitmlops.catalog.shelf import Shelf
from gitmlops.errors import InputError
from gitmlops.gate.rules.undecided import undecided
from gitmlops.records.receipt import CheckResult, Receipt, Subject
from gitmlops.registry.tags.history import Version

_COLUMNS = ("check", "asks", "value", "interval", "rows", "outcome", "enforcement")
_TONES = {"failed": "error", "insufficient_evidence": "warning", "waived": "warning"}
_WORST_FIRST = ("failed", "insufficient_evidence", "waived", "passed", "not_applicable")
_LIMITS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
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
    """What the gate found, with every group and its interval drawn; or that nothing of it is here."""
    known = found(shelf, version)
    yield _summary(shelf, version, known)
    for pinned, on in ((False, ""), (True, " on the evaluation set of the base")):
        checks = [check for check in (known[1].checks if known else ()) if check.pinned == pinned]
        whole = [_row(shelf, check) for check in checks if not check.slice]
        grouped = [_row_of_groups(shelf, every) for every in _by_group(checks).values()]
        if whole or grouped:
            yield Grid(f"Checks{on}", _COLUMNS, tuple(sorted((*whole, *grouped), key=_how_bad)))
        yield from _groups(checks, on)


def undecided_by(shelf: Shelf, version: Version) -> Iterator[Prose]:
    """What the policies that judged it leave to people, as they say it today."""
    known = found(shelf, version)
    names = [name.partition("@")[0] for name in known[1].policies] if known else []
    try:
        questions = dict.fromkeys(question for _, question in undecided(shelf.definitions, names))
    except InputError:  # a policy extends what is not there: its own page says so
        return
    if questions:
        yield Prose("What no machine has decided", tuple(questions), listed=True)


def of_past_version(shelf: Shelf, version: Version) -> Iterator[Section]:
    """The same in one table: there may be thousands of versions that nobody uses any more."""
    known = found(shelf, version)
    yield _summary(shelf, version, known)
    rows = tuple(
        (
            f"{check.policy}/{check.check}",
            asked(check),
            check.slice + " on the evaluation set of the base" * check.pinned,
            check.value,
            interval(check),
            check.n or None,
            _IN_WORDS.get(check.outcome, check.outcome),
        )
        for check in (known[1].checks if known else ())
    )
    if rows:
        yield Grid("Checks", ("check", "asks", "of", "value", "interval", "rows", "outcome"), rows)


def _summary(shelf: Shelf, version: Version, known: tuple[Receipt, Subject] | None) -> Section:
    title = f"What the gate found of {version.version}"
    if not version.gated:
        return Prose(title, ("Its tag names no receipt: no gate has passed it.",))
    if known is None:
        return Prose(title, ("The receipt that its tag names is not in the clone that this page was made from.",))
    receipt, subject = known
    return Facts(title, (("verdict", subject.verdict), ("checks", counted(shelf, version)), *_facts(receipt, subject)))


def _facts(receipt: Receipt, subject: Subject) -> Iterator[tuple[str, Shown]]:
    yield "evidence", subject.evidence
    yield "judged", receipt.time
    yield "by the rules of", f"{receipt.base_ref} at {receipt.base[:12]}"
    yield "compared with", subject.production or "nothing in production"
    yield "look at its evaluation set", subject.attempt
    yield "policies", ", ".join(name.partition(" ")[0] for name in subject.policies)


def _how_bad(row: tuple[Shown, ...]) -> int:
    """Sorts what is to be looked at before what has passed."""
    outcomes = [_IN_WORDS.get(outcome, outcome) for outcome in _WORST_FIRST]
    return outcomes.index(str(row[_COLUMNS.index("outcome")]))


def _row(shelf: Shelf, check: CheckResult) -> tuple[Shown, ...]:
    return (
        shelf.link("policy", check.policy, f"{check.policy}/{check.check}"),
        asked(check),
        check.value,
        interval(check),
        check.n or None,
        _IN_WORDS.get(check.outcome, check.outcome),
        check.enforcement,
    )


def _row_of_groups(shelf: Shelf, every: Sequence[CheckResult]) -> tuple[Shown, ...]:
    """A check of groups as one line: how the worst of them ended."""
    worst = min(every, key=lambda check: _WORST_FIRST.index(check.outcome))
    link, asks, *_, outcome, enforcement = _row(shelf, worst)
    return (link, f"{asks} in each group", "", f"{len(every)} groups, see below", None, outcome, enforcement)


def interval(check: CheckResult) -> str:
    """The interval of a value in words; empty without one."""
    return f"{check.interval[0]} to {check.interval[1]}" if check.interval else ""


def _by_group(checks: Sequence[CheckResult]) -> Mapping[str, Sequence[CheckResult]]:
    """Policy and check -> what a check that judges group by group found of each."""
    groups: dict[str, list[CheckResult]] = {}
    for check in checks:
        if check.slice:
            groups.setdefault(f"{check.policy}/{check.check}", []).append(check)
    return groups


def _groups(checks: Sequence[CheckResult], on: str) -> Iterator[Section]:
    """Each check that judges group by group, with the interval of every group where it has one."""
    groups = _by_group(checks)
    if groups:
        yield Prose(f"Slices and fairness{on}", ("What each check found of every group that it looks at.",))
    for name, every in groups.items():
        first = every[0]
        yield Intervals(
            f"{name}: {asked(first)} in each group{on}",
            tuple(_group(one) for one in every),
            unit=first.metric,
            limit=_number(first.threshold),
            limit_name=_LIMITS.get(first.op, first.op),
        )


def _group(check: CheckResult) -> Group:
    low, high = (_number(end) for end in check.interval) if check.interval else (None, None)
    outcome = _IN_WORDS.get(check.outcome, check.outcome)
    return Group(check.slice, _number(check.value), low, high, check.n, outcome, _TONES.get(check.outcome, ""))


def asked(check: CheckResult) -> str:
    """What a check asks for, as its policy writes it."""
    return f"{check.metric} {check.op} {check.threshold}".strip()


def _number(text: str) -> float | None:
    """A number that a receipt says in words, `4/5` among them; None for anything else."""
    try:
        number = float(Fraction(text))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None
