"""gitmlops feature"""

import click

from gitmlops.cli.feature.build import build
from gitmlops.cli.feature.discovery import list_, search, show
from gitmlops.cli.feature.import_ import import_
from gitmlops.cli.feature.serving import export, skew
from gitmlops.cli.feature.snapshot import snapshot
from gitmlops.cli.feature.test import test
from gitmlops.cli.feature.values import get
from gitmlops.cli.feature.versions import diff, impact, lock


@click.group()
def feature() -> None:
    """Features: what each is, who uses it, its values as known at a time."""


for command in (search, list_, show, get, build, test, export, skew, snapshot, lock, diff, impact, import_):
    feature.add_command(command)
