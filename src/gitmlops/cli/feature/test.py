"""gitmlops feature test"""

from datetime import UTC, datetime

import click

from gitmlops.cli import options
from gitmlops.cli.moments import Moment
from gitmlops.specs.engine import EngineName


@click.command("test")
@click.argument("views", nargs=-1, metavar="[VIEW[@vN]]...")
@click.option("--now", type=Moment(), help="The moment that freshness counts from.  [default: the clock's]")
@options.engine
@options.format
@options.output
def test(
    views: tuple[str, ...], now: datetime | None, engine: EngineName | None, format_: str, output: str | None
) -> None:
    """Test the data of views (of all in this repository) by their definitions; exit with 1 if a test fails.

    Types, rows without a key, rows there twice (keys, time, ingestion time), each feature's `nullable` and `tests`,
    and freshness. Examples of failing rows are shown, values of personal features never.
    """
    from gitmlops.cli.progress import progress
    from gitmlops.cli.show import finish, show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.features.building import value_tests, view_arguments

    moment = now or datetime.now(UTC)
    repo = repository()
    known = definitions(repo)
    tested = []
    for view in view_arguments.named(known, views) if views else view_arguments.own(known):
        with progress(f"testing {view.spec.id}"):
            tested.append(value_tests.test(repo.root, known, view, now=moment, engine=engine or known.engine))
    report = value_tests.report(tested)
    show(report, format_, output)
    finish(report)
