"""gitmlops model verify: whether what tags claim is so."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from gitmlops.cli import approval_source as sources
from gitmlops.cli import options, workspace
from gitmlops.cli.show import finish, show

if TYPE_CHECKING:
    from gitmlops.registry.history import Artifact, Event, Version
    from gitmlops.report import Finding


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@click.option("--remote", "ask", is_flag=True, help="Ask GitHub again, or fetch the notes that others have signed.")
@options.format
def verify(reference: str, ask: bool, format_: str) -> None:
    """Whether what the tags of a version claim is so (NAME#STAGE: the promotion's, too).

    Names, dates, the commit's place on the default branch, signatures where gitmlops.yaml asks for them, approvals.
    """
    from gitmlops.cli.model_arguments import choose
    from gitmlops.registry import candidates, references, verification
    from gitmlops.registry.approvals import lines, reports
    from gitmlops.registry.approvals.votes import NOTHING_SAID

    repo = workspace.repository()
    remote = workspace.REMOTE if repo.has_remote(workspace.REMOTE) else None
    artifact, version = choose(repo, reference)
    name = references.parse(reference).stage
    event = artifact.grounds(name) if name else None
    tag, said, at = (
        (event.tag.name, event.trailers, event.tag.time) if event else (version.tag, version.trailers, version.time)
    )
    base = sources.base_project(repo, remote, fetch=ask)
    on_github = bool(sources.github_repository(repo, remote))
    found, asked = NOTHING_SAID, ""
    if ask or not on_github:
        source = sources.approval_source(repo, remote, base, fetch=ask)
        found = sources.of_promotion(source, sources.subject_of_version(repo, version, at=at), version, name)
        asked = "GitHub" if on_github else "the signed notes"
    stage = next((stage for stage in base.stages if stage.name == name), None)
    mend = "" if ask else "run it with --remote"
    report = reports.verified(
        f"{version.name} {version.version}",
        tag,
        lines.read(said.all(lines.KEY)),
        found,
        asked=asked,
        stage=stage,
        mend=mend,
    )
    merged = candidates.merged_ref(repo, remote)
    about_tags: list[Finding] = []
    for one in _behind(artifact, version, name):
        about_tags += verification.verify(repo, artifact, one, base=base, merged=merged)
    report = replace(report, findings=(*about_tags, *report.findings))
    show(report, format_)
    finish(report)


def _behind(artifact: "Artifact", version: "Version", stage: str) -> "list[Event]":
    """The tags on which it rests that a version is one, and in a stage."""
    placed = (artifact.promotion(stage), artifact.grounds(stage)) if stage else ()
    tags = {version.tag, *(one.tag.name for one in placed if one)}
    return [event for event in artifact.events if event.tag.name in tags]
