"""gitmlops model approve, approvals: who has agreed to a version."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import approval_source as sources
from gitmlops.cli import options, workspace
from gitmlops.cli.approval_signing import Signing, sign, signing_options
from gitmlops.cli.show import show
from gitmlops.errors import UsageError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.approvals.votes import Subject
    from gitmlops.registry.tags.history import Version
    from gitmlops.specs.project import Project

local_option = click.option("--local", is_flag=True, help="Work offline: nothing is fetched or pushed.")


@click.command()
@click.argument("reference", metavar="NAME@VERSION|NAME@COMMIT")
@signing_options
@local_option
def approve(reference: str, role: str, key: Path | None, days: int, withdraw: bool, local: bool) -> None:
    """Approve a version, or a commit that shall become one, with a signed note; on GitHub reviews are approvals."""
    repo, remote = _where(local)
    subject, version = _subject(repo, reference, int(time.time()))
    page = sources.github_address(repo, remote)
    base = sign(repo, remote, subject, Signing(role, key, days, withdraw), named=reference, page=page)
    _show(repo, remote, reference, subject, version, base, "text")


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|@COMMIT|#STAGE]")
@local_option
@options.format
def approvals(reference: str, local: bool, format_: str) -> None:
    """Who has approved a version, what each stage still misses, and which approvals do not count, and why."""
    repo, remote = _where(local)
    subject, version = _subject(repo, reference, int(time.time()))
    _show(repo, remote, reference, subject, version, sources.base_project(repo, remote), format_)


def _where(local: bool) -> "tuple[Repository, str | None]":
    """The repository, and the remote where approvals are shared, if there is one. Raises UsageError."""
    repo = workspace.repository()
    remote = workspace.REMOTE if repo.has_remote(workspace.REMOTE) else None
    if local and sources.github_repository(repo, remote):
        raise UsageError("approvals are reviews on GitHub here, which cannot be seen offline", mend="leave out --local")
    return repo, None if local else remote


def _show(
    repo: "Repository",
    remote: str | None,
    reference: str,
    subject: "Subject",
    version: "Version | None",
    base: "Project",
    format_: str,
) -> None:
    from gitmlops.registry.approvals import reports

    source = sources.approval_source(repo, remote, base)
    asking = [stage for stage in base.stages if stage.approvals] if version else []
    requested = {stage.name: sources.of_request(source, subject, version, stage.name) for stage in asking if version}
    show(reports.listed(reference, subject, source.of(subject), base.stages, requested), format_)


def _subject(repo: "Repository", reference: str, now: int) -> "tuple[Subject, Version | None]":
    """The version that is named, or the commit: NAME@vX.Y.Z, NAME#STAGE, NAME, or NAME@ and a branch or SHA."""
    from gitmlops.cli.model.arguments import choose
    from gitmlops.registry.tags import grammar

    name, _, revision = reference.partition("@")
    if revision and not grammar.is_version(revision):
        return sources.subject_of(repo, name, repo.resolve(revision), at=now), None
    _, version = choose(repo, reference)
    return sources.subject_of_version(repo, version, at=now), version
