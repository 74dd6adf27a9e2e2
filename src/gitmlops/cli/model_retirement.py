"""gitmlops model deprecate: what shall not be used any more; no tag is moved or deleted."""

import time

import click

from gitmlops.cli import options
from gitmlops.cli.model_arguments import signs_releases
from gitmlops.cli.show import say
from gitmlops.cli.tag_writing import Writing, local_option, sign_option, where


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

    repo, remote = where(local)
    told = history.read(repo)
    plan = transitions.deprecate(told, name=name, reason=reason, instead=instead, now=int(time.time()))
    placed = reports.still_in_stages(told.artifact(name))
    if not (yes or dry_run):
        say(f"{plan.headline}. " + (f"It stays where it is: {placed}." if placed else "It is in no stage."))
        click.confirm("Write this tag?", abort=True, err=True)
    writing = Writing(repo, remote, sign or signs_releases(repo), dry_run, format_)
    then = f"Tell those who use it: {placed}." if placed else ""
    writing.finish(told, plan, then=then)
