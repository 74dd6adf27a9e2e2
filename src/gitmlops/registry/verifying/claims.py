"""A tag is a claim: what git knows of it beside what it says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitmlops.registry.tags import trailers
from gitmlops.registry.tags.history import CLOCKS_APART, Artifact, Event, Version
from gitmlops.report import Finding, Severity

if TYPE_CHECKING:  # views that read no receipt start faster
    from gitmlops.records.receipt import Receipt

RULE = "registry/tag"
_RECEIPT = "registry/receipt"
_MEND = "do not deploy it; find out who wrote the tag"


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
    return tuple(Finding(RULE, Severity.ERROR, f"{event.tag.name}: {doubt}", mend=_MEND) for doubt in found)


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


def of_receipt(version: Version, receipt: "Receipt | None", tree: str, *, asked: bool) -> tuple[Finding, ...]:
    """Whether the receipt that a version's tag names says what the tag does; nothing for a version that names none.

    receipt: what was found under its digest. tree: of the version's commit. asked: whether the remote was asked for it;
    if not, a receipt that is not here may be there.
    """
    if not version.gated:
        return ()
    if receipt is None:
        severity, mend = (Severity.ERROR, _MEND) if asked else (Severity.WARNING, "run it with --remote")
        where = "neither here nor at the remote" if asked else "not here"
        return (Finding(_RECEIPT, severity, f"{version.tag}: the receipt that it names is {where}", mend=mend),)
    if wrong := _wrong(version, receipt, tree):
        return (Finding(_RECEIPT, Severity.ERROR, f"{version.tag}: the receipt that it names {wrong}", mend=_MEND),)
    return (Finding(_RECEIPT, Severity.PASS, f"{version.tag}: the gate's receipt says passed for this file"),)


def _wrong(version: Version, receipt: "Receipt", tree: str) -> str:
    if receipt.tree != tree:
        return "is of other files than its commit has"
    judged = [one for one in receipt.subjects if one.model == version.name]
    if not any(one.artifact.sha256 == version.trailers.one("Model") for one in judged):
        return "did not judge this model file"
    return "" if receipt.verdict == "passed" else f"says {receipt.verdict}"
