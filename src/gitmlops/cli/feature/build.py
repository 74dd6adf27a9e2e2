"""gitmlops feature build"""

import click

from gitmlops.cli import options
from gitmlops.specs.engine import EngineName


@click.command()
@click.argument("views", nargs=-1, metavar="[VIEW[@vN]]...")
@click.option("--all", "all_", is_flag=True, help="Every view of this repository.")
@options.engine
@options.dry_run
@options.format
@options.output
def build(
    views: tuple[str, ...], all_: bool, engine: EngineName | None, dry_run: bool, format_: str, output: str | None
) -> None:
    """Write the rows of views to data/features/VIEW@vN under DVC, a Parquet file a month (UTC), and their statistics.

    Only months that new, changed or late rows reach are made again; another definition makes all of them. A build
    that was interrupted, in whatever way, is finished by the next one.
    """
    if bool(views) == all_:
        raise click.UsageError("name views, or --all")
    from gitmlops.adapters.dvc import command
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.progress import progress
    from gitmlops.cli.show import say, show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.building import build as building
    from gitmlops.features.building import build_report, statistics, view_arguments

    repo = repository()
    known = definitions(repo)
    chosen = view_arguments.own(known) if all_ else view_arguments.named(known, views)
    digests = view_arguments.definition_digests(known, WorkTree(repo), chosen)
    if not dry_run:
        command.require(repo)
    built = []
    for view in chosen:
        with progress(f"building {view.spec.id}"):
            run = building.look if dry_run else building.build
            built.append(run(repo.root, known, view, digests[view.spec.id], engine or known.engine))
            if not dry_run:
                statistics.write(repo.root, known, view)
    if dry_run:
        say("nothing was written (--dry-run)")
    elif built:
        command.add(repo, [one.folder for one in built])
    show(build_report.report(built, dry_run=dry_run), format_, output)
