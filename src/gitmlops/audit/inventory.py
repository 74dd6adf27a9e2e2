"""The inventory: which model is where, of which tier, by whose approval, under which waivers, now or on a past day."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from gitmlops.audit.validations import Validation, validation
from gitmlops.definitions import Definitions
from gitmlops.registry.approvals import lines
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags.history import Artifact, Event, History, Version
from gitmlops.registry.tags.moments import shown
from gitmlops.report import Cell, Finding, Report, Severity, Table
from gitmlops.specs.model import Model
from gitmlops.specs.waiver import Waiver

_TIERS = ("high", "medium", "low", "")
COLUMNS = ("tier", "model", "owner", "stage", "version", "since", "by", "approved by", "gate", "validated", "waivers")
"""The columns of the inventory."""


@dataclass(frozen=True)
class Entry:
    """A version that is in a stage, or the highest one of a model that is in none: then promotion is None."""

    artifact: Artifact
    version: Version
    promotion: Event | None = None

    @property
    def stage(self) -> str:
        """The deployment stage; empty for none."""
        return self.promotion.name.stage if self.promotion else ""


def report(
    history: History,
    base: Definitions,
    then: Callable[[str], Definitions],
    *,
    at: int | None,
    now: int,
    doubts: Mapping[str, str] = reports.NO_DOUBTS,
) -> Report:
    """Every model, by tier, as at a moment (seconds since 1970) or, for None, with all tags that there are.

    base: the default branch at that moment; then: the definitions of a commit; doubts: tag -> why it is not believed.

    A warning for each version that no gate has passed, for each whose validation has ended or whose tags are not
    believed, and for each model that its own commit does not define.
    """
    moment = now if at is None else at
    day = datetime.fromtimestamp(moment, UTC).date()
    found = list(_entries(history.until(at)))
    known = {entry.version.tag: _model(then, entry.version) for entry in found}
    entries = sorted(found, key=lambda entry: _order(entry, known[entry.version.tag]))
    validated = {entry.version.tag: _validation(entry, known[entry.version.tag], base) for entry in entries}
    rows = tuple(
        _row(entry, known[entry.version.tag], validated[entry.version.tag], base, day, doubts) for entry in entries
    )
    return Report(
        "Inventory of models",
        findings=(*_findings(entries, known), *_ended(entries, validated, day), *reports.doubted_tags(doubts)),
        summary=_counts(entries, known),
        facts=(("as of", shown(moment)),),
        tables=(Table("Models", COLUMNS, rows),) if rows else (),
        next_action="" if rows else "Register a version: `gitmlops model register NAME`.",
        outcomes=("complete", "incomplete"),
    )


def _entries(history: History) -> Iterator[Entry]:
    for artifact in history.artifacts.values():
        promotions = [promotion for stage in artifact.stages if (promotion := artifact.promotion(stage))]
        for promotion in promotions:
            yield Entry(artifact, artifact.version_at(promotion.tag.commit, promotion), promotion)
        if not promotions and artifact.latest and not artifact.deprecated:
            yield Entry(artifact, artifact.latest)


def _model(then: Callable[[str], Definitions], version: Version) -> Model | None:
    """The model as its version's commit defines it; None where that commit knows of no such model."""
    placed = then(version.commit).all(Model).get(version.name)
    return placed.spec if placed else None


def _order(entry: Entry, model: Model | None) -> tuple[int, str, bool, str]:
    return _TIERS.index(model.risk_tier if model else ""), entry.artifact.name, not entry.stage, entry.stage


def _validation(entry: Entry, model: Model | None, base: Definitions) -> Validation | None:
    """By the documents and policies of the default branch, which may have been renewed since the version's commit."""
    placed = base.all(Model).get(entry.artifact.name)
    current = placed.spec if placed else model
    return validation(current, entry.version.trailers.one("Model"), base) if current else None


def _row(
    entry: Entry,
    model: Model | None,
    validated: Validation | None,
    base: Definitions,
    day: date,
    doubts: Mapping[str, str],
) -> tuple[Cell, ...]:
    version, promotion = entry.version, entry.promotion
    tags = (version.tag, *((promotion.tag.name,) if promotion else ()))
    return (
        model.risk_tier if model else "unknown",
        entry.artifact.name,
        model.owner if model else "",
        entry.stage or "none",
        reports.marked(version.version, doubts, *tags),
        shown(promotion.tag.time if promotion else version.time),
        promotion.tag.tagger if promotion else version.author,
        approved(entry),
        "passed" if version.gated else "ungated",
        validated.told(day) if validated else "no report",
        _waivers(version, base, day),
    )


def approved(entry: Entry) -> str:
    """Who has approved the version and its promotion, as the tags claim."""
    grounds = entry.artifact.grounds(entry.stage) if entry.stage else None
    said = (*entry.version.trailers.all(lines.KEY), *(grounds.trailers.all(lines.KEY) if grounds else ()))
    return ", ".join(dict.fromkeys(f"{claim.who} ({claim.role})" for claim in lines.read(said) if claim))


def _waivers(version: Version, base: Definitions, day: date) -> str:
    """The waivers of this model file that hold on a day, with the days that they have left."""
    digest, today = version.trailers.one("Model"), day.isoformat()
    mine = (
        placed.spec
        for _, placed in sorted(base.all(Waiver).items())
        if (placed.spec.model, placed.spec.model_sha256) == (version.name, digest)
    )
    return ", ".join(
        f"{waiver.check} until {waiver.expires} ({(date.fromisoformat(waiver.expires) - day).days} days left)"
        for waiver in mine
        if waiver.issued <= today <= waiver.expires
    )


def _counts(entries: list[Entry], known: Mapping[str, Model | None]) -> tuple[str, ...]:
    tiers = {
        entry.artifact.name: model.risk_tier if (model := known[entry.version.tag]) else "unknown" for entry in entries
    }
    counted = ((tier, list(tiers.values()).count(tier)) for tier in (*_TIERS[:3], "unknown"))
    of_tiers = ", ".join(f"{count} {tier}" for tier, count in counted if count)
    served = len({entry.artifact.name for entry in entries if entry.stage})
    models = f"{len(tiers)} model{'s' * (len(tiers) != 1)}"
    return (f"{models} ({of_tiers}), {served} in a deployment stage",) if tiers else ()


def _findings(entries: list[Entry], known: Mapping[str, Model | None]) -> Iterator[Finding]:
    for entry in entries:
        named = f"{entry.artifact.name} {entry.version.version}" + (f" in {entry.stage}" if entry.stage else "")
        if known[entry.version.tag] is None:
            what = f"{named}: commit {entry.version.commit[:12]} does not define it: its tier and owner are unknown"
            yield Finding("audit/definition", Severity.WARNING, what, mend=f"add models/{entry.artifact.name}.yaml")
        if entry.stage and not entry.version.gated:
            what = f"{named}: its tag names no receipt, no gate has passed it"
            yield Finding("audit/ungated", Severity.WARNING, what, mend="register a version that the gate has passed")


def _ended(entries: list[Entry], validated: Mapping[str, Validation | None], day: date) -> Iterator[Finding]:
    for entry in entries:
        found = validated[entry.version.tag]
        if entry.stage and found and found.ended(day):
            what = f"{entry.artifact.name} {entry.version.version} in {entry.stage}: validated {found.told(day)}"
            yield Finding("audit/validation", Severity.WARNING, what, mend="have it validated again")
