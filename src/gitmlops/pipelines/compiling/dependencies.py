"""What a step reads: files of the repository that its stage depends on."""

from collections.abc import Callable
from pathlib import PurePosixPath

from gitmlops.definitions import Definitions, kind_of
from gitmlops.pipelines.contracts.library import Contract
from gitmlops.pipelines.planning.plan import PlannedStep
from gitmlops.specs.model import Model

Closure = Callable[[str], tuple[str, ...]]
"""Of a feature set: the files that it depends on."""
Code = Callable[[Contract], tuple[str, ...]]
"""Of a contract: the files of the repository that its component's code is made of."""


def dependencies(definitions: Definitions, step: PlannedStep, closure: Closure, code: Code) -> tuple[str, ...]:
    """What a run of a step reads, sorted: its inputs, and what `beside_inputs` says."""
    return tuple(sorted({*step.reads, *beside_inputs(definitions, step, closure, code)}))


def beside_inputs(definitions: Definitions, step: PlannedStep, closure: Closure, code: Code) -> set[str]:
    """The code of a component, the environment's lock file, definitions and what these rest on."""
    paths = {*code(step.contract), *([step.contract.folder] if step.contract.folder else [])}
    if definitions.project and definitions.project.environment:
        paths.add(definitions.project.environment)
    for name, parameter in step.contract.spec.params.items():
        if parameter.type == "feature_set" and name in step.params:
            paths |= set(closure(step.params[name]))
        if parameter.type == "model_definition" and name in step.params:
            model = definitions.get(Model, step.params[name])
            # What computes a feature, not its data: when features are asked for later, other data is there.
            read = closure(model.spec.feature_set) if model.spec.feature_set else ()
            paths |= {model.path, *(path for path in read if kind_of(path) or path.endswith(".py"))}
    return {path for path in paths if path == step.contract.folder or not _is_inside(path, step.contract.folder)}


def _is_inside(path: str, folder: str) -> bool:
    return bool(folder) and PurePosixPath(path).is_relative_to(folder)
