"""gitmlops feature: values of features."""

from pathlib import Path

import click

from gitmlops.cli import options
from gitmlops.specs.engine import EngineName


@click.command()
@click.option(
    "--entities", required=True, type=click.Path(path_type=Path), help="Rows with keys and time: Parquet or CSV."
)
@click.option("--set", "feature_set", metavar="NAME", help="The feature set.")
@click.option("--features", metavar="PIN,...", help="Features, in place of a set: view@v1:feature, or name@v1.")
@click.option(
    "--output", required=True, type=click.Path(path_type=Path), help="Parquet to write: a file, by Spark a folder."
)
@click.option("--time", default="event_timestamp", show_default=True, metavar="COLUMN", help="The rows' time.")
@options.engine
def get(
    entities: Path,
    feature_set: str | None,
    features: str | None,
    output: Path,
    time: str,
    engine: EngineName | None,
) -> None:
    """Append features to entity rows, each as it was known at the row's own time.

    The environment's GITMLOPS_MEMORY_LIMIT (e.g. 2GB) bounds the memory; what does not fit goes to temporary files.
    """
    if output.suffix != ".parquet":
        raise click.BadParameter("the result is Parquet: end the name with .parquet", param_hint="--output")
    if (feature_set is None) == (features is None):
        raise click.UsageError("name either --set or --features")
    from gitmlops.cli.progress import progress
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.join.file_retrieval import retrieve_file
    from gitmlops.features.wiring import selection

    repo = repository()
    known = definitions(repo)
    if feature_set is not None:
        chosen = selection.select(known, feature_set)
    else:
        chosen = selection.select_pins(known, [pin.strip() for pin in (features or "").split(",")])
    with progress(f"getting {len(chosen)} features"):
        by = engine or known.engine
        written = retrieve_file(repo.root, known, entities, output, chosen=chosen, time=time, engine=by)
    say(f"written to {output}: {written.rows:,} rows, {written.features} features")
