"""What the registry says to people: the list of models, one version, a model's history."""

from collections.abc import Mapping, Sequence

from gitmlops.registry import oddities
from gitmlops.registry.approvals import lines
from gitmlops.registry.contents import sha256
from gitmlops.registry.grammar import Action
from gitmlops.registry.history import Artifact, Event, History, Version
from gitmlops.registry.moments import shown
from gitmlops.registry.transitions import Plan
from gitmlops.report import Cell, Report, Table

UNGATED = "ungated"


def listing(history: History, *, at: int | None, now: int) -> Report:
    """Every model with its highest version and what is in each stage, now or at a moment; deprecated ones left out."""
    artifacts = [artifact for artifact in history.until(at).artifacts.values() if not artifact.deprecated]
    stages = sorted({stage for artifact in artifacts for stage in artifact.stages})
    rows = tuple(_row(artifact, stages) for artifact in artifacts)
    return Report(
        "Models",
        findings=oddities.find(history, now=now),
        facts=_as_of(at),
        tables=(Table("Versions and deployment stages", ("model", "latest", *stages), rows),),
        next_action="" if rows else "Register a version: `gitmlops model register NAME`.",
    )


def version(artifact: Artifact, chosen: Version, *, at: int | None) -> Report:
    """One version: what it is, on which evidence, and where every version of the model is, now or at a moment."""
    past = artifact.until(at)
    checks = tuple((line,) for line in chosen.trailers.all("Gate"))
    approved = tuple((line,) for line in chosen.trailers.all(lines.KEY))
    promotions = ((stage, past.promotion(stage)) for stage in past.stages)
    stages = tuple(_standing(past, stage, promotion) for stage, promotion in promotions if promotion)
    names = ("stage", "version", "since", "by", "why", "replaced", "gate")
    return Report(
        f"{chosen.name} {chosen.version}",
        facts=(*_as_of(at), *_facts(chosen)),
        tables=(
            Table("Deployment stages", names, stages),
            *([Table("Gate", ("check",), checks)] if checks else []),
            *([Table("Approvals, as the tag claims", ("approved by",), approved)] if approved else []),
            Table("Commands", ("to", "run"), _commands(past, chosen)),
        ),
    )


def log(artifact: Artifact) -> Report:
    """Everything that happened to a model, the latest first."""
    columns = ("time", "what", "version", "stage", "by", "approved by", "why", "gate", "tag")
    rows = tuple(_line(artifact, event) for event in reversed(artifact.events))
    return Report(f"History of {artifact.name}", tables=(Table("Events", columns, rows),))


def written(plan: Plan, *, remote: str | None, dry_run: bool, then: str) -> Report:
    """What a verb has written, or would write."""
    where = f"at {remote} and here" if remote else "here only"
    summary = "Nothing was written." if dry_run or not plan.tags else f"Tags written {where}."
    rows = tuple((tag.name, tag.commit, shown(tag.time)) for tag in plan.tags)
    tables = (Table("Tags", ("tag", "commit", "time"), rows),) if rows else ()
    return Report(plan.headline, summary=(summary,), tables=tables, next_action="" if dry_run else then)


def delivered(chosen: Version, files: Mapping[str, bytes], folder: str) -> Report:
    """Which files were written, and whether the tag vouches for them."""
    rows = tuple((path.rpartition("/")[2], len(content), sha256(content)) for path, content in files.items())
    facts = (("version", f"{chosen.name} {chosen.version}"), ("commit", chosen.commit), ("gate", _gate(chosen)))
    vouched = bool(chosen.trailers.one("Model"))
    summary = f"Compared with {chosen.tag}." if vouched else f"{chosen.tag} pins no digest, so nothing was compared."
    table = Table("Files", ("file", "bytes", "sha256"), rows)
    return Report(
        f"Files of {chosen.name} {chosen.version} in {folder}", summary=(summary,), facts=facts, tables=(table,)
    )


def predicted(chosen: Version, *, rows: int, output: str) -> Report:
    """What was scored with which version."""
    facts: tuple[tuple[str, Cell], ...] = (
        ("version", f"{chosen.name} {chosen.version}"),
        ("commit", chosen.commit),
        ("predictions", rows),
        ("log", output),
    )
    return Report(f"Predictions of {chosen.name} {chosen.version}", facts=facts)


def _row(artifact: Artifact, stages: Sequence[str]) -> tuple[Cell, ...]:
    placed = (artifact.in_stage(stage) for stage in stages)
    latest = artifact.latest
    return (artifact.name, latest.version if latest else None, *(found.version if found else None for found in placed))


def _standing(artifact: Artifact, stage: str, promotion: Event) -> tuple[Cell, ...]:
    placed = artifact.version_at(promotion.tag.commit, promotion)
    before = artifact.in_stage(stage, promotion.tag.time - 1)
    replaced = promotion.trailers.one("Previous-Version") or (before.version if before else "")
    why = promotion.trailers.one("Reason")
    return (stage, placed.version, shown(promotion.tag.time), _person(promotion), why, replaced, _gate(placed))


def _facts(chosen: Version) -> tuple[tuple[str, Cell], ...]:
    trailers = chosen.trailers
    found: tuple[tuple[str, Cell], ...] = (
        ("tag", chosen.tag),
        ("commit", chosen.commit),
        ("registered", shown(chosen.time)),
        ("by", chosen.author),
        ("gate", _gate(chosen)),
        ("receipt", trailers.one("Receipt")),
        ("model sha256", trailers.one("Model")),
        ("baseline sha256", trailers.one("Baseline")),
        *((f"{path} sha256", digest) for path, _, digest in (line.rpartition(" ") for line in trailers.all("Data"))),
        ("previous version", trailers.one("Previous-Version")),
    )
    return tuple((key, value) for key, value in found if value)


def _gate(chosen: Version) -> str:
    return "passed" if chosen.gated else UNGATED


def _commands(artifact: Artifact, chosen: Version) -> tuple[tuple[Cell, ...], ...]:
    stages = [stage for stage in artifact.stages if artifact.in_stage(stage) == chosen]
    back = (
        (f"roll it back in {stage}", f'gitmlops model rollback {chosen.name} --stage {stage} --reason "..."')
        for stage in stages
        if len(artifact.standing(stage)) > 1
    )
    return (("get its files", f"gitmlops model get {chosen.name}@{chosen.version} --output DIR"), *back)


def _line(artifact: Artifact, event: Event) -> tuple[Cell, ...]:
    name = event.name
    on_commit = {version.commit: version.version for version in artifact.versions}
    about = name.version or (
        "" if name.action is Action.DEPRECATE else on_commit.get(event.tag.commit, event.tag.commit)
    )
    gate = ("gated" if event.trailers.one("Receipt") else UNGATED) if name.action is Action.REGISTER else ""
    what = "rolled back" if name.action is Action.REMOVE and event.trailers.one("Rollback-From") else name.action.value
    why = event.trailers.one("Reason")
    claims = lines.read(event.trailers.all(lines.KEY))
    approved = ", ".join(dict.fromkeys(claim.who for claim in claims if claim))
    return (shown(event.tag.time), what, about, name.stage, _person(event), approved, why, gate, event.tag.name)


def _person(event: Event) -> str:
    return f"{event.tag.tagger} <{event.tag.email}>"


def _as_of(at: int | None) -> tuple[tuple[str, Cell], ...]:
    return () if at is None else (("as of", shown(at)),)
