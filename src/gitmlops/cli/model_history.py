"""gitmlops model list, show, history: what the tags tell, in one git call."""

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model_arguments import choose, moment
from gitmlops.cli.show import show as show_report

at_option = click.option("--at", metavar="DATE|REF", help="As it was at a date (its end, UTC), a time or a commit.")


@click.command("list")
@at_option
@options.format
@options.output
def list_(at: str | None, format_: str, output: str | None) -> None:
    """Every model with its latest version and what is in each deployment stage."""
    from gitmlops.registry import history, reports

    repo = workspace.repository()
    as_of = moment(repo, at)
    show_report(reports.listing(history.read(repo), at=as_of), format_, output)


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@at_option
@options.format
@options.output
def show(reference: str, at: str | None, format_: str, output: str | None) -> None:
    """One version: its evidence, and which version is in which stage since when, by whom and why."""
    from gitmlops.registry import reports

    repo = workspace.repository()
    as_of = moment(repo, at)
    artifact, chosen = choose(repo, reference, at=as_of)
    show_report(reports.version(artifact, chosen, at=as_of), format_, output)


@click.command()
@click.argument("name")
@options.format
@options.output
def history(name: str, format_: str, output: str | None) -> None:
    """Everything that happened to a model, the latest first."""
    from gitmlops.registry import history, reports

    artifact = history.read(workspace.repository()).artifact(name)
    show_report(reports.log(artifact), format_, output)
