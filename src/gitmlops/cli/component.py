"""gitmlops component"""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import Definitions
    from gitmlops.pipelines.contracts.library import Contract


@click.group()
def component() -> None:
    """Components: the reusable steps of pipelines, the library's and the repository's own."""


@component.command("list")
@options.format
def list_components(format_: str) -> None:
    """List every component that a step can use."""
    from gitmlops.cli.show import show
    from gitmlops.report import Report, Table

    rows = tuple((item.uses, item.spec.owner, item.spec.description) for item in _contracts())
    show(Report("Components", tables=(Table("", ("uses", "owner", "description"), rows),)), format_)


@component.command("show")
@click.argument("name")
@options.format
def show_component(name: str, format_: str) -> None:
    """Show the inputs, parameters and outputs of a component, by NAME or as a step writes it."""
    from gitmlops.cli.show import show
    from gitmlops.errors import InputError
    from gitmlops.pipelines.showing.contract import behaviour, tables
    from gitmlops.report import Report
    from gitmlops.specs.hints import nearest

    contracts = _contracts()
    found = [item for item in contracts if name in (item.spec.name, item.uses)]
    if not found:
        known = [item.spec.name for item in contracts]
        raise InputError(f"there is no component {name!r}", mend=nearest(name, known))
    contract = found[0]
    spec = contract.spec
    facts = (("uses", contract.uses), ("owner", spec.owner), ("entry", spec.entry), *behaviour(spec))
    show(Report(spec.name, (), (spec.description,), facts, tables(spec)), format_)


@component.command("new")
@click.argument("name")
@click.option("--owner", help="Who answers for it; the project's name if it is left out.")
@options.dry_run
def new_component(name: str, owner: str | None, dry_run: bool) -> None:
    """Write component NAME to begin with, and its test: components/NAME/ and tests/. No file is overwritten."""
    from gitmlops.adapters.files import replace_all
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.show import print_text, say
    from gitmlops.cli.workspace import repository, require_project
    from gitmlops.definitions import load_project
    from gitmlops.pipelines.contracts.new_component import files

    repo = repository()
    require_project(repo)
    tree = WorkTree(repo)
    written = files(name, owner=owner or load_project(tree).project, tree=tree)
    if not dry_run:
        replace_all(repo.root, dict(written))
    print_text("\n".join(written))
    say("nothing was written (--dry-run)" if dry_run else f"a step uses it as ./components/{name}")


@component.command("run")
@click.argument("pipeline")
@click.argument("step")
def run_component(pipeline: str, step: str) -> None:
    """Run one STEP of a PIPELINE by hand, as its DVC stage does; what it reads must be there."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.errors import GitmlopsError, InputError
    from gitmlops.pipelines.contracts import presence
    from gitmlops.pipelines.executing import failure
    from gitmlops.pipelines.executing.execute import run_step
    from gitmlops.pipelines.planning.plan import plan
    from gitmlops.pipelines.wiring import check as wiring
    from gitmlops.report import raise_errors
    from gitmlops.specs.hints import nearest
    from gitmlops.specs.pipeline import Pipeline

    repo = repository()
    dvc.require(repo)
    known = definitions(repo)
    placed = known.get(Pipeline, pipeline)
    tree = WorkTree(repo)
    raise_errors((*presence.check(known, tree), *wiring.check(known)))
    steps = {item.name: item for item in plan(known, placed)}
    if step not in steps:
        raise InputError(f"pipeline {pipeline!r} has no step {step!r}", where=placed.path, mend=nearest(step, steps))
    try:
        run_step(repo, steps[step])
    except GitmlopsError as error:
        failure.keep(repo.root, failure.Failure(pipeline, step, str(error), error.exit_code))
        say(f"step {step!r} of pipeline {pipeline!r} ({steps[step].location}) failed:")
        raise
    for path in _strays(tree, known):
        say(f"{path} came while step {step!r} ran; if the step wrote it, declare it as an output")


def _strays(before: "WorkTree", known: "Definitions") -> tuple[str, ...]:
    """New files that are no output of any stage. A step next door, or its user, may have written them."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.pipelines.compiling.compile import outputs_by_hand
    from gitmlops.pipelines.executing.outside import strays
    from gitmlops.pipelines.planning.plan import plan_all

    outputs = {path for step in plan_all(known) for path in step.outputs.values()}
    if "dvc.yaml" in before.paths():
        outputs |= set(outputs_by_hand(before.read("dvc.yaml").decode()))
    return strays(before.paths(), WorkTree(before.repository).paths(), outputs)


def _contracts() -> tuple["Contract", ...]:
    from pathlib import Path

    from gitmlops.adapters.git.repository import find
    from gitmlops.cli.workspace import definitions
    from gitmlops.definitions import PROJECT_FILE
    from gitmlops.errors import InputError
    from gitmlops.pipelines.contracts.library import imported, library, local

    try:
        repo = find(Path.cwd())
    except InputError:  # the library can be read anywhere
        return library()
    if not (repo.root / PROJECT_FILE).exists():
        return library()
    known = definitions(repo)
    return (*library(), *local(known), *imported(known))
