"""The page of a model: what is where now and what was, by whose approval, on which evidence, and how it does."""

from collections.abc import Iterator, Mapping
from itertools import groupby, zip_longest

from gitmlops.audit.inventory import Entry, approved
from gitmlops.catalog import addresses
from gitmlops.catalog.lineage import lineage
from gitmlops.catalog.page import Cards, Commands, Facts, Grid, Link, Page, Prose, Section, Shown, StagesAt, dense, grid
from gitmlops.catalog.pages import approvals, judged, watched
from gitmlops.catalog.plots.stages import Span, StageTimeline
from gitmlops.catalog.shelf import Shelf
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags.history import Artifact, Version
from gitmlops.registry.tags.moments import shown
from gitmlops.registry.tags.production import production_stage
from gitmlops.report import Cell
from gitmlops.specs.model import Model

_NEWEST = 6
"""Events, and approvals, that the page of a model shows."""
_TONES = {"high": "warning", "medium": "note", "low": ""}


def page(shelf: Shelf, name: str) -> Page:
    """The page of one model that is defined, or was tagged, in a repository."""
    placed, artifact = shelf.definitions.all(Model).get(name), shelf.history.artifacts.get(name)
    spec = placed.spec if placed else None
    return Page(
        path=addresses.page(shelf.name, "model", name),
        title=name,
        kind="model",
        crumbs=shelf.crumbs(Link("Models", "models.html")),
        lead=(spec.intended_use,) if spec else (),
        chips=tuple(_chips(spec, artifact)),
        problems=tuple(_problems(shelf, spec, artifact)),
        sections=tuple(_sections(shelf, name, spec, artifact)),
        made_from=shelf.made_from,
    )


def shown_version(shelf: Shelf, artifact: Artifact) -> Version | None:
    """The version that stands for a model: the one in production, else the highest one."""
    project = shelf.definitions.project
    stage = production_stage(project.stages) if project else None
    return (artifact.in_stage(stage.name) if stage else None) or artifact.latest


def version_link(shelf: Shelf, artifact: Artifact, version: str, text: str = "") -> Shown:
    """A version as a link to its page; a commit that was promoted without being one has none."""
    known = {one.version for one in artifact.versions}
    to = addresses.version_page(shelf.name, artifact.name, version) if version in known else ""
    return Link(text or version, to) if to else text or version


def _chips(spec: Model | None, artifact: Artifact | None) -> Iterator[tuple[str, str]]:
    if spec:
        yield f"{spec.risk_tier} risk", _TONES[spec.risk_tier]
        yield f"owner {spec.owner}", ""
        yield from ((tag, "") for tag in spec.tags)
    if artifact and artifact.deprecated:
        yield "deprecated", "warning"


def _problems(shelf: Shelf, spec: Model | None, artifact: Artifact | None) -> Iterator[str]:
    if spec is None:
        yield "the default branch does not define this model: its tier, owner and use are unknown"
    if artifact:
        tags = {event.tag.name for event in artifact.events}
        yield from (f"{tag}: unverified: {why}" for tag, why in sorted(shelf.doubts.items()) if tag in tags)
        yield from (f"{event.tag.name}: unverified: {event.doubt}" for event in artifact.unverified)


def _sections(shelf: Shelf, name: str, spec: Model | None, artifact: Artifact | None) -> Iterator[Section]:
    chosen = shown_version(shelf, artifact) if artifact else None
    if artifact:
        yield _now(shelf, artifact)
        for at in _stages_at(shelf, artifact):
            yield StageTimeline("Which version was where", tuple(_spans(at)))
            yield at
    else:
        yield Prose("Deployment stages", ("No version of it was registered yet.",))
    if spec:
        yield _definition(shelf, spec)
    yield lineage(shelf, name, spec, artifact)
    if artifact and chosen:
        yield from judged.of_version(shelf, chosen)
        yield from judged.undecided_by(shelf, chosen)
        yield from watched.sections(shelf, name)
        yield _versions(shelf, artifact)
        yield from approvals.of_model(artifact, newest=_NEWEST)
        yield Commands("How to get it, and how to go back", tuple(_commands(artifact, chosen)))
        yield _history(shelf, artifact)


def _now(shelf: Shelf, artifact: Artifact) -> Cards | Prose:
    """Each stage with what is in it, since when, by whom and why."""
    title, table = "In each deployment stage now", reports.deployment_stages(artifact, shelf.doubts)
    if not table.rows:
        return Prose(title, ("Nothing is in any stage.",))
    return Cards(title, tuple(_card(shelf, artifact, dict(zip(table.columns, row, strict=True))) for row in table.rows))


def _card(shelf: Shelf, artifact: Artifact, row: Mapping[str, Cell]) -> tuple[str, Shown, tuple[str, ...], str]:
    """A stage: its version leads to its page, marked as unverified or not."""
    stage, shown = str(row["stage"]), str(row["version"])
    version = artifact.in_stage(stage)
    said = (("since", "since"), ("by", "by"), ("in place of", "replaced"), ("gate", "gate"), ("why:", "why"))
    lines = [f"{words} {row[column]}" for words, column in said if row[column]]
    if people := _approved(artifact, stage):
        lines.insert(1, f"approved by {people}")
    believed = version is not None and version.version == shown
    tone = "error" if not believed else "pass" if row["gate"] != reports.UNGATED else "warning"
    return stage, version_link(shelf, artifact, version.version if version else "", shown), tuple(lines), tone


def _approved(artifact: Artifact, stage: str) -> str:
    """Who has approved what is in a stage, in the words of the inventory."""
    promotion = artifact.promotion(stage)
    version = promotion and artifact.version_at(promotion.tag.commit, promotion)
    return approved(Entry(artifact, version, promotion)) if version else ""


def _stages_at(shelf: Shelf, artifact: Artifact) -> Iterator[StagesAt]:
    """What `model show --at` answers at every moment: a moment for each tag after which the answer is another one."""
    rows: dict[tuple[Shown, ...], int] = {}
    moments: list[tuple[int, tuple[int, ...]]] = []
    columns: tuple[str, ...] = ()
    for seconds in sorted({event.tag.time for event in artifact.events}):
        table = reports.deployment_stages(artifact.until(seconds), shelf.doubts)
        columns = table.columns
        standing = tuple(rows.setdefault(row, len(rows)) for row in table.rows)
        if standing != (moments[-1][1] if moments else ()):
            moments.append((seconds, standing))
    if moments:
        yield StagesAt("What was where on a day", columns, tuple(rows), tuple(moments))  # type: ignore[arg-type]


def _spans(at: StagesAt) -> Iterator[Span]:
    """How long each version was in each stage, stage by stage."""
    stage, version = at.columns.index("stage"), at.columns.index("version")
    standing = [
        (since, {row[stage]: row[version] for row in map(at.rows.__getitem__, rows)}) for since, rows in at.moments
    ]
    for name in sorted({str(row[stage]) for row in at.rows}):
        changes = [(since, there.get(name)) for since, there in standing]
        runs = [next(run) for _, run in groupby(changes, key=lambda change: change[1])]
        for (since, there), until in zip_longest(runs, [since for since, _ in runs[1:]]):
            if there is not None:
                yield Span(name, str(there), since, until)


def _definition(shelf: Shelf, spec: Model) -> Facts:
    placed = shelf.definitions.all(Model)[spec.name]
    rows: list[tuple[str, Shown]] = [
        ("not intended for", spec.not_intended_for),
        ("task", f"{spec.task.kind}, label {spec.task.label}"),
        ("feature set", shelf.link("feature set", spec.feature_set) if spec.feature_set else ""),
        ("pipeline", shelf.link("pipeline", spec.pipeline) if spec.pipeline else ""),
        ("model file", spec.artifact),
        ("evaluated on", f"{spec.evaluation.data}, labels {spec.evaluation.labels}"),
        ("slices", ", ".join(spec.evaluation.slices)),
        ("protected", ", ".join(spec.protected)),
        ("documents", ", ".join(spec.documents)),
        ("oversight", spec.oversight.by if spec.oversight else ""),
        ("defined in", placed.path),
    ]
    return Facts("Definition", tuple(row for row in rows if row[1]))


def _versions(shelf: Shelf, artifact: Artifact) -> Grid:
    stages = {stage: artifact.in_stage(stage) for stage in artifact.stages}
    rows = tuple(
        (
            version_link(shelf, artifact, one.version, reports.marked(one.version, shelf.doubts, one.tag)),
            shown(one.time),
            one.author,
            reports.gate(one),
            judged.counted(shelf, one),
            ", ".join(stage for stage, there in stages.items() if there == one),
        )
        for one in reversed(artifact.versions)
    )
    return dense(Grid("Versions", ("version", "registered", "by", "gate", "checks", "in"), rows))


def _commands(artifact: Artifact, chosen: Version) -> Iterator[tuple[str, str]]:
    yield from reports.commands(artifact, chosen)
    yield "see what was where on a day", f"gitmlops model show {artifact.name} --at 2026-03-03"
    if chosen.gated:
        yield "verify it", f"gitmlops model verify {chosen.name}@{chosen.version}"
        yield "all that it rests on, as a folder", f"gitmlops audit {chosen.name}@{chosen.version} --output DIR"


def _history(shelf: Shelf, artifact: Artifact) -> Grid:
    """The newest events; the date picker has what all of them led to."""
    table = reports.log(artifact, shelf.doubts).tables[0]
    kept = [index for index, name in enumerate(table.columns) if name not in ("tag", "by")]
    at = table.columns.index("version")
    rows = tuple(
        tuple(version_link(shelf, artifact, str(row[at])) if index == at else row[index] for index in kept)
        for row in table.rows[:_NEWEST]
    )
    left = len(table.rows) - len(rows)
    note = f"{left} older events: `gitmlops model history {artifact.name}`" if left else ""
    columns = tuple(table.columns[index] for index in kept)
    return dense(grid(table, title="What happened to it", columns=columns, rows=rows, note=note))
