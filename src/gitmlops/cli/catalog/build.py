"""gitmlops catalog build"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.report import Report

repo_option = click.option(
    "--repo", "urls", metavar="URL", multiple=True, help="Another repository in place of this one; repeatable."
)
day_option = click.option(
    "--date",
    "day",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Count days left by this day, in place of today.",
)


@click.command()
@repo_option
@click.option("--output", metavar="DIR", default="catalog", show_default=True, help="The folder of the pages.")
@day_option
@click.option("--strict", is_flag=True, help="Exit with 1 if something could not be read; it is written all the same.")
@options.dry_run
@options.format
def build(urls: tuple[str, ...], output: str, day: datetime | None, strict: bool, dry_run: bool, format_: str) -> None:
    """Write pages of what this repository's default branch and tags hold, and its `registries:`, into a folder.

    Open its index.html: the pages need no server and load nothing from elsewhere. Only what changed is written anew.
    What cannot be read is told on the pages, and the rest is written.
    """
    from gitmlops.cli.show import finish, show

    report = built(urls, Path(output), today() if day is None else day.date(), strict=strict, dry_run=dry_run)
    show(report, format_)
    finish(report)


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()


def built(urls: tuple[str, ...], folder: Path, day: date, *, strict: bool, dry_run: bool) -> "Report":
    """Bring a folder up to date. Raises InputError for one that holds something else."""
    from gitmlops.catalog import building, keeping
    from gitmlops.catalog.report import report
    from gitmlops.cli.catalog import gathering
    from gitmlops.report import Severity

    building.require_ours(folder)
    with gathering.memory() as memory:
        found = gathering.holdings(urls, memory, day)
        site = building.build(found, day, folder, keeping.manifest(memory, folder), _beside(folder))
        if not dry_run:
            building.write(folder, site)
            keeping.keep_manifest(memory, folder, site.manifest)
    return report(found, site, folder, severity=Severity.ERROR if strict else Severity.WARNING)


def _beside(folder: Path) -> dict[str, bytes]:
    """Inside of a repository, what keeps the pages out of its commits: they are made of what it holds."""
    from gitmlops.cli import workspace
    from gitmlops.errors import InputError

    try:
        root = workspace.repository().root.resolve()
    except InputError:
        return {}
    return {".gitignore": b"*\n"} if folder.resolve().is_relative_to(root) else {}
