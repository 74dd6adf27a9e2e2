"""Whether waivers can count by the policies and roles of their side, whatever the day."""

from collections.abc import Iterator
from datetime import date

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.days import is_day
from gitmlops.gate.rules.extending import extended
from gitmlops.gate.rules.required import PREFIX
from gitmlops.report import Finding, Severity
from gitmlops.specs.fields import seconds
from gitmlops.specs.hints import nearest
from gitmlops.specs.policy import Policy
from gitmlops.specs.project import Project
from gitmlops.specs.waiver import Waiver

_DAY = 86_400


def check(definitions: Definitions) -> Iterator[Finding]:
    """What is wrong with waivers, whatever the day: errors for days that are none, warnings for what cannot count."""
    for _, placed in sorted(definitions.all(Waiver).items()):
        days = [key for key in ("issued", "expires") if not is_day(getattr(placed.spec, key))]
        for key in days:
            what, mend = f"there is no day {getattr(placed.spec, key)}", 'write a day, e.g. "2026-11-23"'
            yield Finding("waiver", Severity.ERROR, what, placed.at(key), mend)
        if not days and (why := standing(placed.spec, definitions)):
            mend = "mend it, or remove it: until then the check refuses"
            yield Finding("waiver", Severity.WARNING, f"it does not count: {why}", placed.at("check"), mend)


def standing(waiver: Waiver, definitions: Definitions, required: Definitions | None = None) -> str:
    """Why a waiver cannot count by the policies and roles of its side; empty if it can.

    required: the policies that are required from elsewhere, None where nobody knows them; what waives one of these is
    then not looked at.
    """
    name, _, id_ = waiver.check.rpartition("/")
    asker = required if name.startswith(PREFIX) else definitions
    if asker is None:
        return ""
    policies, own = asker.all(Policy), name.removeprefix(PREFIX)
    if own not in policies:
        return f"there is no policy {name!r}, {nearest(own, policies)}"
    policy = policies[own].spec
    if not (is_day(waiver.issued) and is_day(waiver.expires)):
        return "its days are none"
    if asker is required and not policy.waivers.by_repositories:
        return f"{name} is required from elsewhere, and says nothing of waivers `by_repositories`"
    return (
        _of_check(waiver, id_, asker, own)
        or _of_time(waiver, policy)
        or _of_people(waiver, policy, definitions.project)
    )


def in_force(
    check: str, model: str, sha256: str, day: str, definitions: Definitions, required: Definitions | None = None
) -> Waiver | None:
    """The waiver of a check that counts for a model file on a day (YYYY-MM-DD); None if there is none.

    definitions, required: as `standing` takes them.
    """
    mine = (
        placed.spec
        for placed in definitions.all(Waiver).values()
        if (placed.spec.check, placed.spec.model, placed.spec.model_sha256) == (check, model, sha256)
    )
    return next(
        (one for one in mine if one.issued <= day <= one.expires and not standing(one, definitions, required)), None
    )


def _of_check(waiver: Waiver, id_: str, definitions: Definitions, name: str) -> str:
    policy = definitions.all(Policy)[name].spec
    found = [asked.check for asked in extended(definitions, name).checks if asked.check.id == id_]
    if not found:
        return f"{name} has no check {id_!r}"
    if found[0].enforcement != "soft-mandatory":
        return f"{waiver.check} is {found[0].enforcement}, and only soft-mandatory checks are waived"
    if waiver.policy_version != policy.version:
        return f"it is for {name}@{waiver.policy_version}, here is {policy.version}"
    return ""


def _of_time(waiver: Waiver, policy: Policy) -> str:
    length = (date.fromisoformat(waiver.expires) - date.fromisoformat(waiver.issued)).days
    most = seconds(policy.waivers.at_most) // _DAY
    if length < 0:
        return f"it ends on {waiver.expires}, before it begins"
    return f"it is for {length} days, {policy.id} allows {most}" if length > most else ""


def _of_people(waiver: Waiver, policy: Policy, project: Project | None) -> str:
    if waiver.role != policy.waivers.role:
        return f"{policy.waivers.role} waives checks of {policy.id}, not {waiver.role}"
    members = project.roles.get(waiver.role, []) if project else []
    # Who is in a team, nobody can tell without asking the forge: the review of the waiver asks it.
    if waiver.approver not in members and not any("/" in member for member in members):
        return f"{waiver.approver} is not {waiver.role} by gitmlops.yaml"
    return ""
