"""What the registry says to people: the list of models, one version, a model's history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from gitmlops.registry.approvals import lines
from gitmlops.registry.tags.grammar import Action
from gitmlops.registry.tags.history import Artifact, Event, History, Version
from gitmlops.registry.tags.moments import shown
from gitmlops.registry.verifying import oddities
from gitmlops.report import Cell, Finding, Report, Severity, Table

UNGATED = "ungated"
UNVERIFIED = "unverified"
NO_DOUBTS: Mapping[str, str] = MappingProxyType({})


def listing(history: History, *, at: int | None, doubts: Mapping[str, str] = NO_DOUBTS) -> Report:
    """Every model with its highest version and what is in each stage, now or at a moment; deprecated ones left out.

    doubts: tag -> why it is not believed.
    """
    return _listed({"": history}, at, (*oddities.find(history), *doubted_tags(doubts)), doubts)


def listing_of_several(histories: Mapping[str, History], *, at: int | None) -> Report:
    """The same of several repositories, each by its name, in their order."""
    found = (
        replace(finding, message=f"{name}: {finding.message}")
        for name, history in histories.items()
        for finding in oddities.find(history)
    )
    return _listed(histories, at, tuple(found))


def version(
    artifact: Artifact,
    chosen: Version,
    *,
    at: int | None,
    watched: Sequence[tuple[str, Cell]] = (),
    doubts: Mapping[str, str] = NO_DOUBTS,
) -> Report:
    """One version: what it is, on which evidence, and where every version of the model is, now or at a moment.

    watched: what monitoring saw of the model, by name; doubts: tag -> why it is not believed.
    """
    past = artifact.until(at)
    checks = tuple((line,) for line in chosen.trailers.all("Gate"))
    approved = tuple((line,) for line in chosen.trailers.all(lines.KEY))
    return Report(
        f"{chosen.name} {chosen.version}",
        facts=(*_as_of(at), *_deprecation(past), *watched, *doubted(chosen, doubts), *version_facts(chosen)),
        tables=(
            deployment_stages(past, doubts),
            *([Table("Gate", ("check",), checks)] if checks else []),
            *([Table("Approvals, as the tag claims", ("approved by",), approved)] if approved else []),
            Table("Commands", ("to", "run"), commands(past, chosen)),
        ),
    )


def deployment_stages(artifact: Artifact, doubts: Mapping[str, str] = NO_DOUBTS) -> Table:
    """Which version is in which stage since when, by whom and why; doubts: tag -> why it is not believed."""
    promotions = ((stage, artifact.promotion(stage)) for stage in artifact.stages)
    rows = tuple(_standing(artifact, stage, promotion, doubts) for stage, promotion in promotions if promotion)
    return Table("Deployment stages", ("stage", "version", "since", "by", "why", "replaced", "gate"), rows)


def doubted(chosen: Version, doubts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Why the registration of a version is not believed, as a fact; none if it is."""
    return ((UNVERIFIED, f"{chosen.tag}: {doubts[chosen.tag]}"),) if chosen.tag in doubts else ()


def log(artifact: Artifact, doubts: Mapping[str, str] = NO_DOUBTS) -> Report:
    """Everything that happened to a model, the latest first, and what tags say that cannot be true.

    doubts: tag -> why it is not believed.
    """
    columns = ("time", "what", "version", "stage", "by", "approved by", "why", "gate", "tag")
    events = sorted((*artifact.events, *artifact.unverified), key=lambda event: event.order, reverse=True)
    rows = tuple(_line(artifact, event, doubts) for event in events)
    return Report(f"History of {artifact.name}", tables=(Table("Events", columns, rows),))


def doubted_tags(doubts: Mapping[str, str]) -> Iterator[Finding]:
    """A warning for each tag that is not believed, in the order of their names."""
    for tag, why in sorted(doubts.items()):
        mend = "see `gitmlops model verify`; find out who wrote the tag"
        yield Finding("registry", Severity.WARNING, f"{tag}: {UNVERIFIED}: {why}", mend=mend)


def _listed(
    histories: Mapping[str, History],
    at: int | None,
    findings: tuple[Finding, ...],
    doubts: Mapping[str, str] = NO_DOUBTS,
) -> Report:
    placed = [
        (name, artifact)
        for name, history in histories.items()
        for artifact in history.until(at).artifacts.values()
        if not artifact.deprecated
    ]
    stages = sorted({stage for _, artifact in placed for stage in artifact.stages})
    columns = ("model", "latest", *stages)
    rows = tuple(_row(artifact, stages, doubts) for _, artifact in placed)
    if any(histories):
        columns = ("repository", *columns)
        rows = tuple((name, *row) for (name, _), row in zip(placed, rows, strict=True))
    return Report(
        "Models",
        findings=findings,
        facts=_as_of(at),
        tables=(Table("Versions and deployment stages", columns, rows),),
        next_action="" if rows else "Register a version: `gitmlops model register NAME`.",
    )


def still_in_stages(artifact: Artifact) -> str:
    """`v1.0.0 in prod, v1.1.0 in staging`; empty if it is in none."""
    placed = ((stage, artifact.in_stage(stage)) for stage in artifact.stages)
    return ", ".join(f"{found.version} in {stage}" for stage, found in placed if found)


def _deprecation(artifact: Artifact) -> tuple[tuple[str, Cell], ...]:
    said = artifact.deprecation
    if said is None:
        return ()
    why = said.trailers.one("Reason")
    return (
        ("deprecated", f"since {shown(said.tag.time)}" + (f": {why}" if why else "")),
        *((("use instead", instead),) if (instead := said.trailers.one("Replaced-By")) else ()),
    )


def _row(artifact: Artifact, stages: Sequence[str], doubts: Mapping[str, str]) -> tuple[Cell, ...]:
    placed = (artifact.promotion(stage) for stage in stages)
    latest = artifact.latest
    cells = (_placed(artifact, promotion, doubts) if promotion else None for promotion in placed)
    return (artifact.name, marked(latest.version, doubts, latest.tag) if latest else None, *cells)


def _placed(artifact: Artifact, promotion: Event, doubts: Mapping[str, str]) -> str:
    found = artifact.version_at(promotion.tag.commit, promotion)
    return marked(found.version, doubts, found.tag, promotion.tag.name)


def marked(version: str, doubts: Mapping[str, str], *tags: str) -> str:
    """A version as views name it: whoever reads no further must not take for true what one of its tags claims."""
    return f"{version} ({UNVERIFIED})" if any(tag in doubts for tag in tags) else version


def _standing(artifact: Artifact, stage: str, promotion: Event, doubts: Mapping[str, str]) -> tuple[Cell, ...]:
    placed = artifact.version_at(promotion.tag.commit, promotion)
    before = artifact.in_stage(stage, promotion.tag.time - 1)
    replaced = promotion.trailers.one("Previous-Version") or (before.version if before else "")
    return (
        stage,
        marked(placed.version, doubts, placed.tag, promotion.tag.name),
        shown(promotion.tag.time),
        _person(promotion),
        _why(promotion),
        replaced,
        gate(placed),
    )


def version_facts(chosen: Version) -> tuple[tuple[str, Cell], ...]:
    """What binds a version to what it was made from and judged by: its tag, commit and digests."""
    trailers = chosen.trailers
    found: tuple[tuple[str, Cell], ...] = (
        ("tag", chosen.tag),
        ("commit", chosen.commit),
        ("registered", shown(chosen.time)),
        ("by", chosen.author),
        ("gate", gate(chosen)),
        ("receipt", trailers.one("Receipt")),
        ("model sha256", trailers.one("Model")),
        ("baseline sha256", trailers.one("Baseline")),
        *((f"{path} sha256", digest) for path, _, digest in (line.rpartition(" ") for line in trailers.all("Data"))),
        ("previous version", trailers.one("Previous-Version")),
    )
    return tuple((key, value) for key, value in found if value)


def gate(chosen: Version) -> str:
    """Whether its tag names the receipt of a gate, in a word."""
    return "passed" if chosen.gated else UNGATED


def commands(artifact: Artifact, chosen: Version) -> tuple[tuple[str, str], ...]:
    """What can be done with a version, in words, and what to type for it."""
    stages = [stage for stage in artifact.stages if artifact.in_stage(stage) == chosen]
    back = (
        (f"roll it back in {stage}", f'gitmlops model rollback {chosen.name} --stage {stage} --reason "..."')
        for stage in stages
        if len(artifact.standing(stage)) > 1
    )
    return (("get its files", f"gitmlops model get {chosen.name}@{chosen.version} --output DIR"), *back)


def _line(artifact: Artifact, event: Event, doubts: Mapping[str, str]) -> tuple[Cell, ...]:
    name = event.name
    on_commit = {version.commit: version.version for version in artifact.versions}
    about = name.version or (
        "" if name.action is Action.DEPRECATE else on_commit.get(event.tag.commit, event.tag.commit)
    )
    gate = ("gated" if event.trailers.one("Receipt") else UNGATED) if name.action is Action.REGISTER else ""
    what = "rolled back" if name.action is Action.REMOVE and event.trailers.one("Rollback-From") else name.action.value
    doubt = event.doubt or doubts.get(event.tag.name, "")
    if doubt:
        what = f"{UNVERIFIED}: {what}"
    why = doubt or _why(event)
    claims = lines.read(event.trailers.all(lines.KEY))
    approved = ", ".join(dict.fromkeys(claim.who for claim in claims if claim))
    return (shown(event.tag.time), what, about, name.stage, _person(event), approved, why, gate, event.tag.name)


def _why(event: Event) -> str:
    """The reason that a tag gives and, where somebody answered for what would have been refused, theirs."""
    reason, override = event.trailers.one("Reason"), event.trailers.one("Override")
    return f"{reason}; override: {override}" if override else reason


def _person(event: Event) -> str:
    return f"{event.tag.tagger} <{event.tag.email}>"


def _as_of(at: int | None) -> tuple[tuple[str, Cell], ...]:
    return () if at is None else (("as of", shown(at)),)
