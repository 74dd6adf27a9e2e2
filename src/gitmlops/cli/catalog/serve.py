"""gitmlops catalog serve"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click

from gitmlops.cli.catalog.build import day_option, repo_option


@click.command()
@repo_option
@click.option("--output", metavar="DIR", default="catalog", show_default=True, help="The folder of the pages.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="The port; 0 for one that is free."
)
@day_option
def serve(urls: tuple[str, ...], output: str, port: int, day: datetime | None) -> None:
    """Build the catalogue and show it to the browsers of this machine, until Ctrl-C.

    The first line says at which address. Nobody else on the network can reach it.
    """
    from gitmlops.adapters.reaching import pages
    from gitmlops.cli.catalog.build import built, today
    from gitmlops.cli.show import print_text, say
    from gitmlops.errors import InputError

    folder = Path(output)
    report = built(urls, folder, today() if day is None else day.date(), strict=False, dry_run=False)
    for finding in report.findings:
        say(finding.message)
    try:
        with suppress(KeyboardInterrupt):
            pages.serve(folder, port, print_text)
    except OSError as error:
        mend = "name another port, or none for one that is free"
        raise InputError(f"cannot be used: {error.strerror or error}", where=f"--port {port}", mend=mend) from error
