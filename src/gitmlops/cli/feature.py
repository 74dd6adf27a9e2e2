"""gitmlops feature"""

from pathlib import Path

import click

from gitmlops.cli.feature_discovery import list_, show
from gitmlops.cli.feature_import import import_
from gitmlops.cli.feature_versions import diff, impact, lock


@click.group()
def feature() -> None:
    """Features: what each is, who uses it, its values as known at a time."""


for command in (list_, show, lock, diff, impact, import_):
    feature.add_command(command)


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
