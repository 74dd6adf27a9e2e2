"""What an approval is, wherever it was given, and whether those that count fill the roles that are asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Doubt(Enum):
    """Why an approval does not count. TODAY: by who somebody is now, which may have been otherwise when it was given.

    STANDING: by what was said, when, of what and by whom, which nothing changes later but a dismissal.
    """

    STANDING = "standing"
    TODAY = "today"


@dataclass(frozen=True)
class Vote:
    """An approval that counts. person: what is the same in all votes of one person, and no one else's.

    who: `@login`, for readers; roles: those it may be counted for; where: the review's address, or the signing key;
    given: seconds since 1970.
    """

    person: str
    who: str
    roles: frozenset[str]
    where: str
    given: int


@dataclass(frozen=True)
class Refused:
    """An approval, or what might be taken for one, that does not count, and why not.

    past: the vote that it was by what git still knows, where only who somebody is today speaks against it.
    """

    who: str
    why: str
    where: str
    doubt: Doubt = Doubt.STANDING
    past: Vote | None = None


@dataclass(frozen=True)
class Approvals:
    """Everything that was said of one commit. notes: what could not be found out, for people to judge."""

    votes: tuple[Vote, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


NOTHING_SAID = Approvals()


@dataclass(frozen=True)
class Subject:
    """What is approved: a model's file, in a commit with its tree. at: the moment that counts, seconds since 1970."""

    model: str
    artifact: str
    sha256: str
    commit: str
    tree: str
    at: int


@dataclass(frozen=True)
class Change:
    """What a head brings to a base, before or after it is merged: the commit of the subject is the head.

    base: the tip of the branch without it; roles: of whom somebody is asked for; paths: what differs and is to be
    approved; content: commit and path -> what tells all that is there, empty for nothing.
    """

    base: str
    roles: tuple[str, ...]
    paths: tuple[str, ...]
    subject: Subject
    content: Callable[[str, str], str]


def together(*parts: Approvals) -> Approvals:
    """What was said in several places, as if in one."""
    return Approvals(
        tuple(vote for part in parts for vote in part.votes),
        tuple(refused for part in parts for refused in part.refused),
        tuple(note for part in parts for note in part.notes),
    )


class ApprovalSource(Protocol):
    """Where approvals are given: reviews on GitHub, or signed notes."""

    def of(self, subject: Subject) -> Approvals:
        """What was said of a commit. Raises ToolError if the source cannot be asked."""

    def of_change(self, change: Change) -> Approvals:
        """What was said of a change that is proposed, or was merged. Raises ToolError if the source cannot be asked."""

    def invitation(self, reference: str, stage: str) -> str:
        """What to do so that people approve a version for a stage."""


@dataclass(frozen=True)
class Filled:
    """Who was counted for which role, and how many are still missing of each."""

    counted: tuple[tuple[Vote, str], ...]
    missing: Mapping[str, int]


def fill(votes: Sequence[Vote], asked: Mapping[str, int]) -> Filled:
    """As many of the asked places as can be filled, by each person one at most: whoever has two roles fills one.

    asked: role -> how many people. The places are filled by a maximum matching, so that nobody is missing because
    somebody who could have filled another place was counted for theirs. Same votes and roles, same answer.
    """
    people: dict[str, list[Vote]] = {}
    for vote in sorted(votes, key=lambda vote: (vote.given, vote.person, vote.where)):
        people.setdefault(vote.person, []).append(vote)
    places = [(role, number) for role, count in sorted(asked.items()) for number in range(count)]
    taken: dict[tuple[str, int], str] = {}
    for person in people:
        _seat(person, people, places, taken, set())
    counted = tuple((_vote_for(people[taken[place]], place[0]), place[0]) for place in places if place in taken)
    missing = {role: count - sum(place[0] == role for place in taken) for role, count in sorted(asked.items())}
    return Filled(counted, {role: count for role, count in missing.items() if count})


def _seat(
    person: str,
    people: Mapping[str, Sequence[Vote]],
    places: Sequence[tuple[str, int]],
    taken: dict[tuple[str, int], str],
    tried: set[tuple[str, int]],
) -> bool:
    """Find a place for a person, moving those who can sit elsewhere (augmenting paths); whether there is one."""
    for place in places:
        if place in tried or not any(place[0] in vote.roles for vote in people[person]):
            continue
        tried.add(place)
        if place not in taken or _seat(taken[place], people, places, taken, tried):
            taken[place] = person
            return True
    return False


def _vote_for(votes: Sequence[Vote], role: str) -> Vote:
    return next(vote for vote in votes if role in vote.roles)
