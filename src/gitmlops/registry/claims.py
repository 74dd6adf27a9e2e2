"""A tag is a claim: what git knows of it beside what it says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from gitmlops.registry import trailers
from gitmlops.registry.history import CLOCKS_APART, Artifact, Event
from gitmlops.report import Finding, Severity

RULE = "registry/tag"


@dataclass(frozen=True)
class Circumstances:
    """What git knows: when the tag's commit was made (seconds since 1970), and whether it is on the default branch.

    signed: whether somebody has signed the tag whose signature counts; None where none is asked for.
    """

    committed: int
    merged: bool
    signed: bool | None


def findings(artifact: Artifact, event: Event, circumstances: Circumstances) -> tuple[Finding, ...]:
    """An error for each reason not to believe a tag, or one word that there is none."""
    found = tuple(doubts(artifact, event, circumstances))
    if not found:
        signed = ", signed by who may" if circumstances.signed else ""
        return (
            Finding(RULE, Severity.PASS, f"{event.tag.name}: confirmed: named, dated and placed as it says{signed}"),
        )
    mend = "do not deploy it; find out who wrote the tag"
    return tuple(Finding(RULE, Severity.ERROR, f"{event.tag.name}: {doubt}", mend=mend) for doubt in found)


def doubts(artifact: Artifact, event: Event, circumstances: Circumstances) -> Iterator[str]:
    """Why a tag is not believed, as what follows its name; nothing if it is."""
    if event.doubt:
        yield event.doubt
    if doubled := trailers.doubled(event.tag.message):
        yield f"it says {', '.join(doubled)} twice"
    if event.tag.time + CLOCKS_APART < circumstances.committed:
        yield "it is dated before its commit was made"
    if (before := artifact.before(event)) and before.tag.time > event.tag.time:
        yield f"it is dated before {before.tag.name}, whose number is lower"
    if not circumstances.merged:
        yield "its commit is not on the default branch"
    if circumstances.signed is False:
        yield "nobody has signed it of those whose signatures on releases count (`signers:` of gitmlops.yaml)"
