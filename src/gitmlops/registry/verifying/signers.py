"""Whose signatures count, by the roles that gitmlops.yaml names for what is signed."""

from collections.abc import Sequence

from gitmlops.specs.project import Person, Project


def signers(base: Project, roles: Sequence[str]) -> tuple[Person, ...]:
    """The people of these roles who are known by themselves: nobody here knows who is in a team."""
    members = (member.removeprefix("@") for role in roles for member in base.roles.get(role, ()))
    return tuple(base.people[member] for member in dict.fromkeys(members) if member in base.people)
