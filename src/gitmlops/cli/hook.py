"""gitmlops hook"""

from pathlib import Path

import click

from gitmlops.cli.show import finish, show


@click.group()
def hook() -> None:
    """What pre-commit calls; see .pre-commit-hooks.yaml."""


@hook.command("large-file")
@click.option("--max-kb", type=click.IntRange(min=1), default=1000, show_default=True, help="Largest size in KiB.")
@click.argument("files", nargs=-1, type=click.Path())
def large_file(max_kb: int, files: tuple[str, ...]) -> None:
    """Refuse FILES that git would store, too large, and neither DVC nor git-lfs does.

    What is staged counts, not what lies on disk. Put `--` before names that may begin with a dash.
    """
    from gitmlops.adapters.git.repository import find
    from gitmlops.hooks.large_file import check, gather

    report = check(gather(find(Path.cwd()), files, folder=Path.cwd()), limit=max_kb)
    show(report)
    finish(report)
