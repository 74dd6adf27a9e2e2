"""Which accounts of a forge have which role by gitmlops.yaml, and which addresses of commits are theirs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gitmlops.adapters.reviews import Account, PullRequestCommit
from gitmlops.specs.project import Project


def asked_roles(project: Project) -> tuple[str, ...]:
    """Every role that a stage asks for an approval, sorted."""
    return tuple(sorted({role for stage in project.stages for role in stage.approvals}))


def teams(project: Project, roles: Iterable[str]) -> frozenset[str]:
    """The teams that have one of these roles, each as `organisation/team`."""
    members = (member for role in roles for member in project.roles.get(role, ()))
    return frozenset(member.removeprefix("@") for member in members if "/" in member)


def holders(
    project: Project, roles: Iterable[str], members: Mapping[str, frozenset[int]]
) -> Mapping[str, frozenset[int]]:
    """Role -> ids of the accounts that have it. members: team -> the ids of those who are in it."""
    return {role: _holders(project, role, members) for role in roles}


def with_people(commit: PullRequestCommit, *sides: Project) -> PullRequestCommit:
    """A commit with the authors that the forge does not know, but `people:` does, by their addresses."""
    known = {
        email.lower(): Account(person.id, login)
        for side in sides
        for login, person in side.people.items()
        for email in person.emails
        if person.id is not None
    }
    found = tuple(known[address.lower()] for address in commit.strangers if address.lower() in known)
    strangers = tuple(address for address in commit.strangers if address.lower() not in known)
    return replace(commit, authors=(*commit.authors, *found), strangers=strangers)


def _holders(project: Project, role: str, members: Mapping[str, frozenset[int]]) -> frozenset[int]:
    people = (project.people.get(member.removeprefix("@")) for member in project.roles.get(role, ()))
    ids = frozenset(person.id for person in people if person is not None and person.id is not None)
    return ids.union(*(members.get(team, frozenset()) for team in teams(project, [role])))
