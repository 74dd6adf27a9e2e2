"""The `Approved-by` trailers of a tag, written and read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.registry.approvals.votes import Vote

KEY = "Approved-by"
_LINE = re.compile(r"(?P<who>@[^\s()]+) (?P<role>[^\s()]+) \((?P<where>[^()]+)\)")


@dataclass(frozen=True)
class Line:
    """What a trailer claims: who approved, for which role, where it can be looked up."""

    who: str
    role: str
    where: str


def written(votes: "Sequence[Vote]") -> tuple[tuple[str, str], ...]:
    """A trailer for each vote and each role that it may be counted for, `@login role (where)`."""
    return tuple((KEY, f"{vote.who} {role} ({vote.where})") for vote in votes for role in sorted(vote.roles))


def read(values: Sequence[str]) -> tuple[Line | None, ...]:
    """The claims of these trailers; None for one that is of another form."""
    matches = (_LINE.fullmatch(value) for value in values)
    return tuple(Line(match["who"], match["role"], match["where"]) if match else None for match in matches)
