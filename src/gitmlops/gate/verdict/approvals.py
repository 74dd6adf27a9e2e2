"""Who must approve one model, or what a branch changes beside models, and who has: findings, tables, places."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.gate.rules.approving import Demand
from gitmlops.records.receipt import Approval
from gitmlops.registry.approvals.votes import Approvals, Filled, fill
from gitmlops.registry.tags.moments import shown
from gitmlops.report import Finding, Severity, Table

RULE = "gate/approvals"


@dataclass(frozen=True)
class Uncounted:
    """Nobody was asked. why: a clause; refuses: whether that stands in the way, as it does unless the user said so."""

    why: str
    mend: str
    refuses: bool = True


@dataclass(frozen=True)
class Approving:
    """What is asked for and what was said. about: a model's name, or what else is approved, in words.

    people: role -> who has it by the base; invitation: how they are asked.
    """

    about: str
    demands: tuple[Demand, ...]
    found: Approvals | Uncounted
    people: Mapping[str, Sequence[str]]
    invitation: str = ""


def findings(approving: Approving) -> tuple[Finding, ...]:
    """One finding a role: an error for who is missing; and what could not be found out."""
    found = approving.found
    if isinstance(found, Uncounted):
        return tuple(_uncounted(approving, demand, found) for demand in approving.demands)
    filled = _filled(approving.demands, found)
    notes = (Finding(RULE, Severity.NOTE, f"{approving.about}: {note}") for note in found.notes)
    return (*(_counted(approving, demand, filled) for demand in approving.demands), *notes)


def places(approving: Approving) -> tuple[Approval, ...]:
    """Every place that is asked for, with who fills it; nobody where nobody was counted."""
    filled = _filled(approving.demands, approving.found)
    taken = [Approval(role, vote.who, vote.person, vote.where) for vote, role in filled.counted]
    empty = [Approval(role) for role, count in filled.missing.items() for _ in range(count)]
    return tuple(sorted((*taken, *empty), key=lambda place: (place.role, not place.person, place.person)))


def tables(approving: Approving) -> tuple[Table, ...]:
    """Approvals present and missing by role, and those that do not count with the reason."""
    rows = tuple(
        (place.role, place.who or "missing", place.where, _reasons(approving, place.role))
        for place in places(approving)
    )
    table = Table(f"approvals of {approving.about}", ("role", "who", "where", "asked by"), rows)
    if isinstance(approving.found, Uncounted):
        return (table,)
    refused = tuple((one.who, one.why, one.where) for one in approving.found.refused)
    title = f"approvals of {approving.about} that do not count"
    return (table, *([Table(title, ("who", "why", "where"), refused)] if refused else []))


def missing(approving: Approving) -> tuple[str, ...]:
    """The role of each place that nobody fills, with its people: `risk-sme (@jane)`."""
    return tuple(_who(approving, place.role) for place in places(approving) if not place.person)


def _filled(demands: Sequence[Demand], found: Approvals | Uncounted) -> Filled:
    votes = () if isinstance(found, Uncounted) else found.votes
    return fill(votes, {demand.role: demand.count for demand in demands})


def _uncounted(approving: Approving, demand: Demand, found: Uncounted) -> Finding:
    message = (
        f"{approving.about}: {demand.count} {_who(approving, demand.role)} must approve it, for "
        f"{', '.join(demand.reasons)}: approvals are not counted here: {found.why}"
    )
    severity = Severity.ERROR if found.refuses else Severity.WARNING
    return Finding(RULE, severity, message, demand.location, found.mend)


def _counted(approving: Approving, demand: Demand, filled: Filled) -> Finding:
    there = [vote for vote, role in filled.counted if role == demand.role]
    lacking = filled.missing.get(demand.role, 0)
    message = (
        f"{approving.about}: {len(there)} of {demand.count} {demand.role} approved, for {', '.join(demand.reasons)}"
    )
    if there:
        message += f": {', '.join(vote.who for vote in there)}"
    details = tuple((vote.who, f"{vote.where} ({shown(vote.given)})") for vote in there)
    if not lacking:
        return Finding(RULE, Severity.PASS, message, demand.location, "", details)
    people = ", ".join(approving.people.get(demand.role, ())) or "nobody has the role"
    mend = f"ask {demand.role} ({people}): {approving.invitation}"
    return Finding(RULE, Severity.ERROR, message, demand.location, mend, details)


def _reasons(approving: Approving, role: str) -> str:
    return ", ".join(_of_role(approving.demands, role))


def _of_role(demands: Sequence[Demand], role: str) -> Iterator[str]:
    for demand in demands:
        if demand.role == role:
            yield from demand.reasons


def _who(approving: Approving, role: str) -> str:
    people = ", ".join(approving.people.get(role, ()))
    return f"{role} ({people})" if people else role
