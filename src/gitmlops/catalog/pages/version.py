"""The page of a version: what binds it, what the gate found, who approved, its card, what can be done with it."""

from collections.abc import Iterator

from gitmlops.catalog import addresses
from gitmlops.catalog.page import Commands, Facts, Link, Page, Section
from gitmlops.catalog.pages import approvals, card, judged
from gitmlops.catalog.shelf import Shelf
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags.history import Artifact, Version


def page(shelf: Shelf, artifact: Artifact, version: Version) -> Page:
    """The page of one registered version."""
    model = addresses.page(shelf.name, "model", artifact.name)
    stages = [stage for stage in artifact.stages if artifact.in_stage(stage) == version]
    doubt = shelf.doubts.get(version.tag, "")
    return Page(
        path=addresses.version_page(shelf.name, artifact.name, version.version),
        title=f"{artifact.name} {version.version}",
        kind="version",
        crumbs=shelf.crumbs(Link("Models", "models.html"), Link(artifact.name, model)),
        chips=(
            *((f"in {stage}", "pass") for stage in stages),
            (f"gate {reports.gate(version)}", "pass" if version.gated else "warning"),
        ),
        problems=(f"{version.tag}: unverified: {doubt}",) if doubt else (),
        sections=tuple(_sections(shelf, artifact, version)),
        made_from=shelf.made_from,
    )


def _sections(shelf: Shelf, artifact: Artifact, version: Version) -> Iterator[Section]:
    yield Facts("What binds it", reports.version_facts(version))
    used = version == artifact.latest or any(artifact.in_stage(stage) == version for stage in artifact.stages)
    yield from (judged.of_version if used else judged.of_past_version)(shelf, version)
    claimed = tuple(approvals.of_version(artifact, version.version, version.commit))
    yield from claimed or ((approvals.NOBODY,) if used else ())
    yield from card.sections(shelf, version)
    yield Commands("What to do with it", tuple(_commands(artifact, version)))


def _commands(artifact: Artifact, version: Version) -> Iterator[tuple[str, str]]:
    yield from reports.commands(artifact, version)
    if previous := version.trailers.one("Previous-Version"):
        yield "compare it with the version before", f"gitmlops model diff {version.name}@{previous} @{version.version}"
