"""What was found, and what there is, as reports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gitmlops.features.discovery.catalogue import MOST_ALIKE, Entry
from gitmlops.features.discovery.search import Found
from gitmlops.report import Finding, Location, Report, Severity, Table
from gitmlops.specs.feature import Status


@dataclass(frozen=True)
class Wanted:
    """Which features to list: those for which everything holds that is asked for. unused: no feature set has it."""

    unused: bool = False
    pii: bool = False
    owner: str | None = None
    tag: str | None = None
    status: Status | None = None

    def fits(self, entry: Entry) -> bool:
        """Whether a feature is one of them."""
        return (
            not (self.unused and entry.sets)
            and (entry.pii or not self.pii)
            and self.owner in (None, entry.owner)
            and (self.tag is None or self.tag in entry.tags)
            and self.status in (None, entry.status)
        )


def found(query: str, hits: Sequence[Found], *, most: int, hint: str) -> Report:
    """The best of what was found; a refusal with a hint if that is nothing."""
    title, outcomes = f"Search for {query}", ("found", "not found")
    if not hits:
        none = Finding("search", Severity.ERROR, "nothing has these words", mend=hint)
        return Report(title, findings=(none,), outcomes=outcomes)
    rows = tuple(
        (
            hit.entry.id,
            hit.entry.kind,
            hit.entry.description,
            hit.entry.owner,
            hit.entry.status,
            len(hit.entry.models),
            f"{hit.origin} {hit.entry.path}".strip(),
        )
        for hit in hits[:most]
    )
    columns = ("name", "kind", "description", "owner", "status", "models", "defined in")
    shown = f"the best {most} of {len(hits)}" if len(hits) > most else f"{len(hits)} found"
    return Report(
        title,
        findings=tuple(_alike(hit.entry for hit in hits[:most] if not hit.origin)),
        summary=(shown,),
        tables=(Table("", columns, rows),),
        next_action=_import(hits[:most]),
        outcomes=outcomes,
    )


def listing(entries: Iterable[Entry], wanted: Wanted) -> Report:
    """The features that are wanted, with how many sets and models use each."""
    features = sorted((one for one in entries if one.kind in ("feature", "on-demand")), key=lambda one: one.id)
    chosen = [one for one in features if wanted.fits(one)]
    rows = tuple(
        (one.id, one.dtype, one.description, one.owner, one.status, len(one.sets), len(one.models)) for one in chosen
    )
    columns = ("feature", "type", "description", "owner", "status", "sets", "models")
    return Report(
        "Features",
        findings=tuple(_alike(chosen)),
        summary=(_reuse(chosen, len(features)),),
        tables=(Table("", columns, rows),),
        outcomes=("listed", "refused"),
    )


def _reuse(chosen: Sequence[Entry], known: int) -> str:
    reused, unused = sum(len(one.models) > 1 for one in chosen), sum(not one.sets for one in chosen)
    return f"{len(chosen)} of {known} features; {reused} used by more than one model, {unused} by no feature set"


def _alike(entries: Iterable[Entry]) -> Iterator[Finding]:
    """A note for each group of features that have the same definition."""
    seen: set[str] = set()
    for entry in entries:
        # All of a group name its first ones.
        if entry.alike and entry.id not in seen and seen.isdisjoint(entry.alike):
            seen |= {entry.id, *entry.alike}
            more = " and more" if len(entry.alike) == MOST_ALIKE else ""
            message = f"{entry.id} has the same definition as {', '.join(entry.alike[: MOST_ALIKE - 1])}{more}"
            mend = "use the one with the most models, and deprecate the others with `replaced_by:`"
            yield Finding("duplicate", Severity.NOTE, message, Location(entry.path), mend)


def _import(hits: Iterable[Found]) -> str:
    if not any(hit.origin for hit in hits):
        return ""
    return (
        "To use what another repository has, name it in `imports:` of gitmlops.yaml and run `gitmlops feature import`."
    )
