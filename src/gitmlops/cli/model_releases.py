"""gitmlops model register, promote, rollback, deprecate: plan, show, push the tags."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, rollback_review, workspace
from gitmlops.cli.model_arguments import production_stage_name, signs_releases
from gitmlops.cli.show import say, show
from gitmlops.errors import ToolError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.records.receipt import Receipt, Subject
    from gitmlops.registry.approvals.votes import Vote
    from gitmlops.registry.history import History
    from gitmlops.registry.receipts import Trust
    from gitmlops.registry.transitions import Candidate, Plan
    from gitmlops.specs.project import Project

sign_option = click.option("--sign", is_flag=True, help="Sign the tags as `git tag --sign` does.")
local_option = click.option("--local", is_flag=True, help="Keep the tags in this clone; others do not see them.")


@dataclass(frozen=True)
class _Writing:
    """How tags are written, if they are, and told."""

    repo: "Repository"
    remote: str | None
    sign: bool
    dry_run: bool
    format_: str

    def finish(self, told: "History", plan: "Plan", *, then: str) -> None:
        from gitmlops.adapters.git import tags
        from gitmlops.registry import grammar, outcomes

        if plan.tags and not self.dry_run:
            fence = grammar.fence(plan.artifact)
            tags.write(self.repo, plan.tags, fence=fence, seen=told.tags, remote=self.remote, sign=self.sign)
        show(outcomes.written(plan, remote=self.remote, dry_run=self.dry_run, then=then), self.format_)


@click.command()
@click.argument("name")
@click.option("--bump", type=click.Choice(("major", "minor", "patch")), default="minor", help="What to count up.")
@click.option("--version", metavar="vX.Y.Z", help="Name the version instead.")
@click.option("--ref", default="HEAD", show_default=True, help="The merged commit to register.")
@sign_option
@local_option
@options.dry_run
@options.format
def register(
    name: str, bump: str, version: str | None, ref: str, sign: bool, local: bool, dry_run: bool, format_: str
) -> None:
    """Make a merged commit, whose model file the gate has passed, a version. The first one is v1.0.0."""
    from gitmlops.adapters.git import notes
    from gitmlops.cli import approval_source as sources
    from gitmlops.registry import candidates, history, transitions
    from gitmlops.specs.model import Model

    repo, remote = _where(local)
    now = int(time.time())
    commit = repo.resolve(ref)
    if ref == "HEAD":
        candidates.require_committed(repo)
    base = sources.base_project(repo, remote)
    candidates.require_merged(repo, commit, candidates.merged_ref(repo, remote))
    model = workspace.definitions_at(repo, commit).get(Model, name).spec
    told = history.read(repo)
    artifact = told.artifacts.get(name)
    number = version or transitions.next_version(artifact, bump=bump)
    transitions.require_free(artifact, number, commit)
    if remote:
        notes.fetch(repo, notes.RECEIPTS, remote)
        notes.fetch(repo, notes.LOOKS, remote)
    candidate = candidates.gather(repo, model, commit, last=artifact, trust=_trust(repo, base, commit))
    approved = _approved(repo, remote, base, candidate, model.artifact, now)
    plan = transitions.register(told, candidate, version=number, now=now, approved=approved)
    # The evidence comes before the claim: whoever sees the tag can read the receipt that it names.
    if remote and not dry_run and notes.share(repo, notes.RECEIPTS, remote):
        say(f"receipts pushed to {remote}")
    writing = _Writing(repo, remote, sign or bool(base.signers.releases), dry_run, format_)
    writing.finish(told, plan, then=f"Promote it: `gitmlops model promote {name}@{number} --to STAGE`.")


@click.command()
@click.argument("reference", metavar="NAME@VERSION")
@click.option("--to", "stage", metavar="STAGE", required=True, help="The deployment stage, of gitmlops.yaml.")
@click.option("--request", is_flag=True, help="Open a pull request on GitHub, whose reviews approve this promotion.")
@sign_option
@local_option
@options.dry_run
@options.format
def promote(reference: str, stage: str, request: bool, sign: bool, local: bool, dry_run: bool, format_: str) -> None:
    """Put a version into a deployment stage; the stage before must have had it, and whom it asks for have approved.

    Documents that policies ask for must be there and young enough today, whatever they were when the gate looked.
    """
    from gitmlops.cli import approval_source as sources
    from gitmlops.cli import promotion_evidence
    from gitmlops.registry import history, references, transitions
    from gitmlops.registry.approvals.votes import NOTHING_SAID

    wanted = references.parse(reference)
    if not wanted.version:
        raise click.UsageError(f"{reference!r} names no version; write NAME@VERSION")
    repo, remote = _where(local)
    base, told, now = sources.base_project(repo, remote), history.read(repo), int(time.time())
    if request:
        from gitmlops.cli.promotion_request import ask

        artifact = told.artifact(wanted.artifact)
        show(ask(repo, remote, base, artifact, artifact.version(wanted.version), stage, dry_run=dry_run), format_)
        return
    rollback_review.require_closed(repo, remote, wanted.artifact)
    approvals, invitation = NOTHING_SAID, ""
    if transitions.find_stage(base.stages, stage).approvals:
        version = told.artifact(wanted.artifact).version(wanted.version)
        subject = sources.subject_of_version(repo, version, at=now)
        source = sources.approval_source(repo, remote, base)
        approvals = sources.of_promotion(source, subject, version, stage)
        invitation = source.invitation(reference, stage)
    plan = transitions.promote(
        told,
        base.stages,
        name=wanted.artifact,
        version=wanted.version,
        to=stage,
        now=now,
        approvals=approvals,
        invitation=invitation,
    )
    if plan.tags:
        promotion_evidence.require(repo, remote, told.artifact(wanted.artifact).version(wanted.version), now)
    writing = _Writing(repo, remote, sign or bool(base.signers.releases), dry_run, format_)
    writing.finish(told, plan, then=f"Look at it: `gitmlops model show '{wanted.artifact}#{stage}'`.")


@click.command()
@click.argument("name")
@click.option("--stage", metavar="STAGE", help="The deployment stage; without it, the one marked as production.")
@click.option("--to", "version", metavar="VERSION", default="", help="The version; without it, the one before.")
@click.option("--reason", metavar="TEXT", required=True, help="Why, in one line; it stands in the tag.")
@click.option("--revert", is_flag=True, help="Take back, on a branch, what brought the version; on GitHub propose it.")
@sign_option
@local_option
@options.yes
@options.dry_run
@options.format
def rollback(
    name: str,
    stage: str | None,
    version: str,
    reason: str,
    revert: bool,
    sign: bool,
    local: bool,
    yes: bool,
    dry_run: bool,
    format_: str,
) -> None:
    """Put the version that was in a deployment stage before back into it. No tag is moved or deleted."""
    from gitmlops.registry import history, transitions

    repo, remote = _where(local)
    told = history.read(repo)
    place = stage or production_stage_name(repo)
    if not place:
        raise click.UsageError("gitmlops.yaml marks no stage as production; name one with --stage")
    plan = transitions.rollback(told, name=name, stage=place, to=version, reason=reason, now=int(time.time()))
    if not (yes or dry_run):
        _ask(plan, place)
    writing = _Writing(repo, remote, sign or signs_releases(repo), dry_run, format_)
    writing.finish(told, plan, then=f"See to it that what serves reads '{name}#{place}' again.")
    if dry_run:
        return
    from gitmlops.cli import rollback_revert

    rollback_review.open_review(repo, remote, plan, place, reason)
    if revert:
        rollback_revert.revert(repo, remote, told.artifact(name).version(plan.leaves), reason)


@click.command()
@click.argument("name")
@click.option("--reason", metavar="TEXT", required=True, help="Why, in one line; it stands in the tag.")
@click.option("--use", "instead", metavar="NAME", default="", help="What takes its place, here or elsewhere.")
@sign_option
@local_option
@options.yes
@options.dry_run
@options.format
def deprecate(
    name: str, reason: str, instead: str, sign: bool, local: bool, yes: bool, dry_run: bool, format_: str
) -> None:
    """Say that nobody shall begin to use a model: it is listed and promoted no more until a new version is registered.

    What is in a deployment stage stays there, is shown and can be rolled back: who serves it may need it still.
    """
    from gitmlops.registry import history, reports, transitions

    repo, remote = _where(local)
    told = history.read(repo)
    plan = transitions.deprecate(told, name=name, reason=reason, instead=instead, now=int(time.time()))
    placed = reports.still_in_stages(told.artifact(name))
    if not (yes or dry_run):
        say(f"{plan.headline}. " + (f"It stays where it is: {placed}." if placed else "It is in no stage."))
        click.confirm("Write this tag?", abort=True, err=True)
    writing = _Writing(repo, remote, sign or signs_releases(repo), dry_run, format_)
    then = f"Tell those who use it: {placed}." if placed else ""
    writing.finish(told, plan, then=then)


def _trust(repo: "Repository", base: "Project", commit: str) -> "Trust":
    """What the receipt of a commit must fit; base: gitmlops.yaml at the tip of the default branch."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.gate.evidence import looks
    from gitmlops.gate.rules.rechecking import doubts
    from gitmlops.registry.receipts import Trust
    from gitmlops.registry.signers import signers

    def doubt(receipt: "Receipt", subject: "Subject") -> str:
        tree = CommitTree(repo, receipt.base)
        found = doubts(subject, load(tree), load(CommitTree(repo, commit)), tree)
        return next(found, "") or looks.doubt(repo, receipt.time, subject)

    roles = base.signers.receipts
    keys = tuple(key for person in signers(base, roles) for key in person.keys) if roles else None
    return Trust(workspace.uri(repo, base.project), keys, doubt)


def _approved(
    repo: "Repository", remote: str | None, base: "Project", candidate: "Candidate", artifact: str, now: int
) -> "tuple[Vote, ...]":
    """Who has approved what shall become a version; nobody is asked where no stage asks for approvals."""
    from gitmlops.cli import approval_source as sources
    from gitmlops.registry.approvals.accounts import asked_roles
    from gitmlops.registry.approvals.votes import Subject

    if not asked_roles(base):
        return ()
    subject = Subject(candidate.name, artifact, candidate.sha256, candidate.commit, candidate.tree, now)
    return sources.approval_source(repo, remote, base).of(subject).votes


def _where(local: bool) -> "tuple[Repository, str | None]":
    """The repository, and the remote that has the tags first. Raises ToolError if there is none."""
    repo = workspace.repository()
    if not local and not repo.has_remote(workspace.REMOTE):
        mend = f"run `git remote add {workspace.REMOTE} URL`, or keep the tags in this clone with --local"
        raise ToolError(f"there is no remote {workspace.REMOTE}, so nobody else would see the tags", mend=mend)
    return repo, None if local else workspace.REMOTE


def _ask(plan: "Plan", stage: str) -> None:
    say(f"{plan.headline}. In {stage} now: {plan.leaves}; then: {plan.version}.")
    for tag in plan.tags:
        say(f"  {tag.name} on {tag.commit[:12]}")
    click.confirm("Write these tags?", abort=True, err=True)
