"""gitmlops model get: a version's files."""

from pathlib import Path

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model.arguments import choose
from gitmlops.cli.progress import progress
from gitmlops.cli.show import show


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="A folder that is new or empty.")
@options.format
def get(reference: str, output: Path, format_: str) -> None:
    """Write a version's model file, card, baseline and manifest to a folder, compared with what its tag pins.

    What this machine lacks is fetched from the DVC remote.
    """
    from gitmlops.registry.files import artifacts, delivery
    from gitmlops.registry.files.contents import Contents
    from gitmlops.registry.reporting import outcomes

    repo = workspace.repository()
    _, version = choose(repo, reference)
    contents = Contents(repo, version.commit)
    artifact = artifacts.path_of(contents.tree, version)
    with progress(f"getting {version.name} {version.version}"):
        delivery.bring(contents, artifact)
        files = delivery.gather(contents, version, artifact)
    delivery.write(files, output)
    show(outcomes.delivered(version, files, str(output)), format_)
