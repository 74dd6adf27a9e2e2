"""Whether the rules that policies and packs turn into code still stand, or do not apply yet."""

from collections.abc import Iterator, Sequence

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.extending import extended, lineage
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.policy import Citation, Policy

RULE = "gate/source"


def fallen(definitions: Definitions, names: Sequence[str], today: str) -> tuple[Finding, ...]:
    """A warning for each of these policies, and each pack that they extend, whose source is rescinded, about to be,
    superseded, a draft, or past its last day; a note where it is not yet in force.

    today: `YYYY-MM-DD`. They judge until somebody changes them: to stop is a decision of people.
    """
    found = (one for name in names if name in definitions.all(Policy) for one in _of_policy(definitions, name, today))
    return tuple(dict.fromkeys(found))


def source_of(definitions: Definitions, name: str) -> Citation | None:
    """What a policy turns into code: its own source, else the one of the nearest that it extends, packs too."""
    return next((placed.spec.source for placed in lineage(definitions, name).values() if placed.spec.source), None)


def _of_policy(definitions: Definitions, name: str, today: str) -> Iterator[Finding]:
    for title, source, place in _sources(definitions, name):
        if what := _said(source, today):
            mend = "see whether it should still judge; it does until the policy is changed"
            yield Finding(RULE, Severity.WARNING, f"{title}: {what}", place, mend)
        elif source.effective_from and source.effective_from > today:
            what = f"{source.citation} applies from {source.effective_from}; its checks judge already"
            yield Finding(RULE, Severity.NOTE, f"{title}: {what}", place)


def _sources(definitions: Definitions, name: str) -> Iterator[tuple[str, Citation, Location]]:
    """What the policy and the packs that it extends cite, under which name, and where the policy says so."""
    placed = definitions.all(Policy)[name]
    if placed.spec.source:
        yield placed.spec.id, placed.spec.source, placed.at("source")
    for asked in extended(definitions, name).checks:
        if asked.pack and asked.policy.source:
            chosen = [index for index, one in enumerate(placed.spec.extends) if one == asked.pack.name]
            yield asked.pack.name, asked.policy.source, placed.at("extends", *chosen[:1])


def _said(source: Citation, today: str) -> str:
    instead = f", superseded by {source.superseded_by}" if source.superseded_by else ""
    if source.status == "draft":
        return f"its reading of {source.citation} is a draft{instead}"
    if source.status in ("rescinded", "under-rescission"):
        return f"{source.citation} is {source.status.replace('-', ' ')}{instead}"
    if source.effective_to and source.effective_to < today:
        return f"{source.citation} was in force until {source.effective_to}{instead}"
    return f"{source.citation} is{instead[1:]}" if instead else ""
