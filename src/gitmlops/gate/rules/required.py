"""Policies of another repository that whoever runs the gate asks for: the judged one cannot leave them out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gitmlops.definitions import PROJECT_FILE, Definitions
from gitmlops.records.receipt import Digest, RequiredPolicies
from gitmlops.report import Finding, Location
from gitmlops.specs.model import Model

PREFIX = "required/"
"""Begins the name of every one of them here; no policy of a repository can have such an id."""


@dataclass(frozen=True)
class Required:
    """The policies of one commit. ref: as it was asked for; definitions: policies alone, by the ids they have there.

    files: all that say how they judge, by path there. Places lead to that repository: `URL@COMMIT:PATH`.
    """

    url: str
    ref: str
    commit: str
    definitions: Definitions
    files: tuple[Digest, ...]

    @property
    def name(self) -> str:
        """`URL@REF (COMMIT)`, as reports name it; the commit alone where nothing else was asked for."""
        return f"{self.url}@{self.commit}" if self.ref == self.commit else f"{self.url}@{self.ref} ({self.commit})"

    @property
    def record(self) -> RequiredPolicies:
        """What a receipt says of them."""
        return RequiredPolicies(self.url, self.ref, self.commit, self.files)


def place_of(name: str, *sides: Definitions) -> Location:
    """Where a model is defined, by the first side that has it: required policies have no other place here."""
    placed = (side.all(Model)[name].at("name") for side in sides if name in side.all(Model))
    return next(placed, Location(PROJECT_FILE))


def own_names(judged_by: list[str]) -> list[str]:
    """Of the policies that have judged those that were required, by the ids that they have in their own repository."""
    return [name.removeprefix(PREFIX) for name in judged_by if name.startswith(PREFIX)]


def without_place(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings, of which no format shall point into a file of the judged repository."""
    return tuple(replace(one, location=None, message=f"{PREFIX}{one.message}") for one in findings)


def doubts(told: RequiredPolicies | None, required: Required) -> Iterator[str]:
    """Why a receipt does not show that these policies have judged, as what follows "the receipt of …"."""
    if told is None:
        yield f"was not judged by the policies that {required.url} requires"
    elif told.url != required.url:
        yield f"was judged by the required policies of {told.url}, not of {required.url}"
    elif told.files != required.files:
        then, now = told.commit[:12], required.commit[:12]
        yield f"was judged by other policies of {required.url} ({then}) than {required.ref} has now ({now})"
