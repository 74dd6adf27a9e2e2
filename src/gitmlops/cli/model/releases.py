"""gitmlops model register, promote: plan, show, push the tags."""

import time
from itertools import chain
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model.rollback import review
from gitmlops.cli.model.tag_writing import Writing, local_option, sign_option, where
from gitmlops.cli.show import say, show

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.gate.rules.required import Required
    from gitmlops.records.receipt import Receipt, Subject
    from gitmlops.registry.approvals.votes import Vote
    from gitmlops.registry.changing.transitions import Candidate
    from gitmlops.registry.files.receipts import Trust
    from gitmlops.registry.tags.history import Artifact, History
    from gitmlops.specs.project import Project


@click.command()
@click.argument("name")
@click.option(
    "--bump",
    type=click.Choice(("major", "minor", "patch")),
    help="What to count up; without it, what changed decides: interface of features, code and parameters, data alone.",
)
@click.option("--version", metavar="vX.Y.Z", help="Name the version instead.")
@click.option("--ref", default="HEAD", show_default=True, help="The merged commit to register.")
@options.required_policies("These policies of another repository judged it, too.")
@sign_option
@local_option
@options.yes
@options.dry_run
@options.format
def register(
    name: str,
    bump: str | None,
    version: str | None,
    ref: str,
    required_policies: str | None,
    sign: bool,
    local: bool,
    yes: bool,
    dry_run: bool,
    format_: str,
) -> None:
    """Make a merged commit, whose model file the gate has passed, a version. The first one is v1.0.0.

    What to count up is proposed from what changed since the last version, with the reason; at a terminal it is asked
    for.
    """
    from gitmlops.adapters.git import notes
    from gitmlops.cli import approval_source as sources
    from gitmlops.cli.gate.command import required_from
    from gitmlops.cli.model import bump_proposal
    from gitmlops.registry.changing import candidates, transitions
    from gitmlops.registry.tags import history
    from gitmlops.specs.model import Model

    repo, remote = where(local)
    repo.require_whole()
    required = required_from(required_policies)
    now = int(time.time())
    commit = repo.resolve(ref)
    if ref == "HEAD":
        candidates.require_committed(repo)
    base = sources.base_project(repo, remote)
    candidates.require_merged(repo, commit, candidates.merged_ref(repo, remote))
    model = workspace.definitions_at(repo, commit).get(Model, name).spec
    told = history.read(repo)
    artifact = told.artifacts.get(name)
    number = version or (transitions.next_version(artifact, bump=bump) if bump else "")
    number = number or bump_proposal.number(repo, artifact, name, commit, ask=not (yes or dry_run))
    transitions.require_free(artifact, number, commit)
    if remote:
        notes.fetch(repo, notes.RECEIPTS, remote)
        notes.fetch(repo, notes.LOOKS, remote)
    candidate = candidates.gather(repo, model, commit, last=artifact, trust=_trust(repo, told, base, commit, required))
    approved = _approved(repo, remote, base, candidate, model.artifact, now)
    plan = transitions.register(told, candidate, version=number, now=now, approved=approved)
    # The evidence comes before the claim: whoever sees the tag can read the receipt that it names.
    if remote and not dry_run and notes.share(repo, notes.RECEIPTS, remote):
        say(f"receipts pushed to {remote}")
    writing = Writing(repo, remote, sign or bool(base.signers.releases), dry_run, format_)
    writing.finish(told, plan, then=f"Promote it: `gitmlops model promote {name}@{number} --to STAGE`.")


@click.command()
@click.argument("reference", metavar="NAME@VERSION")
@click.option("--to", "stage", metavar="STAGE", required=True, help="The deployment stage, of gitmlops.yaml.")
@click.option("--request", is_flag=True, help="Open a pull request on GitHub, whose reviews approve this promotion.")
@options.required_policies("Hold it against these policies of another repository, too.")
@sign_option
@local_option
@options.dry_run
@options.format
def promote(
    reference: str,
    stage: str,
    request: bool,
    required_policies: str | None,
    sign: bool,
    local: bool,
    dry_run: bool,
    format_: str,
) -> None:
    """Put a version into a deployment stage; the stage before must have had it, and whom it asks for have approved.

    The rules of today count, whatever they were when the gate looked: what it found must pass the policies and waivers
    of the default branch, documents that they ask for must be there and young enough, and no alarm of it may stand.
    """
    from gitmlops.cli import approval_source as sources
    from gitmlops.cli.gate.command import required_from
    from gitmlops.cli.model.promotion import evidence as promotion_evidence
    from gitmlops.registry.approvals.votes import NOTHING_SAID
    from gitmlops.registry.changing import transitions
    from gitmlops.registry.tags import history, references

    wanted = references.parse(reference)
    if not wanted.version:
        raise click.UsageError(f"{reference!r} names no version; write NAME@VERSION")
    repo, remote = where(local)
    base, told, now = sources.base_project(repo, remote), history.read(repo), int(time.time())
    if request:
        from gitmlops.cli.model.promotion.request import ask

        artifact = told.artifact(wanted.artifact)
        show(ask(repo, remote, base, artifact, artifact.version(wanted.version), stage, dry_run=dry_run), format_)
        return
    _require_believed(repo, remote, base, told.artifact(wanted.artifact), wanted.version)
    review.require_closed(repo, remote, wanted.artifact)
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
        version = told.artifact(wanted.artifact).version(wanted.version)
        promotion_evidence.require(repo, remote, version, now, required_from(required_policies))
    writing = Writing(repo, remote, sign or bool(base.signers.releases), dry_run, format_)
    writing.finish(told, plan, then=f"Look at it: `gitmlops model show '{wanted.artifact}#{stage}'`.")


def _require_believed(
    repo: "Repository", remote: str | None, base: "Project", artifact: "Artifact", version: str
) -> None:
    """Raises Refusal if a tag by which a version is one, or in a stage, is not what it says."""
    from gitmlops.errors import Refusal
    from gitmlops.registry.changing import candidates
    from gitmlops.registry.verifying import verification
    from gitmlops.report import Severity

    chosen, merged = artifact.version(version), candidates.merged_ref(repo, remote)
    standing = (event for stage in artifact.stages for event in artifact.standing(stage))
    tags = {chosen.tag, *(event.tag.name for event in standing if event.tag.commit == chosen.commit)}
    for event in artifact.events:
        found = verification.verify(repo, artifact, event, base=base, merged=merged) if event.tag.name in tags else ()
        if wrong := [one.message for one in found if one.severity is Severity.ERROR]:
            raise Refusal(f"unverified: {wrong[0]}", mend="find out who wrote the tag; promote another version")


def _trust(repo: "Repository", told: "History", base: "Project", commit: str, required: "Required | None") -> "Trust":
    """What the receipt of a commit must fit; base: gitmlops.yaml at the tip of the default branch.

    told: what the tags say now; required: the policies from elsewhere by which it must have been judged, too, as they
    are now.
    """
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.gate.checks import looks
    from gitmlops.gate.evidence import looks as counted_looks
    from gitmlops.gate.rules import incumbents
    from gitmlops.gate.rules.policies import rules
    from gitmlops.gate.rules.rechecking import Rules, doubts
    from gitmlops.gate.rules.required import doubts as doubts_of_required
    from gitmlops.registry.files.receipts import Trust
    from gitmlops.registry.tags.production import anchor_version, production_version, since_adoption
    from gitmlops.registry.verifying.signers import signers

    counts = since_adoption(repo)

    def doubt(receipt: "Receipt", subject: "Subject") -> str:
        tree = CommitTree(repo, receipt.base)
        elsewhere = doubts_of_required(receipt.required, required) if required else iter(())
        by = Rules(load(tree), load(CommitTree(repo, commit)), tree, required)
        asked = rules(subject.model, by.base, by.head, required)
        stages = by.base.project.stages if by.base.project else ()
        production = production_version(told, stages, subject.model, counts)
        anchor = anchor_version(told, subject.model, counts)
        found = chain(
            elsewhere,
            doubts(subject, by),
            incumbents.doubts(subject, asked, production=production, anchor=anchor),
            looks.doubts(subject, asked, counted_looks.numbers(repo, subject)),
        )
        return next(found, "")

    roles = base.signers.receipts
    keys = tuple(key for person in signers(base, roles) for key in person.keys) if roles else None
    asked = f" --required-policies {required.url}@{required.ref}" if required else ""
    return Trust(workspace.uri(repo, base.project), keys, doubt, asked)


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
