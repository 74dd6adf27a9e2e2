"""gitmlops model get: a version's files."""

from pathlib import Path

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model.arguments import choose
from gitmlops.cli.show import show


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="A folder that is new or empty.")
@options.format
def get(reference: str, output: Path, format_: str) -> None:
    """Write a version's model file, card, baseline and manifest to a folder, compared with what its tag pins."""
    from gitmlops.registry import artifacts, delivery, outcomes
    from gitmlops.registry.contents import Contents

    repo = workspace.repository()
    _, version = choose(repo, reference)
    contents = Contents(repo, version.commit)
    files = delivery.gather(contents, version, artifacts.path_of(contents.tree, version))
    delivery.write(files, output)
    show(outcomes.delivered(version, files, str(output)), format_)
