"""gitmlops model deprecate, deregister, remove: what shall not be used any more; no tag is moved or deleted."""

import time
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options
from gitmlops.cli.model.arguments import signs_releases
from gitmlops.cli.model.tag_writing import Writing, local_option, sign_option, where
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.registry.changing.transitions import Plan


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
    from gitmlops.registry.changing import retirement
    from gitmlops.registry.reporting import reports
    from gitmlops.registry.tags import history

    repo, remote = where(local)
    told = history.read(repo)
    plan = retirement.deprecate(told, name=name, reason=reason, instead=instead, now=int(time.time()))
    placed = reports.still_in_stages(told.artifact(name))
    if not (yes or dry_run):
        _ask(plan, f"It stays where it is: {placed}." if placed else "It is in no stage.")
    writing = Writing(repo, remote, sign or signs_releases(repo), dry_run, format_)
    then = f"Tell those who use it: {placed}." if placed else ""
    writing.finish(told, plan, then=then)


@click.command()
@click.argument("reference", metavar="NAME@VERSION")
@click.option("--reason", metavar="TEXT", required=True, help="Why, in one line; it stands in the tag.")
@sign_option
@local_option
@options.yes
@options.dry_run
@options.format
def deregister(reference: str, reason: str, sign: bool, local: bool, yes: bool, dry_run: bool, format_: str) -> None:
    """Say that a version is none: nobody can name, promote or go back to it any more. Its number stays taken.

    Refused while it is in a deployment stage.
    """
    from gitmlops.registry.changing import retirement
    from gitmlops.registry.tags import history, references

    wanted = references.parse(reference)
    if not wanted.version:
        raise click.UsageError(f"{reference!r} names no version; write NAME@VERSION")
    repo, remote = where(local)
    told, now = history.read(repo), int(time.time())
    plan = retirement.deregister(told, name=wanted.artifact, version=wanted.version, reason=reason, now=now)
    if not (yes or dry_run):
        _ask(plan, "It cannot be registered again under this number.")
    writing = Writing(repo, remote, sign or signs_releases(repo), dry_run, format_)
    writing.finish(told, plan, then=f"See what is left: `gitmlops model history {wanted.artifact}`.")


@click.command()
@click.argument("reference", metavar="NAME#STAGE")
@click.option("--reason", metavar="TEXT", required=True, help="Why, in one line; it stands in the tag.")
@click.option("--leave-empty", is_flag=True, help="Production, too, may be left without a version.")
@sign_option
@local_option
@options.yes
@options.dry_run
@options.format
def remove(
    reference: str, reason: str, leave_empty: bool, sign: bool, local: bool, yes: bool, dry_run: bool, format_: str
) -> None:
    """Take a model out of a deployment stage, and every version that was in it before: the stage is empty then.

    To have the version before in it, use `model rollback`.
    """
    from gitmlops.cli import approval_source as sources
    from gitmlops.registry.changing import retirement
    from gitmlops.registry.tags import history, references
    from gitmlops.registry.tags.production import production_stage

    wanted = references.parse(reference)
    if not wanted.stage:
        raise click.UsageError(f"{reference!r} names no stage; write 'NAME#STAGE'")
    repo, remote = where(local)
    base, told = sources.base_project_if_any(repo, remote, fetch=True), history.read(repo)
    stage = production_stage(base.stages) if base else None
    production = "" if leave_empty or stage is None else stage.name
    plan = retirement.remove(
        told, name=wanted.artifact, stage=wanted.stage, production=production, reason=reason, now=int(time.time())
    )
    if not (yes or dry_run):
        _ask(
            plan, f"In {wanted.stage} now: {plan.leaves}; then: nothing. DVC knows no removal, and will still name it."
        )
    writing = Writing(repo, remote, sign or signs_releases(repo), dry_run, format_)
    writing.finish(told, plan, then=f"See to it that nothing serves '{reference}' any more.")


def _ask(plan: "Plan", effect: str) -> None:
    say(f"{plan.headline}. {effect}")
    click.confirm("Write these tags?" if len(plan.tags) > 1 else "Write this tag?", abort=True, err=True)
