"""gitmlops pipeline"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options
from gitmlops.cli.pipeline_compile import compile_command, compiled, write, write_compiled
from gitmlops.cli.pipeline_show import graph, list_pipelines, show_pipeline

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.pipelines.plan import PlannedStep


@click.group()
def pipeline() -> None:
    """Pipelines: steps that use components or run commands, compiled to plain DVC stages."""


for command in (list_pipelines, show_pipeline, graph, compile_command):
    pipeline.add_command(command)


@pipeline.command("run")
@click.argument("name", required=False)
@click.option("--steps", default="", metavar="A,B", help="Only these steps and what they need.")
@click.option("--force", is_flag=True, help="Run steps that are up to date, too.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="First change this value in the file.")
def run(name: str | None, steps: str, force: bool, settings: tuple[str, ...]) -> None:
    """Run what is not up to date of pipeline NAME (of every pipeline without a NAME), through DVC.

    KEY is `params.x` or `steps.STEP.with.x`; VALUE is a number, true, false, a JSON list or mapping, or else text.
    """
    from gitmlops.cli.workspace import definitions, repository

    repo = repository()
    known = definitions(repo)
    edits = _edits(repo, known, name, settings)
    if edits:
        known = _edited(repo, edits)
    _run(repo, known, name, steps=[step for step in steps.split(",") if step], force=force, edits=edits)


@pipeline.command("status")
@click.argument("name", required=False)
@options.format
def status(name: str | None, format_: str) -> None:
    """Say which steps would run, and why."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.errors import InputError
    from gitmlops.pipelines.plan import why
    from gitmlops.report import Report, Table

    repo = repository()
    dvc.require_installed()
    dvc.require(repo)
    known = definitions(repo)
    current, new = compiled(repo, known)
    if current != new:
        raise InputError(
            "is older than the definitions", where="dvc.yaml", mend="run `gitmlops pipeline compile` first"
        )
    steps = _steps(known, name, ())
    reasons = why(steps, dvc.reasons(repo, [step.stage for step in steps]) if steps else {})
    rows = tuple((step.pipeline, step.name, reason) for step in steps for reason in reasons.get(step.stage, ()))
    tables = (Table("What would run", ("pipeline", "step", "because"), rows),) if rows else ()
    summary = f"{len(reasons)} of {len(steps)} steps would run" if rows else "Everything is up to date."
    show(Report("Pipeline status", summary=(summary,), tables=tables), format_)


def run_pipeline(repository: "Repository", name: str) -> None:
    """Compile if needed, then run what is not up to date of a pipeline. Raises GitmlopsError."""
    from gitmlops.cli.workspace import definitions

    _run(repository, definitions(repository), name, steps=(), force=False, edits={})


def _run(
    repo: "Repository",
    known: "Definitions",
    name: str | None,
    *,
    steps: Sequence[str],
    force: bool,
    edits: dict[str, str],
) -> None:
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.cli.show import say

    dvc.require_installed()
    dvc.require(repo)
    current, new = compiled(repo, known)
    chosen = _steps(known, name, steps)
    if not chosen:
        say("there is no pipeline to run")
        return
    _require_data(repo, known, chosen, current)
    for path, text in edits.items():
        write(repo, path, text)
    if write_compiled(repo, current, new):
        say("dvc.yaml written")
    _reproduce(repo, [step.stage for step in chosen], force=force)


def _reproduce(repo: "Repository", stages: Sequence[str], *, force: bool) -> None:
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.errors import ToolError
    from gitmlops.pipelines import failure

    failure.forget(repo.root)
    try:
        dvc.reproduce(repo, stages, force=force)
    except ToolError as error:
        failed = failure.last(repo.root)
        raise failed.error() if failed else error from error


def _edits(repo: "Repository", known: "Definitions", name: str | None, settings: tuple[str, ...]) -> dict[str, str]:
    """Path -> new text of the pipeline's file."""
    from gitmlops.errors import InputError, UsageError
    from gitmlops.pipelines.parameters import parse_value, set_value
    from gitmlops.specs.pipeline import Pipeline

    if not settings:
        return {}
    pipelines = known.all(Pipeline)
    if name is None and len(pipelines) != 1:
        raise UsageError("--set needs to know which pipeline", mend="name it: gitmlops pipeline run NAME --set ...")
    path = known.get(Pipeline, name or next(iter(pipelines))).path
    text = (repo.root / path).read_bytes().decode()
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.startswith(("params.", "steps.")):
            raise UsageError(f"--set {setting}", mend="write params.NAME=VALUE or steps.STEP.with.NAME=VALUE")
        try:
            text = set_value(text, key.split("."), parse_value(value))
        except InputError as error:
            raise InputError(error.what, where=path, mend=error.mend) from error
    return {path: text}


def _edited(repo: "Repository", edits: dict[str, str]) -> "Definitions":
    """The definitions as they will be once the edits are written."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import load_valid
    from gitmlops.pipelines.parameters import EditedTree

    return load_valid(EditedTree(WorkTree(repo), {path: text.encode() for path, text in edits.items()}))


def _steps(known: "Definitions", name: str | None, only: Sequence[str]) -> tuple["PlannedStep", ...]:
    """The steps of a pipeline, or of all of them; of these `only` some, if any are named."""
    from gitmlops.errors import InputError
    from gitmlops.pipelines.plan import plan, plan_all, upstream
    from gitmlops.specs.hints import nearest
    from gitmlops.specs.pipeline import Pipeline

    steps = plan(known, known.get(Pipeline, name)) if name else plan_all(known)
    names = {name for step in steps for name in (step.step, step.name)}
    for step in only:
        if step not in names:
            raise InputError(f"there is no step {step!r}", mend=nearest(step, names))
    return upstream(steps, only) if only else steps


def _require_data(repo: "Repository", known: "Definitions", steps: Sequence["PlannedStep"], current: str) -> None:
    """Raises InputErrors with every file that no step writes and that is not there."""
    from functools import partial

    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.errors import InputError, InputErrors
    from gitmlops.features.selection import closure
    from gitmlops.pipelines import code
    from gitmlops.pipelines.compile import read_from_outside

    tree = WorkTree(repo)
    wanted = read_from_outside(known, steps, partial(closure, known, tree), partial(code.files, tree), current)
    missing = [path for path in wanted if not tree.exists(path)]
    if not missing:
        return
    tracked = pointers.read(tree)
    errors = []
    for path in missing:
        mend = f"import it, then run `dvc add {path}`"
        if pointers.covering(path, tracked):
            mend = f"run `dvc checkout {path}` or `dvc pull {path}`"
        errors.append(InputError("the data is not here", where=path, mend=mend))
    raise InputErrors(errors)
