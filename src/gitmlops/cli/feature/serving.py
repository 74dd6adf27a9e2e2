"""gitmlops feature export, skew: latest values for serving, and whether they are what was known."""

from datetime import UTC, datetime
from pathlib import Path

import click

from gitmlops.cli import options
from gitmlops.cli.moments import Moment


@click.command()
@click.argument("views", nargs=-1, metavar="[VIEW[@vN]]...")
@click.option("--to", "target", required=True, metavar="sqlite:PATH", help="The file; it is replaced whole.")
@click.option("--set", "sets", multiple=True, metavar="NAME", help="A feature set; several if named several times.")
@click.option("--at", type=Moment(), help="The moment whose latest values are written.  [default: the clock's]")
@options.dry_run
def export(views: tuple[str, ...], target: str, sets: tuple[str, ...], at: datetime | None, dry_run: bool) -> None:
    """Write the latest values of feature sets and views to a SQLite file for serving.

    gitmlops.features.OnlineStore reads it: a value that has outlived its TTL when it is read is null. Windows are
    those that end at the moment of the export: export as often as they must be fresh. On-demand features are refused.
    """
    path = _path(target)
    if not (views or sets):
        raise click.UsageError("name views, or --set")
    from gitmlops.cli.progress import progress
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.building import view_arguments
    from gitmlops.features.serving import export as exports

    repo = repository()
    known = definitions(repo)
    wanted = exports.sets(known, sets, view_arguments.named(known, views))
    if dry_run:
        say(f"would be written to {path}: {', '.join(wanted)}; nothing was written (--dry-run)")
        return
    with progress(f"exporting {len(wanted)} sets"):
        done = exports.export(repo.root, known, wanted, path, at=at or datetime.now(UTC))
    for view, rows in done.rows.items():
        say(f"{view}: {rows:,} keys")
    say(f"written to {path}: {', '.join(done.sets)}")


@click.command()
@click.argument("store", required=False, metavar="[sqlite:PATH]")
@click.option("--log", type=click.Path(path_type=Path), help="A prediction log, in place of a store: Parquet.")
@click.option("--set", "sets", multiple=True, metavar="NAME", help="A feature set; of a store all, unless named.")
@click.option("--now", type=Moment(), help="When the store is read.  [default: when it was written]")
@click.option("--sample", type=click.IntRange(min=1), default=1000, show_default=True, help="Rows to compare.")
@options.format
@options.output
def skew(
    store: str | None,
    log: Path | None,
    sets: tuple[str, ...],
    now: datetime | None,
    sample: int,
    format_: str,
    output: str | None,
) -> None:
    """Compare what a store serves, or a model saw, with what was known at that moment; exit with 1 if it differs.

    A log has the columns time, key.<name> and feature.<name>. On-demand features are not compared.
    """
    if (store is None) == (log is None):
        raise click.UsageError("name a store, or --log")
    if log is not None and len(sets) != 1:
        raise click.UsageError("name the set of the log's features with --set")
    from gitmlops.cli.show import finish, show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.serving import skew as skews
    from gitmlops.features.serving.online_store import OnlineStore

    repo = repository()
    known = definitions(repo)
    if log is not None:
        compared, missing = skews.of_log(repo.root, known, log, sets[0], sample=sample)
        report = skews.report({sets[0]: compared}, missing)
    else:
        with OnlineStore(_path(store or "")) as opened:
            moment = now or opened.exported_at
            report = skews.report(
                {
                    name: skews.of_store(repo.root, known, opened, name, sample=sample, now=moment)
                    for name in sets or opened.sets
                }
            )
    show(report, format_, output)
    finish(report)


def _path(target: str) -> Path:
    scheme, _, path = target.partition(":")
    if scheme != "sqlite" or not path:
        raise click.UsageError(f"{target!r} is no store: write sqlite:PATH")
    return Path(path)
