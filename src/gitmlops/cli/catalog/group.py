"""gitmlops catalog"""

import click

from gitmlops.cli.lazy import Entry, LazyGroup

COMMANDS = {
    "build": Entry("gitmlops.cli.catalog.build:build", "Write the catalogue as a folder of pages."),
    "serve": Entry("gitmlops.cli.catalog.serve:serve", "Build it, and show it to the browsers of this machine."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def catalog() -> None:
    """The catalogue: features, models, policies and drift, for people who do not use a terminal."""
