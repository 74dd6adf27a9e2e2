"""gitmlops model approve, approvals: who has agreed to a version."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import approval_source as sources
from gitmlops.cli import options, workspace
from gitmlops.cli.show import say, show
from gitmlops.errors import Refusal, UsageError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.approvals.votes import Subject
    from gitmlops.registry.history import Version
    from gitmlops.specs.project import Project

_DAY = 86_400
local_option = click.option("--local", is_flag=True, help="Work offline: nothing is fetched or pushed.")


@click.command()
@click.argument("reference", metavar="NAME@VERSION|NAME@COMMIT")
@click.option("--role", required=True, help="The role that you approve as, of gitmlops.yaml.")
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with.  [default: git's user.signingKey]")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it counts.")
@click.option("--withdraw", is_flag=True, help="Take your approval back.")
@local_option
def approve(reference: str, role: str, key: Path | None, days: int, withdraw: bool, local: bool) -> None:
    """Approve a version, or a commit that shall become one, with a signed note; on GitHub reviews are approvals."""
    from gitmlops.adapters import signatures
    from gitmlops.adapters.git import notes
    from gitmlops.records.canonical import encode
    from gitmlops.registry.approvals.signing import sign

    repo, remote = _where(local)
    subject, version = _subject(repo, reference, int(time.time()))
    if page := sources.github_address(repo, remote):
        what = "on GitHub an approval is a review of the pull request, before it is merged"
        mend = "review it there; of what is merged already, the one that `gitmlops model promote … --request` opens"
        raise Refusal(what, where=f"{page}/pulls?q={subject.commit}", mend=mend)
    base = sources.base_project(repo, remote)
    signed = sign(
        subject,
        base,
        repository=sources.shared_address(repo),
        role=role,
        word="withdraw" if withdraw else "approve",
        seconds=days * _DAY,
        key=key or signatures.configured_key(repo),
    )
    notes.add(repo, notes.APPROVALS, subject.commit, encode(signed))
    said = "withdrawn" if withdraw else f"approved as {role} until {signed.approval.expires}"
    say(f"{reference}: {said} by @{signed.approval.approver}")
    if remote and notes.share(repo, notes.APPROVALS, remote):
        say(f"pushed to {remote}")
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
    from gitmlops.cli.model_arguments import choose
    from gitmlops.registry import grammar

    name, _, revision = reference.partition("@")
    if revision and not grammar.is_version(revision):
        return sources.subject_of(repo, name, repo.resolve(revision), at=now), None
    _, version = choose(repo, reference)
    return sources.subject_of_version(repo, version, at=now), version
