"""gitmlops feature"""

from pathlib import Path

import click

from gitmlops.cli import options


@click.group()
def feature() -> None:
    """Features: what each is, who uses it, its values as known at a time."""


@feature.command("list")
@options.format
def list_(format_: str) -> None:
    """List the feature views with their features, entities, owners and users."""
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.overview import listing

    show(listing(definitions(repository())), format_)


@feature.command("show")
@click.argument("reference", metavar="VIEW[@vN[:FEATURE]]")
@options.format
def show_(reference: str, format_: str) -> None:
    """Show a view (its newest version, or vN) or one feature: definition, lineage up to the data, users."""
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features import overview

    show(overview.show(definitions(repository()), reference), format_)


@feature.command("get")
@click.option(
    "--entities", required=True, type=click.Path(path_type=Path), help="Rows with keys and time: Parquet or CSV."
)
@click.option("--set", "feature_set", required=True, metavar="NAME", help="The feature set.")
@click.option("--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Parquet file to write.")
@click.option("--time", default="event_timestamp", show_default=True, metavar="COLUMN", help="The rows' time.")
def get(entities: Path, feature_set: str, output: Path, time: str) -> None:
    """Append the features of a set to entity rows, each as it was known at the row's own time."""
    if output.suffix != ".parquet":
        raise click.BadParameter("the result is Parquet: end the name with .parquet", param_hint="--output")
    from gitmlops.adapters import tables
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features import entity_rows, selection
    from gitmlops.features.retrieval import retrieve

    repo = repository()
    known = definitions(repo)
    rows = entity_rows.read(entities, selection.keys(known, feature_set), time=time)
    frame = retrieve(repo.root, known, rows, feature_set=feature_set, time=time)
    tables.write(frame, output)
    say(f"written to {output}: {len(frame):,} rows, {len(frame.columns) - len(rows.columns)} features")
