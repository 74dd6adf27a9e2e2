"""What is looked at before a rollback writes a tag, and what of it may be overridden by whoever says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from gitmlops.errors import Refusal
from gitmlops.registry.tags.history import Version
from gitmlops.report import Table


class State(Enum):
    """What a look came to."""

    FINE = "fine"
    UNKNOWN = "not known"
    """It could not be looked at: a rollback at night waits for nothing."""
    REFUSED = "refused today"
    """By what main says today; somebody may answer for it all the same."""
    MISSING = "missing"
    """Nobody can serve it like that."""


@dataclass(frozen=True)
class Look:
    """One thing that was looked at. about: what; found: in words."""

    about: str
    state: State
    found: str

    @property
    def said(self) -> str:
        """The look in a line."""
        return f"{self.about}: {self.found}"


def require(target: Version, looks: Sequence[Look], *, override: str) -> tuple[str, ...]:
    """What is overridden, in words; nothing where nothing is refused. override: why, empty if nobody answers for it.

    Raises Refusal if something is missing, or refused today and not overridden.
    """
    stops = [look.said for look in looks if look.state is State.MISSING]
    refused = [look.said for look in looks if look.state is State.REFUSED]
    what = f"{target.name} {target.version} cannot serve again: "
    if stops:
        mend = "mend it (`dvc push` where the files are), or choose another version with --to; nothing was tagged"
        raise Refusal(what + "; ".join(stops), mend=mend)
    if refused and not override:
        mend = 'choose another version with --to, or answer for it with --override "WHY", which stands in the tags'
        raise Refusal(f"{target.name} {target.version} would be refused today: {'; '.join(refused)}", mend=mend)
    return tuple(refused)


def table(looks: Sequence[Look]) -> Table:
    """The looks, for people."""
    rows = tuple((look.about, look.state.value, look.found) for look in looks)
    return Table("Looked at before", ("what", "state", "found"), rows)
