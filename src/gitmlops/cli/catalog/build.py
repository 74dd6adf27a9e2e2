"""gitmlops catalog build"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import workspace
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.catalog.shelf import Place


@click.command()
@click.option("--output", metavar="DIR", default="catalog", show_default=True, help="The folder of the pages.")
def build(output: str) -> None:
    """Write the catalogue of this repository's default branch into a folder: open its index.html."""
    from datetime import UTC, datetime

    from gitmlops.catalog import building
    from gitmlops.catalog.repository import holding
    from gitmlops.catalog.shelf import Shelf
    from gitmlops.specs import kept

    folder = Path(output)
    building.require_ours(folder)
    repo = workspace.repository()
    shelf = Shelf(_here(repo), datetime.now(UTC).date(), kept.of_definitions())
    built = building.build([holding(shelf)], folder, building.Manifest())
    building.write(folder, built)
    say(f"{built.size} files written to {folder}; begin with index.html")


def _here(repo: "Repository") -> "Place":
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.catalog import addresses
    from gitmlops.catalog.shelf import Place
    from gitmlops.definitions import load_project

    commit = repo.resolve(repo.default_branch())
    project = load_project(CommitTree(repo, commit)).project
    return Place(addresses.file_name(project), "", repo, commit)
