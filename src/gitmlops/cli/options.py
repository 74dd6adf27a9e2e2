"""Options that several commands share."""

import click

from gitmlops.render.formats import FORMATS

format = click.option("--format", "format_", type=click.Choice(FORMATS), default="text", help="How to show the result.")
output = click.option(
    "--output", type=click.Path(dir_okay=False), help="Write the result to a file too; its suffix names the format."
)
dry_run = click.option("--dry-run", is_flag=True, help="Show what would be written, write nothing.")
yes = click.option("--yes", is_flag=True, help="Do not ask.")
