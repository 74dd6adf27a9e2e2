"""gitmlops model rollback: look, plan, show, push the tags; then a review and, where asked for, a revert."""

import time
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options
from gitmlops.cli.model.arguments import production_stage_name, signs_releases
from gitmlops.cli.model.rollback import review as rollback_review
from gitmlops.cli.model.tag_writing import Writing, local_option, sign_option, where
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitmlops.registry.changing.transitions import Plan
    from gitmlops.registry.preflight import Look


@click.command()
@click.argument("name")
@click.option("--stage", metavar="STAGE", help="The deployment stage; without it, the one marked as production.")
@click.option("--to", "version", metavar="VERSION", default="", help="The version; without it, the one before.")
@click.option("--reason", metavar="TEXT", required=True, help="Why, in one line; it stands in the tag.")
@click.option(
    "--override", metavar="WHY", default="", help="Go back to a version that would be refused today; why, in one line."
)
@options.required_policies("Hold it against these policies of another repository, too.")
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
    override: str,
    required_policies: str | None,
    revert: bool,
    sign: bool,
    local: bool,
    yes: bool,
    dry_run: bool,
    format_: str,
) -> None:
    """Put the version that was in a deployment stage before back into it. No tag is moved or deleted.

    Looked at before: its tags, whether its files can still be had, whether the features that it reads are what they
    were, and what today's hard-mandatory checks make of it.
    """
    from gitmlops.cli.model.rollback import dispatch
    from gitmlops.cli.model.rollback import preflight as rollback_preflight
    from gitmlops.registry import preflight
    from gitmlops.registry.changing import transitions
    from gitmlops.registry.changing.transitions import Motive
    from gitmlops.registry.tags import history

    repo, remote = where(local)
    told, now = history.read(repo), int(time.time())
    place = stage or production_stage_name(repo)
    if not place:
        raise click.UsageError("gitmlops.yaml marks no stage as production; name one with --stage")
    artifact = told.artifact(name)
    bad, good = transitions.gone_back_to(artifact, place, version)
    looks = rollback_preflight.look(repo, remote, artifact, good, place, now, required_policies)
    overridden = preflight.require(good, looks, override=override)
    if override and not overridden:
        say("nothing would be refused, so the override is not written down")
    dispatched = dispatch.dispatcher(repo, remote, place)
    motive = Motive(reason, dispatched, override if overridden else "", overridden)
    plan = transitions.rollback(told, name=name, stage=place, to=version, motive=motive, now=now)
    if not (yes or dry_run):
        _ask(plan, place, looks)
    writing = Writing(repo, remote, sign or signs_releases(repo), dry_run, format_, looks)
    writing.finish(told, plan, then=f"See to it that what serves reads '{name}#{place}' again.")
    if dry_run:
        return
    from gitmlops.cli.model.rollback import revert as rollback_revert

    rollback_review.open_review(repo, remote, plan, place, reason)
    if revert:
        rollback_revert.revert(repo, remote, bad, reason)


def _ask(plan: "Plan", stage: str, looks: "Sequence[Look]") -> None:
    say(f"{plan.headline}. In {stage} now: {plan.leaves}; then: {plan.version}.")
    for look in looks:
        say(f"  {look.state.value}: {look.said}")
    for tag in plan.tags:
        say(f"  {tag.name} on {tag.commit[:12]}")
    click.confirm("Write these tags?", abort=True, err=True)
