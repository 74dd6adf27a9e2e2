"""gitmlops pipeline"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.pipelines.plan import PlannedStep


@click.group()
def pipeline() -> None:
    """Pipelines: steps that use components, compiled to plain DVC stages."""


@pipeline.command("list")
@options.format
def list_pipelines(format_: str) -> None:
    """List the pipelines of the repository, and the models that they make."""
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.report import Report, Table
    from gitmlops.specs.model import Model
    from gitmlops.specs.pipeline import Pipeline

    known = definitions(repository())
    models = [placed.spec for placed in known.all(Model).values()]
    rows = tuple(
        (name, len(placed.spec.steps), ", ".join(m.name for m in models if m.pipeline == name), placed.spec.description)
        for name, placed in sorted(known.all(Pipeline).items())
    )
    show(Report("Pipelines", tables=(Table("", ("pipeline", "steps", "models", "description"), rows),)), format_)


@pipeline.command("compile")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit with 1 if dvc.yaml is not up to date.")
def compile_command(check_only: bool) -> None:
    """Write the pipelines as DVC stages into dvc.yaml, beside hand-written ones.

    Components of other repositories (`uses: git+https://HOST/PATH@COMMIT//FOLDER`) are fetched to imports/ first, and
    pinned in gitmlops.lock: commit both. Nothing of theirs is run. --check fetches nothing.
    """
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import definitions, repository

    repo = repository()
    if not check_only and _fetch(repo):
        say("imports/ and gitmlops.lock written: read what came, and commit it")
    if check_only:
        current, new = _compiled(repo, definitions(repo))
        if current != new:
            _refuse_stale(current, new)
    say("dvc.yaml written" if not check_only and compile_pipelines(repo) else "dvc.yaml is up to date")


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
    current, new = _compiled(repo, known)
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


def compile_pipelines(repository: "Repository") -> bool:
    """Write the pipelines into dvc.yaml, unless they are there; whether it was written. Raises GitmlopsError."""
    from gitmlops.cli.workspace import definitions

    return _write_compiled(repository, *_compiled(repository, definitions(repository)))


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
    current, new = _compiled(repo, known)
    chosen = _steps(known, name, steps)
    if not chosen:
        say("there is no pipeline to run")
        return
    _require_data(repo, known, chosen, current)
    for path, text in edits.items():
        _write(repo, path, text)
    if _write_compiled(repo, current, new):
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


def _compiled(repo: "Repository", known: "Definitions") -> tuple[str, str]:
    """The text of dvc.yaml as it is, and as it should be. Raises InputErrors with all that is wrong with the wiring."""
    from functools import partial

    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.features import wiring as features
    from gitmlops.features.selection import closure
    from gitmlops.pipelines import code, presence
    from gitmlops.pipelines import wiring as pipelines
    from gitmlops.pipelines.compile import compile
    from gitmlops.report import raise_errors

    # Stages can be written before their data are there; running them looks for the data.
    tree, current = WorkTree(repo), _read(repo, "dvc.yaml")
    found = (*features.check(known, lambda _: True), *presence.check(known, tree), *pipelines.check(known))
    raise_errors(found)
    files = partial(closure, known, tree)
    return current, compile(known, closure=files, code=partial(code.files, tree), current=current)


def _fetch(repo: "Repository") -> bool:
    """Bring components of other repositories to what the pipelines say; whether anything was written."""
    from gitmlops.adapters.files import replace_all
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.workspace import definitions
    from gitmlops.pipelines import fetching

    written = fetching.writes(definitions(repo), WorkTree(repo))
    replace_all(repo.root, written)
    return bool(written)


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


def _refuse_stale(current: str, new: str) -> None:
    from difflib import unified_diff

    from gitmlops.errors import Refusal
    from gitmlops.pipelines.compile import edited_by_hand

    names = ("dvc.yaml", "dvc.yaml as compiled")
    click.echo("".join(unified_diff(current.splitlines(True), new.splitlines(True), *names, n=1)), nl=False)
    what = "was edited between the markers" if edited_by_hand(current) else "is older than the definitions"
    raise Refusal(what, where="dvc.yaml", mend="run `gitmlops pipeline compile` and commit it")


def _read(repo: "Repository", path: str) -> str:
    from gitmlops.errors import InputError

    file = repo.root / path
    try:
        return file.read_bytes().decode() if file.exists() else ""
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", where=path, mend="save the file as UTF-8") from error


def _write_compiled(repo: "Repository", current: str, new: str) -> bool:
    if current != new:
        _write(repo, "dvc.yaml", new)
    return current != new


def _write(repo: "Repository", path: str, text: str) -> None:
    from gitmlops.adapters.files import write_atomic

    write_atomic(repo.root / path, text.encode())
