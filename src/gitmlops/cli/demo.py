"""gitmlops demo"""

import os
import shlex
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.errors import Refusal, ToolError

if TYPE_CHECKING:
    from gitmlops.demo.story import Act, Step

MARK = ".gitmlops-demo"
SAMPLE = 2


@click.command()
@click.argument("directory", default="gitmlops-demo", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace an earlier demo in DIRECTORY.")
@click.option("--fast", is_flag=True, help="Use every second flight only; the figures are rougher.")
def demo(directory: Path, force: bool, fast: bool) -> None:
    """Go through the life of a model, on real data, in the new folder DIRECTORY.

    Every command is printed before it runs; all of them are commands that you could type.
    """
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.demo.story import story

    dvc.require_installed()
    began = time.monotonic()
    repository = _empty(directory.resolve(), force)
    if fast:
        click.echo("--fast: every second flight of the data; the figures are rougher than the real ones.")
    acts = story(sample=SAMPLE if fast else 1)
    for number, act in enumerate(acts, 1):
        click.secho(f"\n[{number}/{len(acts)}] {act.title}  ({act.who})", bold=True)
        _play(act, repository)
    _where_to_look(directory, time.monotonic() - began)


def _empty(directory: Path, force: bool) -> Path:
    """The new work tree: a folder with a bare repository and a storage beside it."""
    from gitmlops.adapters.git import authoring

    if directory.exists() and any(directory.iterdir()):
        if not (directory / MARK).exists():
            raise Refusal(f"{directory} has files that are not a demo's", mend="name another folder")
        if not force:
            click.confirm(f"{directory} holds an earlier demo. Replace it?", abort=True, err=True)
        shutil.rmtree(directory)
    (directory / "storage").mkdir(parents=True)
    (directory / MARK).write_text("made by `gitmlops demo`, which may replace this folder\n")
    # In somebody's repository, git would take the demo's own repositories for parts of it.
    (directory / ".gitignore").write_text("*\n")
    authoring.initialise(directory / "origin.git", bare=True)
    repository = authoring.initialise(directory / "flights")
    authoring.set_identity(repository, name="Demo Team", email="team@example.com")
    return repository.root


def _play(act: "Act", repository: Path) -> None:
    from gitmlops.demo.story import BEFORE

    before = _newest_tag(repository)
    for step in act.steps:
        command = step.command.replace(BEFORE, before)
        click.secho(f"\n# {step.meaning}", dim=True)
        click.echo(f"$ {command}")
        sys.stdout.flush()
        began = time.monotonic()
        for part in command.split(" && "):
            _run(part, step, repository)
        if (took := time.monotonic() - began) >= 1:
            click.secho(f"  ({took:.1f} s)", dim=True)


def _run(command: str, step: "Step", repository: Path) -> None:
    from gitmlops.adapters.system import process

    code = process.attach(*_words(command), cwd=repository, environment=_environment())
    if code != step.exit_code:
        raise ToolError(
            f"ended with {code}, {step.exit_code} was expected",
            where=command,
            mend=f"look round in {repository}, and run the demo again with --force",
        )


def _words(command: str) -> list[str]:
    """The command with our own Python's programs, whatever PATH says."""
    program, *arguments = shlex.split(command)
    own = {"python": [], "dvc": ["-m", "dvc"], "gitmlops": ["-m", "gitmlops"]}
    return [sys.executable, *own[program], *arguments] if program in own else [program, *arguments]


def _environment() -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    return {
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "DVC_NO_ANALYTICS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ADVICE": "0",
    }


def _newest_tag(repository: Path) -> str:
    """When the newest tag was made; tags of one model are a second apart, so a quick demo runs ahead of the clock."""
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.tag_reading import read_all

    moment = max((tag.time for tag in read_all(Repository(repository))), default=0)
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _where_to_look(directory: Path, seconds: float) -> None:
    place = shlex.quote(str(directory / "flights"))
    click.secho(f"\nDone in {seconds:.0f} s. Where to look:", bold=True)
    for what, how in (
        ("all of it, as a site", f"{place}/reports/catalog/index.html"),
        ("the summer, as a page", f"{place}/reports/monitor.html"),
        ("the gate's verdict, as a page", f"{place}/reports/gate.html"),
        ("the body of the retraining pull request", f"{place}/reports/retraining.md"),
        ("the story in git", f"git -C {place} log --graph --oneline --all"),
        ("the registry", f"git -C {place} tag --list -n1"),
        ("the pipeline", f"{_typed('dvc')} --cd {place} dag"),
        ("what runs in production", f"{_typed('gitmlops')} -C {place} model show flight-delay"),
    ):
        click.echo(f"  {what:<40} {how}")


def _typed(program: str) -> str:
    """What a user types to start a program of ours: its name, or its path where the environment is not activated."""
    own = Path(sys.executable).with_name(program)
    found = shutil.which(program)
    if not own.exists() or (found and own.samefile(found)):
        return program
    return shlex.quote(str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own))
