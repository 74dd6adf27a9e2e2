"""What differs between the policies of two commits: which check got tighter, which looser."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.rules import approving
from gitmlops.gate.rules.approving import Demand
from gitmlops.gate.rules.extending import Asked, extended
from gitmlops.gate.rules.tightness import Change, Direction, changes
from gitmlops.report import Location, Report, Table
from gitmlops.specs.fields import seconds
from gitmlops.specs.policy import Policy


@dataclass(frozen=True)
class PolicyChange:
    """One change of a policy, or of one of its checks. name: `policy` or `policy/check`."""

    name: str
    change: Change
    location: Location

    @property
    def sentence(self) -> str:
        """In words."""
        key, before, after = self.change.key, self.change.before, self.change.after
        told = f"{key} from {before or 'none'} to {after or 'none'}" if before or after else key
        return f"{self.name}: {told}: {self.change.direction}"


def differences(before: Definitions, after: Definitions) -> tuple[PolicyChange, ...]:
    """Every change of what policies ask, what they extend included, in the order of their names."""
    old, new = before.all(Policy), after.all(Policy)
    found: list[PolicyChange] = []
    for name in sorted({*old, *new}):
        if name in old and name in new:
            found.extend(_of_scope(name, old[name], new[name]))
            found.extend(_of_waivers(name, old[name], new[name]))
            found.extend(_of_looks(name, old[name], new[name]))
        found.extend(_of_checks(name, _checks(before, name), _checks(after, name)))
        found.extend(_of_approvals(name, _approvals(before, name), _approvals(after, name)))
    return tuple(found)


def report(before: str, after: str, found: Sequence[PolicyChange]) -> Report:
    """The changes as a table, what got looser first."""
    order = ("loosened", "changed", "tightened")
    rows = [
        (one.change.direction, one.name, one.change.key, one.change.before, one.change.after, str(one.location))
        for one in sorted(found, key=lambda one: order.index(one.change.direction))
    ]
    counts = ", ".join(f"{sum(row[0] == word for row in rows)} {word}" for word in order)
    table = Table("", ("direction", "check", "key", "before", "after", "place"), tuple(rows))
    return Report(
        title=f"policies of {after[:12]} against {before[:12]}",
        summary=(counts if rows else "no policy asks for anything else",),
        facts=(("before", before), ("after", after)),
        tables=(table,) if rows else (),
    )


def _checks(side: Definitions, name: str) -> Mapping[str, Asked]:
    if name not in side.all(Policy):
        return {}
    return {asked.check.id: asked for asked in extended(side, name).checks}


def _of_checks(name: str, old: Mapping[str, Asked], new: Mapping[str, Asked]) -> Iterator[PolicyChange]:
    for id_ in dict.fromkeys((*old, *new)):
        if id_ not in new:
            yield PolicyChange(f"{name}/{id_}", Change("removed", "", "", "loosened"), old[id_].location)
        elif id_ not in old:
            yield PolicyChange(f"{name}/{id_}", Change("added", "", "", "tightened"), new[id_].location)
        else:
            for change in changes(old[id_].check, new[id_].check):
                yield PolicyChange(f"{name}/{id_}", change, new[id_].location)


def _approvals(side: Definitions, name: str) -> Mapping[str, Demand]:
    return {demand.role: demand for demand in approving.asked(side, name)} if name in side.all(Policy) else {}


def _of_approvals(name: str, old: Mapping[str, Demand], new: Mapping[str, Demand]) -> Iterator[PolicyChange]:
    for role in sorted({*old, *new}):
        before, after = (side[role].count if role in side else 0 for side in (old, new))
        if before != after:
            direction: Direction = "tightened" if after > before else "loosened"
            change = Change(f"approvals.{role}", str(before or ""), str(after or ""), direction)
            yield PolicyChange(name, change, (new.get(role) or old[role]).location)


def _of_scope(name: str, old: Placed[Policy], new: Placed[Policy]) -> Iterator[PolicyChange]:
    for key in ("models", "tags", "risk_tier"):
        before, after = ({*getattr(one.spec.scope, key)} for one in (old, new))
        if before != after:
            was, is_ = (", ".join(sorted(part)) or "all" for part in (before, after))
            change = Change(f"scope.{key}", was, is_, _wider(before, after))
            yield PolicyChange(name, change, new.at("scope", key))


def _wider(before: set[str], after: set[str]) -> Direction:
    """A scope that names nothing covers every model."""
    if not after or (before and before < after):
        return "tightened"
    return "loosened" if not before or after < before else "changed"


def _of_looks(name: str, old: Placed[Policy], new: Placed[Policy]) -> Iterator[PolicyChange]:
    """More looks, and each of them surer: neither is the stricter one."""
    before, after = old.spec.looks, new.spec.looks
    if before != after:
        change = Change("looks", str(before or ""), str(after or ""), "changed")
        yield PolicyChange(name, change, new.at("looks"))


def _of_waivers(name: str, old: Placed[Policy], new: Placed[Policy]) -> Iterator[PolicyChange]:
    before, after = old.spec.waivers, new.spec.waivers
    if before.role != after.role:
        yield PolicyChange(name, Change("waivers.role", before.role, after.role, "changed"), new.at("waivers", "role"))
    if seconds(before.at_most) != seconds(after.at_most):
        longer = seconds(after.at_most) > seconds(before.at_most)
        direction: Direction = "loosened" if longer else "tightened"
        change = Change("waivers.at_most", before.at_most, after.at_most, direction)
        yield PolicyChange(name, change, new.at("waivers", "at_most"))
    if before.by_repositories != after.by_repositories:
        was, now = (str(one.by_repositories).lower() for one in (before, after))
        change = Change("waivers.by_repositories", was, now, "loosened" if after.by_repositories else "tightened")
        yield PolicyChange(name, change, new.at("waivers", "by_repositories"))
