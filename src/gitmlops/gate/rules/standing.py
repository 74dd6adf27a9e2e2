"""Whether the rules that policies turn into code still stand."""

from collections.abc import Sequence

from gitmlops.definitions import Definitions
from gitmlops.report import Finding, Severity
from gitmlops.specs.policy import Citation, Policy


def fallen(definitions: Definitions, names: Sequence[str], today: str) -> tuple[Finding, ...]:
    """A warning for each of these policies whose source is rescinded, about to be, a draft, or past its last day.

    today: `YYYY-MM-DD`. They judge until somebody changes them: to stop is a decision of people.
    """
    placed = definitions.all(Policy)
    mend = "see whether it should still judge; it does until the policy is changed"
    return tuple(
        Finding("gate/source", Severity.WARNING, f"{placed[name].spec.id}: {what}", placed[name].at("source"), mend)
        for name in names
        if name in placed and (what := _said(placed[name].spec.source, today))
    )


def _said(source: Citation | None, today: str) -> str:
    if source is None:
        return ""
    instead = f", superseded by {source.superseded_by}" if source.superseded_by else ""
    if source.status in ("rescinded", "under-rescission", "draft"):
        return f"{source.citation} is {source.status.replace('-', ' ')}{instead}"
    if source.effective_to and source.effective_to < today:
        return f"{source.citation} was in force until {source.effective_to}{instead}"
    return ""
