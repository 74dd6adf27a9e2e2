"""Whether people, roles and what stages ask of them fit together, before anybody is asked to approve."""

from collections.abc import Iterable, Iterator
from typing import Literal

from gitmlops.definitions import Placed
from gitmlops.registry.approvals.votes import Vote, fill
from gitmlops.report import Finding, Severity
from gitmlops.specs.hints import nearest
from gitmlops.specs.project import DeploymentStage, Person, Project

_FEWER = "ask for fewer, or add people"


def check(project: Placed[Project]) -> Iterator[Finding]:
    """What does not hold between the people, the roles and the stages of a project."""
    yield from _people(project)
    yield from _members(project)
    yield from _asked(project)
    yield from _signers(project)


def _people(project: Placed[Project]) -> Iterator[Finding]:
    """Two names for one account or key would let one person approve twice."""
    seen: dict[str, str] = {}
    for login, person in project.spec.people.items():
        if person.id is None and not person.keys and not person.gpg:
            what = f"nothing tells an approval of {login!r}"
            yield _wrong(project, "people", login, what=what, mend="add `id:` for GitHub, or `keys:` for signed notes")
        for mark, place in _marks(login, person):
            if mark in seen:
                what = f"{login!r} has the same {mark.partition(' ')[0]} as {seen[mark]!r}"
                yield _wrong(project, "people", login, *place, what=what, mend="one person is one entry")
            seen.setdefault(mark, login)


def _marks(login: str, person: Person) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """What tells a person, each with its place in the entry."""
    yield f"login {login.casefold()}", ()
    if person.id is not None:
        yield f"account {person.id}", ("id",)
    for index, key in enumerate(person.keys):
        # Without its comment: the same key may be copied from two machines.
        yield f"key {' '.join(key.split()[:2])}", ("keys", index)
    for index, fingerprint in enumerate(person.gpg):
        yield f"key {fingerprint}", ("gpg", index)


def _members(project: Placed[Project]) -> Iterator[Finding]:
    people = project.spec.people
    for role, members in project.spec.roles.items():
        for index, member in enumerate(members):
            login = member.removeprefix("@")
            if "/" not in member and login not in people:
                close = nearest(login, people) if people else f"add `people: {{{login}: {{id: NUMBER}}}}`"
                yield _wrong(project, "roles", role, index, what=f"`people:` does not say who {member} is", mend=close)


def _signers(project: Placed[Project]) -> Iterator[Finding]:
    yield from _signers_of(project, "releases", "every tag would be unverified")
    yield from _signers_of(project, "receipts", "no receipt would count")


def _signers_of(project: Placed[Project], signed: Literal["releases", "receipts"], otherwise: str) -> Iterator[Finding]:
    """Receipts are signed with SSH keys alone."""
    spec, keys = project.spec, "`keys:`" if signed == "receipts" else "`keys:` or `gpg:`"
    for index, role in enumerate(getattr(spec.signers, signed)):
        place = ("signers", signed, index)
        if role not in spec.roles:
            mend = nearest(role, spec.roles) if spec.roles else f'add `roles: {{{role}: ["@LOGIN"]}}`'
            yield _wrong(project, *place, what=f"there is no role {role!r}", mend=mend)
            continue
        people = (spec.people.get(member.removeprefix("@")) for member in spec.roles[role])
        if not any(person and (person.keys or (person.gpg and signed == "releases")) for person in people):
            what = f"nobody of the role {role!r} has a key, so {otherwise}"
            yield _wrong(project, *place, what=what, mend=f"add {keys} to one of its `people:`")


def _asked(project: Placed[Project]) -> Iterator[Finding]:
    for index, stage in enumerate(project.spec.stages):
        each = [finding for role in stage.approvals for finding in _asked_of(project, index, stage, role)]
        yield from each or _together(project, index, stage)


def _asked_of(project: Placed[Project], index: int, stage: DeploymentStage, role: str) -> Iterator[Finding]:
    """Whether there is a role, with as many members as are asked for."""
    roles, count, place = project.spec.roles, stage.approvals[role], ("stages", index, "approvals", role)
    if role not in roles:
        yield _wrong(project, *place, what=f"there is no role {role!r}", mend=nearest(role, roles))
    elif not _has_team(roles[role]) and len({*roles[role]}) < count:
        yield _wrong(project, *place, what=f"asks for {count} of {role}, which has {len({*roles[role]})}", mend=_FEWER)


def _together(project: Placed[Project], index: int, stage: DeploymentStage) -> Iterator[Finding]:
    """Whether its roles have enough people together: whoever has two of them fills one place."""
    roles = {role: project.spec.roles[role] for role in stage.approvals}
    people = sorted({member for members in roles.values() for member in members})
    if _has_team(people):
        return
    votes = [Vote(who, who, frozenset(role for role in roles if who in roles[role]), "", 0) for who in people]
    if missing := fill(votes, stage.approvals).missing:
        what = f"one person fills one place, so that {', '.join(missing)} is always missing"
        yield _wrong(project, "stages", index, "approvals", what=what, mend=_FEWER)


def _has_team(members: Iterable[str]) -> bool:
    """Nobody here knows how many people a team has."""
    return any("/" in member for member in members)


def _wrong(project: Placed[Project], *keys: str | int, what: str, mend: str) -> Finding:
    return Finding("wiring", Severity.ERROR, what, project.at(*keys), mend)
