"""gitmlops feature snapshot"""

from datetime import UTC, datetime

import click

from gitmlops.cli import options


@click.command()
@click.argument("source")
@options.dry_run
def snapshot(source: str, dry_run: bool) -> None:
    """Run a source's query in its warehouse; write the rows to the source's path as Parquet under DVC.

    The environment's variable that `snapshot: connection` names holds the SQLAlchemy URL; it is never shown or kept.
    A query with `:since` adds the rows since the newest one that is here.
    """
    from gitmlops.adapters.dvc import command
    from gitmlops.cli.progress import progress
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.building import snapshots
    from gitmlops.specs.feature import Source

    repo, now = repository(), datetime.now(UTC)
    found = definitions(repo).get(Source, source)
    if dry_run:
        plan = snapshots.plan(repo.root, found, now=now)
        say(f"would be written to {plan.path}: the rows{_since(plan.since)}; nothing was written (--dry-run)")
        return
    command.require(repo)
    with progress(f"querying for {source}"):
        taken = snapshots.take(repo.root, found, now=now)
    command.add(repo, [found.spec.path])
    say(f"written to {taken.path}: {taken.rows:,} rows{_since(taken.since)}")


def _since(time: str) -> str:
    return f" since {time}" if time else ""
