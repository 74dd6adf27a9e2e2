"""Whether people, roles and what stages ask of them fit together, before anybody is asked to approve."""

from collections.abc import Iterator

from gitmlops.definitions import Placed
from gitmlops.report import Finding, Severity
from gitmlops.specs.hints import nearest
from gitmlops.specs.project import Person, Project


def check(project: Placed[Project]) -> Iterator[Finding]:
    """What does not hold between the people, the roles and the stages of a project."""
    yield from _people(project)
    yield from _members(project)
    yield from _asked(project)


def _people(project: Placed[Project]) -> Iterator[Finding]:
    """Two names for one account or key would let one person approve twice."""
    seen: dict[str, str] = {}
    for login, person in project.spec.people.items():
        if person.id is None and not person.keys:
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


def _members(project: Placed[Project]) -> Iterator[Finding]:
    people = project.spec.people
    for role, members in project.spec.roles.items():
        for index, member in enumerate(members):
            login = member.removeprefix("@")
            if "/" not in member and login not in people:
                close = nearest(login, people) if people else f"add `people: {{{login}: {{id: NUMBER}}}}`"
                yield _wrong(project, "roles", role, index, what=f"`people:` does not say who {member} is", mend=close)


def _asked(project: Placed[Project]) -> Iterator[Finding]:
    roles = project.spec.roles
    for index, stage in enumerate(project.spec.stages):
        for role, count in stage.approvals.items():
            if role not in roles:
                what = f"there is no role {role!r}"
                yield _wrong(project, "stages", index, "approvals", role, what=what, mend=nearest(role, roles))
            elif not any("/" in member for member in roles[role]) and len({*roles[role]}) < count:
                what = f"asks for {count} of {role}, which has {len({*roles[role]})}"
                yield _wrong(
                    project, "stages", index, "approvals", role, what=what, mend="ask for fewer, or add people"
                )


def _wrong(project: Placed[Project], *keys: str | int, what: str, mend: str) -> Finding:
    return Finding("wiring", Severity.ERROR, what, project.at(*keys), mend)
