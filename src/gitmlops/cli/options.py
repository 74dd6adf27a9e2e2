"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from gitmlops.render.formats import FORMATS
from gitmlops.specs.engine import EngineName

Command = TypeVar("Command", bound=Callable[..., object])

format = click.option("--format", "format_", type=click.Choice(FORMATS), default="text", help="How to show the result.")
output = click.option(
    "--output", type=click.Path(dir_okay=False), help="Write the result to a file too; its suffix names the format."
)
dry_run = click.option("--dry-run", is_flag=True, help="Show what would be written, write nothing.")
staged = click.option("--staged", is_flag=True, help="Judge what is staged for the next commit, not what lies on disk.")
engine = click.option(
    "--engine", type=click.Choice(get_args(EngineName)), help="What computes it, in place of gitmlops.yaml's `engine`."
)
yes = click.option("--yes", is_flag=True, help="Do not ask.")


def required_policies(help_: str) -> Callable[[Command], Command]:
    """The option that names policies of another repository; twice it would be a question of order which ones count."""
    name, metavar = "--required-policies", "GIT_URL@REF"
    return click.option(name, metavar=metavar, multiple=True, callback=_only_one, help=help_)


def _only_one(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> str | None:
    if len(given) > 1:
        what = f"there are {len(given)} of them, and one repository is asked: gather the policies in one"
        raise click.BadParameter(what)
    return given[0] if given else None


class DataPath(click.Path):
    """A file or a folder of this machine, and in words of its own what is elsewhere."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if "://" in str(value):
            mend = "bring it here first, with `dvc import-url` or as a mounted folder"
            self.fail(f"{value} is not on this machine; {mend}", param, ctx)
        return super().convert(value, param, ctx)


DATA = DataPath(exists=True, path_type=Path)
