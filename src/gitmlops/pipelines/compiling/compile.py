"""Pipelines and models -> plain DVC stages and artifacts in dvc.yaml: same definitions, same bytes."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.pipelines.compiling import block
from gitmlops.pipelines.compiling.dependencies import Closure, Code, dependencies
from gitmlops.pipelines.compiling.stages import scalar, stage
from gitmlops.pipelines.planning.plan import PlannedStep, plan_all, stage_name
from gitmlops.specs.model import Model

_HEADER = "# Compiled by `gitmlops pipeline compile`; edit pipelines/ and models/ instead. sha256:"


def compile(definitions: Definitions, *, closure: Closure, code: Code, current: str) -> str:
    """The new text of dvc.yaml, from definitions without findings and its current text.

    Values of parameters are not in it, so that changing one leaves dvc.yaml as it is.
    Raises InputError if dvc.yaml cannot be edited, or holds a stage or artifact of the same name.
    """
    runs: dict[str, list[PlannedStep]] = {}
    for step in plan_all(definitions):
        runs.setdefault(stage_name(step.pipeline, step.step), []).append(step)
    models = [placed.spec for _, placed in sorted(definitions.all(Model).items())]
    stages = {name: stage(definitions, name, every, closure, code) for name, every in runs.items()}
    # A model of hand-written stages has its artifact where people wrote it, if they did.
    artifacts = {model.name: _artifact(model) for model in models if model.pipeline}
    text = current
    for section, entries in (("stages", stages), ("artifacts", artifacts)):
        text = block.replace(text, section, _signed(entries))
    _require_other_names(current, {"stages": stages, "artifacts": artifacts})
    _require_same_rest(current, text)
    return text


def edited_by_hand(current: str) -> bool:
    """Whether the lines of a block are not those that were compiled."""
    bodies = (block.body(current, section) for section in ("stages", "artifacts"))
    return any(body and body[0] != _HEADER + _digest(body[1:]) for body in bodies)


def read_from_outside(
    definitions: Definitions, steps: Sequence[PlannedStep], closure: Closure, code: Code, current: str
) -> tuple[str, ...]:
    """What the steps read and no stage writes, neither one of a pipeline nor a hand-written one of `current`."""
    written = {PurePosixPath(path) for step in plan_all(definitions) for path in step.outputs.values()}
    written |= set(map(PurePosixPath, outputs_by_hand(current)))
    wanted = {path for step in steps for path in dependencies(definitions, step, closure, code)}
    outside = (path for path in wanted if written.isdisjoint((PurePosixPath(path), *PurePosixPath(path).parents)))
    return tuple(sorted(outside))


def outputs_by_hand(current: str) -> tuple[str, ...]:
    """What the hand-written stages of dvc.yaml write."""
    document = block.document(_without_ours(current))
    found: list[str] = []
    for fields in (fields for fields in (document.get("stages") or {}).values() if isinstance(fields, dict)):
        folder = PurePosixPath(str(fields.get("wdir", ".")))
        outputs = [*(fields.get("outs") or ()), *(fields.get("metrics") or ()), *(fields.get("plots") or ())]
        paths = (path for output in outputs for path in (output if isinstance(output, dict) else (output,)))
        found += [str(folder / str(path)) for path in paths]
    return tuple(found)


def _signed(entries: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    body = tuple(line for lines in entries.values() for line in lines)
    return (_HEADER + _digest(body), *body) if body else ()


def _digest(body: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(body).encode()).hexdigest()


def _artifact(model: Model) -> tuple[str, ...]:
    lines = [f"{model.name}:", f"  path: {scalar(model.artifact)}", "  type: model"]
    lines.append(f"  desc: {scalar(model.intended_use)}")
    if model.tags:
        lines += ["  labels:", *(f"  - {scalar(tag)}" for tag in model.tags)]
    return tuple(lines)


def _require_other_names(current: str, ours: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    rest = block.document(_without_ours(current))
    for section, entries in ours.items():
        for name in entries:
            if name in (rest.get(section) or {}):
                kind = section.removesuffix("s")
                mend = f"rename one of them: ours comes from {'pipelines/' if kind == 'stage' else 'models/'}"
                raise InputError(f"a hand-written {kind} is called {name!r} too", where=block.FILE, mend=mend)


def _require_same_rest(current: str, text: str) -> None:
    if block.document(_without_ours(current)) != block.document(_without_ours(text)):
        mend = "write hand-written stages as `name:` lines below `stages:`, one level deep"
        raise InputError("cannot be edited without changing what else it says", where=block.FILE, mend=mend)
    block.document(text)


def _without_ours(text: str) -> str:
    for section in ("stages", "artifacts"):
        text = block.replace(text, section, ())
    return text
