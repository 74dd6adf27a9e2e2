"""Pipelines and models -> plain DVC stages and artifacts in dvc.yaml: same definitions, same bytes."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from gitmlops.definitions import Definitions, kind_of
from gitmlops.errors import InputError
from gitmlops.pipelines import block
from gitmlops.pipelines.plan import PlannedStep, plan_all
from gitmlops.specs.model import Model

Closure = Callable[[str], tuple[str, ...]]
_PLAIN = re.compile(r"[a-zA-Z_][a-zA-Z0-9_./-]*")
_WORDS_WITH_MEANING = ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf")
_HEADER = "# Compiled by `gitmlops pipeline compile`; edit pipelines/ and models/ instead. sha256:"


def compile(definitions: Definitions, *, closure: Closure, current: str) -> str:
    """The new text of dvc.yaml, from definitions without findings and its current text.

    closure: the files that a feature set depends on. Values of parameters are not in it, so that changing one leaves
    dvc.yaml as it is. Raises InputError if dvc.yaml cannot be edited, or holds a stage or artifact of the same name.
    """
    steps = plan_all(definitions)
    models = [definitions.all(Model)[name].spec for name in sorted(definitions.all(Model))]
    stages = {step.stage: _stage(definitions, step, closure) for step in steps}
    artifacts = {model.name: _artifact(model) for model in models}
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


def dependencies(definitions: Definitions, step: PlannedStep, closure: Closure) -> tuple[str, ...]:
    """What a step reads: inputs, the code of the repository's own component, definitions and what these rest on."""
    paths = {*step.inputs.values(), *([step.contract.folder] if step.contract.folder else [])}
    for name, parameter in step.contract.spec.params.items():
        if parameter.type == "feature_set" and name in step.params:
            paths |= set(closure(step.params[name]))
        if parameter.type == "model_definition" and name in step.params:
            model = definitions.get(Model, step.params[name])
            # What computes a feature, not its data: when features are asked for later, other data is there.
            computing = (path for path in closure(model.spec.feature_set) if kind_of(path) or path.endswith(".py"))
            paths |= {model.path, *computing}
    return tuple(sorted(paths))


def read_from_outside(
    definitions: Definitions, steps: Sequence[PlannedStep], closure: Closure, current: str
) -> tuple[str, ...]:
    """What the steps read and no stage writes, neither one of a pipeline nor a hand-written one of `current`."""
    written = [PurePosixPath(path) for step in plan_all(definitions) for path in step.outputs.values()]
    written += _outputs_by_hand(block.document(_without_ours(current)))
    wanted = {path for step in steps for path in dependencies(definitions, step, closure)}
    return tuple(sorted(path for path in wanted if not any(PurePosixPath(path).is_relative_to(at) for at in written)))


def _outputs_by_hand(document: Mapping[str, Any]) -> list[PurePosixPath]:
    stages = [stage for stage in (document.get("stages") or {}).values() if isinstance(stage, dict)]
    found = []
    for stage in stages:
        folder = PurePosixPath(str(stage.get("wdir", ".")))
        outputs = [*(stage.get("outs") or ()), *(stage.get("metrics") or ()), *(stage.get("plots") or ())]
        paths = (path for output in outputs for path in (output if isinstance(output, dict) else (output,)))
        found += [folder / str(path) for path in paths]
    return found


def _signed(entries: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    body = tuple(line for lines in entries.values() for line in lines)
    return (_HEADER + _digest(body), *body) if body else ()


def _digest(body: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(body).encode()).hexdigest()


def _stage(definitions: Definitions, step: PlannedStep, closure: Closure) -> tuple[str, ...]:
    lines = [f"{step.stage}:", f"  cmd: gitmlops component run {step.pipeline} {step.name}"]
    if paths := dependencies(definitions, step, closure):
        lines += ["  deps:", *(f"  - {_scalar(path)}" for path in paths)]
    lines += ["  params:", f"  - {_scalar(step.location.path)}:", *(f"    - {key}" for key in _tracked(step))]
    return (*lines, *_outputs(step, metric=False), *_outputs(step, metric=True))


def _tracked(step: PlannedStep) -> Iterator[str]:
    """The keys of the pipeline file that decide what a step does."""
    yield f"steps.{step.name}.uses"
    if step.has_arguments:
        yield f"steps.{step.name}.with"
    yield from (f"params.{name}" for name in step.used)


def _outputs(step: PlannedStep, *, metric: bool) -> Iterator[str]:
    chosen = {name: output for name, output in step.contract.spec.outputs.items() if output.metric is metric}
    if chosen:
        yield "  metrics:" if metric else "  outs:"
    for name, output in chosen.items():
        path = _scalar(step.outputs[name])
        yield from (f"  - {path}",) if output.cache else (f"  - {path}:", "      cache: false")


def _artifact(model: Model) -> tuple[str, ...]:
    lines = [f"{model.name}:", f"  path: {_scalar(model.artifact)}", "  type: model"]
    lines.append(f"  desc: {_scalar(model.intended_use)}")
    if model.tags:
        lines += ["  labels:", *(f"  - {_scalar(tag)}" for tag in model.tags)]
    return tuple(lines)


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_WITH_MEANING:
        return text
    # DVC reads `${x}` as a variable of its own unless it is escaped.
    return json.dumps(text.replace("${", "\\${"), ensure_ascii=False)


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
