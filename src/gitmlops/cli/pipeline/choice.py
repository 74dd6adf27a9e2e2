"""What `gitmlops pipeline run` is asked to do: which steps, with which values changed first, on which data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.pipelines.planning.plan import PlannedStep


def edits(repo: "Repository", known: "Definitions", name: str | None, settings: tuple[str, ...]) -> dict[str, str]:
    """Path -> new text of the pipeline's file."""
    from gitmlops.errors import InputError, UsageError
    from gitmlops.pipelines.planning.parameters import parse_value, set_value
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


def edited(repo: "Repository", edits: dict[str, str]) -> "Definitions":
    """The definitions as they will be once the edits are written."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import load_valid
    from gitmlops.pipelines.planning.parameters import EditedTree

    return load_valid(EditedTree(WorkTree(repo), {path: text.encode() for path, text in edits.items()}))


def roots(repo: "Repository", *asked: object) -> tuple[Path, ...]:
    """The folders of the DVC projects that are meant: of all, the root alone where something of a pipeline is asked.

    Raises InputError if there is none.
    """
    from gitmlops.adapters.dvc import projects

    return (repo.root,) if any(asked) else projects.folders(repo)


def has_stages(repo: "Repository") -> bool:
    """Whether there is any dvc.yaml."""
    from gitmlops.adapters.git.trees import WorkTree

    return any(path == "dvc.yaml" or path.endswith("/dvc.yaml") for path in WorkTree(repo).paths())


def chosen_steps(known: "Definitions", name: str | None, only: Sequence[str]) -> tuple["PlannedStep", ...]:
    """The steps of a pipeline, or of all of them; of these `only` some, if any are named."""
    from gitmlops.errors import InputError
    from gitmlops.pipelines.planning.plan import plan, plan_all, upstream
    from gitmlops.specs.hints import nearest
    from gitmlops.specs.pipeline import Pipeline

    steps = plan(known, known.get(Pipeline, name)) if name else plan_all(known)
    names = {name for step in steps for name in (step.step, step.name)}
    for step in only:
        if step not in names:
            raise InputError(f"there is no step {step!r}", mend=nearest(step, names))
    return upstream(steps, only) if only else steps


def require_data(repo: "Repository", known: "Definitions", steps: Sequence["PlannedStep"], current: str) -> None:
    """Raises InputErrors with every file that no step writes and that is not there."""
    from functools import partial

    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.errors import InputError, InputErrors
    from gitmlops.features.wiring.selection import closure
    from gitmlops.pipelines.compiling import code
    from gitmlops.pipelines.compiling.compile import read_from_outside

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
