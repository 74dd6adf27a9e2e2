"""gitmlops pipeline compare"""

import click

from gitmlops.cli import options


@click.command()
@click.argument("before", default="HEAD")
@click.argument("after", required=False)
@options.format
@options.output
def compare(before: str, after: str | None, format_: str, output: str | None) -> None:
    """Show which metrics, parameters and plots differ from BEFORE to AFTER, and which way.

    Each is a branch, a tag or a commit; without AFTER it is the work tree, without BEFORE the last commit.
    """
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import versions
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import repository

    repo = repository()
    dvc.require_installed()
    dvc.require(repo)
    versions.require_tested("comparing", instead="`dvc metrics diff`, `dvc params diff` and `dvc plots diff`")
    from gitmlops.adapters.dvc.internal.differences import WORK_TREE, between
    from gitmlops.pipelines.showing.comparison import report

    revisions = [repo.resolve(before), repo.resolve(after) if after else WORK_TREE]
    names = (before, after or "work tree")
    shown = [sha if sha != WORK_TREE else "work tree" for sha in revisions]
    found = between(repo, *revisions)
    show(report(*names, found, shas=shown, named=dict(zip(revisions, names, strict=True))), format_, output)
