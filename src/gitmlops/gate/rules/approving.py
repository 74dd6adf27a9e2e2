"""Whose approval is asked for: by the policies of both sides, and for what a branch changes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gitmlops.definitions import PROJECT_FILE, Definitions, Placed
from gitmlops.gate.rules.extending import lineage
from gitmlops.gate.rules.packs import PREFIX as PACK
from gitmlops.gate.rules.required import PREFIX, Required, place_of
from gitmlops.gate.rules.scope import matches
from gitmlops.report import Finding, Location
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Policy
from gitmlops.specs.project import Reviewers


@dataclass(frozen=True)
class Demand:
    """So many people of a role. reasons: who or what asks, as `quality@1.0.0`; location: where the first one does."""

    role: str
    count: int
    reasons: tuple[str, ...]
    location: Location


def of_policies(
    name: str, base: Definitions, head: Definitions, required: Required | None = None
) -> tuple[Demand, ...]:
    """What the policies of both sides that judge a model, and those that are required, ask for, by role."""
    known = [side.all(Model)[name].spec for side in (base, head) if name in side.all(Model)]
    is_new = name not in base.all(Model)
    sides = (base, head, *((required.definitions,) if required else ()))
    place = place_of(name, head, base)
    return together(
        _required(demand, place) if required and side is required.definitions else demand
        for side in sides
        for id_, placed in sorted(side.all(Policy).items())
        if any(matches(placed.spec.scope, model, is_new=is_new) for model in known)
        for demand in asked(side, id_)
    )


def _required(demand: Demand, place: Location) -> Demand:
    """The demand of a policy that has another name here, and no place but the model that it judges."""
    return replace(demand, reasons=tuple(f"{PREFIX}{reason}" for reason in demand.reasons), location=place)


def of_changes(found: Iterable[Finding], reviewers: Reviewers) -> tuple[Demand, ...]:
    """Whom findings of changed rules (`rules`, `rules/WHY`) and of changed platform files (`platform`) ask for."""
    roles = {"rules": reviewers.rules, "platform": reviewers.platform}
    return together(
        Demand(roles[of], 1, (why.replace("-", " ") or f"changed {of}",), one.location or Location(PROJECT_FILE))
        for one in found
        for of, _, why in [one.rule.partition("/")]
        if of in roles
    )


def asked(definitions: Definitions, name: str) -> tuple[Demand, ...]:
    """What a policy asks for, with everything that it extends: of each role the most."""
    own = definitions.all(Policy)[name]
    return together(
        Demand(one.role, one.count, (f"{name}@{own.spec.version}",), _place(own, other, placed, index))
        for other, placed in lineage(definitions, name).items()
        for index, one in enumerate(placed.spec.approvals)
    )


def _place(own: Placed[Policy], other: str, placed: Placed[Policy], index: int) -> Location:
    """Where an approval is asked for; of a pack, which has no place in the repository, where it was chosen."""
    return own.at("extends") if other.startswith(PACK) else placed.at("approvals", index, "role")


def together(demands: Iterable[Demand]) -> tuple[Demand, ...]:
    """One demand a role: the most that any asks for. The same people satisfy all that ask for them."""
    found: dict[str, Demand] = {}
    for one in demands:
        known = found.get(one.role, one)
        reasons = tuple(dict.fromkeys((*known.reasons, *one.reasons)))
        found[one.role] = Demand(one.role, max(known.count, one.count), reasons, known.location)
    return tuple(found[role] for role in sorted(found))


def looser(placed: Placed[Policy], below: Mapping[str, Placed[Policy]]) -> Iterator[tuple[int, str, str]]:
    """Index, what is wrong and the mend of each approval that asks for fewer people than a policy that is extended."""
    for index, own in enumerate(placed.spec.approvals):
        for name, other in below.items():
            most = max((one.count for one in other.spec.approvals if one.role == own.role), default=0)
            if most > own.count:
                what = f"asks for {own.count} {own.role}, {name} for {most}: what is extended may only get tighter"
                yield index, what, f"write `count: {most}`, or more"
