"""gitmlops model verify, parse-ref: whether what tags claim is so, and what a workflow may deploy then."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from gitmlops.cli import approval_source as sources
from gitmlops.cli import options, workspace
from gitmlops.cli.show import finish, print_text, show
from gitmlops.errors import Refusal
from gitmlops.report import Severity

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.tags.history import Artifact, Event, Version
    from gitmlops.report import Finding, Report


remote_option = click.option(
    "--remote", "ask", is_flag=True, help="Ask GitHub again, or fetch the notes that others have signed."
)


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@remote_option
@options.format
def verify(reference: str, ask: bool, format_: str) -> None:
    """Whether what the tags of a version claim is so (NAME#STAGE: the promotion's, too).

    Names, dates, the commit's place on the default branch, signatures where gitmlops.yaml asks for them, the gate's
    receipt, approvals.
    """
    from gitmlops.cli.model.arguments import choose
    from gitmlops.registry.tags import references

    repo = workspace.repository()
    artifact, version = choose(repo, reference)
    report = verified(repo, artifact, version, references.parse(reference).stage, ask=ask)
    show(report, format_)
    finish(report)


@click.command("parse-ref")
@click.argument("ref", metavar="TAG|NAME@VERSION|NAME#STAGE")
@remote_option
def parse_ref(ref: str, ask: bool) -> None:
    """What a workflow is to deploy: name, version, stage, the commit to check out; a line each for $GITHUB_OUTPUT.

    Refused, without a line, are tags that `model verify` does not believe, and those that others have replaced since.
    """
    from gitmlops.registry.reporting.handover import hand_over
    from gitmlops.registry.tags import history

    repo = workspace.repository()
    repo.require_whole()
    found = hand_over(history.read(repo), ref)
    report = verified(repo, found.artifact, found.version, found.stage, ask=ask)
    if not report.passed:
        wrong = "; ".join(finding.message for finding in report.of(Severity.ERROR))
        raise Refusal(f"{ref} is unverified: {wrong}", mend="do not deploy it; find out who wrote its tags")
    print_text("\n".join(found.lines()))


def verified(repo: "Repository", artifact: "Artifact", version: "Version", name: str, *, ask: bool) -> "Report":
    """Whether what the tags of a version claim is so. name: of a stage, whose promotion is looked at, too, or empty."""
    from gitmlops.registry.approvals import lines, reports
    from gitmlops.registry.approvals.votes import NOTHING_SAID
    from gitmlops.registry.changing import candidates
    from gitmlops.registry.verifying import verification
    from gitmlops.specs.project import Project

    remote = workspace.REMOTE if repo.has_remote(workspace.REMOTE) else None
    event = artifact.grounds(name) if name else None
    tag, said, at = (
        (event.tag.name, event.trailers, event.tag.time) if event else (version.tag, version.trailers, version.time)
    )
    # Without gitmlops.yaml nobody is asked for signatures and approvals; what git knows of the tags counts.
    known = sources.base_project_if_any(repo, remote, fetch=ask)
    base = known or Project(project=repo.root.name)
    on_github = bool(sources.github_repository(repo, remote))
    found, asked = NOTHING_SAID, ""
    if known and (ask or not on_github):
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
    about_receipt = _receipt(repo, remote if ask else None, version)
    return replace(report, findings=(*about_tags, *about_receipt, *report.findings))


def _receipt(repo: "Repository", remote: str | None, version: "Version") -> "tuple[Finding, ...]":
    """Whether the receipt that a version's tag names is there. remote: where it is looked for, None for here alone."""
    from gitmlops.adapters.git import notes
    from gitmlops.audit import card_facts
    from gitmlops.registry.verifying import claims

    if remote:
        notes.fetch(repo, notes.RECEIPTS, remote)
    found = card_facts.receipt_of(repo, version)
    return claims.of_receipt(version, found, repo.tree(version.commit), asked=remote is not None)


def _behind(artifact: "Artifact", version: "Version", stage: str) -> "list[Event]":
    """The tags on which it rests that a version is one, and in a stage."""
    placed = (artifact.promotion(stage), artifact.grounds(stage)) if stage else ()
    tags = {version.tag, *(one.tag.name for one in placed if one)}
    return [event for event in artifact.events if event.tag.name in tags]
