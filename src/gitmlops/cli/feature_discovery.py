"""gitmlops feature list, show, search"""

import click

from gitmlops.cli import options


@click.command("list")
@options.format
def list_(format_: str) -> None:
    """List the feature views with their features, entities, owners and users."""
    from gitmlops.cli.show import show as show_report
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.overview import listing

    show_report(listing(definitions(repository())), format_)


@click.command("show")
@click.argument("reference", metavar="VIEW[@vN[:FEATURE]]")
@options.format
def show(reference: str, format_: str) -> None:
    """Show a view (its newest version, or vN) or one feature: definition, lineage up to the data, users, statistics."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.show import show as show_report
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features import overview, statistics_report

    repo = repository()
    known = definitions(repo)
    report = overview.show(known, reference)
    show_report(statistics_report.added(report, known, WorkTree(repo), reference), format_)
