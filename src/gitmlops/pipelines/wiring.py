"""What is wrong with the wiring of pipelines, found before anything runs."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath

from gitmlops.definitions import Definitions, Placed, kind_of
from gitmlops.errors import InputError
from gitmlops.pipelines import expressions, library
from gitmlops.pipelines.arguments import Argument, arguments_of
from gitmlops.pipelines.expressions import OutputReference
from gitmlops.pipelines.library import Contract
from gitmlops.pipelines.plan import output_path, stage_name
from gitmlops.report import Finding, Severity
from gitmlops.specs.component import Component
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline


def check(definitions: Definitions) -> tuple[Finding, ...]:
    """Everything that is wrong between pipelines, components, models and each other; empty if all of it fits."""
    pipelines = definitions.all(Pipeline)
    found = [finding for component in definitions.all(Component).values() for finding in _component(component)]
    contracts: dict[str, Mapping[str, Contract]] = {}
    for name, placed in pipelines.items():
        contracts[name], wrong = _contracts(definitions, placed)
        found += [*wrong, *_steps(definitions, placed, contracts[name]), *_cycles(placed)]
    found += [*_stage_names(pipelines), *_overlaps(pipelines, contracts)]
    for model in definitions.all(Model).values():
        found += _model(model, pipelines, contracts)
    return tuple(found)


def _component(placed: Placed[Component]) -> Iterator[Finding]:
    folder = PurePosixPath(placed.path).parent.name
    if placed.spec.name != folder:
        yield _wrong(placed, "name", what=f"the component is in the folder {folder!r}", mend=f"name it {folder}")
    for name in sorted(set(placed.spec.inputs) & set(placed.spec.params)):
        what = f"{name!r} is an input and a parameter"
        yield _wrong(placed, "params", name, what=what, mend="rename one of them: a step gives both in `with`")
    module, _, function = placed.spec.entry.partition(":")
    if not module.isidentifier() or not function.isidentifier():
        mend = f"write module:function, e.g. {folder}:run"
        yield _wrong(placed, "entry", what=f"{placed.spec.entry!r} names no function", mend=mend)


def _contracts(
    definitions: Definitions, placed: Placed[Pipeline]
) -> tuple[Mapping[str, Contract], tuple[Finding, ...]]:
    contracts, wrong = {}, []
    for name, step in placed.spec.steps.items():
        try:
            contracts[name] = library.find(definitions, step.uses)
        except InputError as error:
            wrong.append(_wrong(placed, "steps", name, "uses", what=error.what, mend=error.mend))
    return contracts, tuple(wrong)


def _steps(definitions: Definitions, placed: Placed[Pipeline], contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    for name, contract in contracts.items():
        yield from _missing(placed, name, contract.spec)
        yield from _moved(placed, name, contract.spec)
        for argument in arguments_of(definitions, placed, contracts, name):
            yield from _argument(argument)


def _argument(argument: Argument) -> Iterator[Finding]:
    try:
        argument.require_right()
    except InputError as error:
        keys = ("steps", argument.step, "with", argument.name)
        yield _wrong(argument.placed, *keys, what=error.what, mend=error.mend)


def _missing(placed: Placed[Pipeline], step: str, spec: Component) -> Iterator[Finding]:
    given = {name for name, value in placed.spec.steps[step].arguments.items() if value is not None}
    required = [name for name, item in spec.inputs.items() if not item.optional]
    required += [name for name, item in spec.params.items() if not item.optional and item.default is None]
    for name in required:
        if name not in given:
            kind = "input" if name in spec.inputs else "parameter"
            what = f"the step {step!r} does not give {spec.name} its {kind} {name!r}"
            yield _wrong(placed, "steps", step, what=what, mend=f"add `{name}:` under `with:`")


def _moved(placed: Placed[Pipeline], step: str, spec: Component) -> Iterator[Finding]:
    for name, path in placed.spec.steps[step].outputs.items():
        keys = ("steps", step, "outputs", name)
        if name not in spec.outputs:
            yield _wrong(placed, *keys, what=f"{spec.name} has no output {name!r}", mend=nearest(name, spec.outputs))
        elif "${" in path:
            yield _wrong(placed, *keys, what="an output's path has no expressions", mend="write the path out")
        elif kind_of(path):
            what = f"the step would write over the definition file {path}"
            yield _wrong(placed, *keys, what=what, mend="write somewhere else")


def _cycles(placed: Placed[Pipeline]) -> Iterator[Finding]:
    waits: dict[str, set[str]] = {}
    for name, step in placed.spec.steps.items():
        waits[name] = {reference.step for value in step.arguments.values() for reference in _outputs_in(value)}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        what = f"the steps wait for each other: {' -> '.join(circle)}"
        yield _wrong(placed, "steps", circle[0], what=what, mend="take one of these outputs from another step")


def _outputs_in(value: object) -> tuple[OutputReference, ...]:
    try:
        return tuple(item for item in expressions.references(value) if isinstance(item, OutputReference))
    except InputError:  # found, with its place, where the arguments are checked
        return ()


def _stage_names(pipelines: Mapping[str, Placed[Pipeline]]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for placed in pipelines.values():
        for step in placed.spec.steps:
            stage = stage_name(placed.spec.name, step)
            if stage in seen:
                what = f"its stage {stage} has the name of the stage of {seen[stage]}"
                yield _wrong(placed, "steps", step, what=what, mend="rename the step or the pipeline")
            seen.setdefault(stage, f"step {step!r} of pipeline {placed.spec.name!r}")


def _overlaps(
    pipelines: Mapping[str, Placed[Pipeline]], contracts: Mapping[str, Mapping[str, Contract]]
) -> Iterator[Finding]:
    """Outputs at one path, or one inside another."""
    writers: dict[PurePosixPath, str] = {}
    for placed, step, output, path in _written(pipelines, contracts):
        place = PurePosixPath(path)
        taken = next((at for at in writers if at.is_relative_to(place) or place.is_relative_to(at)), None)
        if taken is not None:
            what = f"{writers[taken]} writes {taken} too" if taken == place else f"{writers[taken]} writes {taken}"
            keys = ("steps", step, "outputs", output)
            yield _wrong(placed, *keys, what=f"{path}: {what}", mend="give each output a place of its own")
        writers.setdefault(place, f"step {step!r} of pipeline {placed.spec.name!r}")


def _written(
    pipelines: Mapping[str, Placed[Pipeline]], contracts: Mapping[str, Mapping[str, Contract]]
) -> Iterator[tuple[Placed[Pipeline], str, str, str]]:
    for name, placed in pipelines.items():
        for step, contract in contracts[name].items():
            for output in contract.spec.outputs:
                yield placed, step, output, output_path(placed.spec, step, output, contract)


def _model(
    model: Placed[Model],
    pipelines: Mapping[str, Placed[Pipeline]],
    contracts: Mapping[str, Mapping[str, Contract]],
) -> Iterator[Finding]:
    spec = model.spec
    if spec.pipeline not in pipelines:
        what = f"there is no pipeline {spec.pipeline!r}"
        yield _wrong(model, "pipeline", what=what, mend=nearest(spec.pipeline, pipelines))
        return
    placed = pipelines[spec.pipeline]
    if len(contracts[spec.pipeline]) < len(placed.spec.steps):
        return  # a step that uses nothing known may be the one that writes it
    written = {
        path
        for _, step, output, path in _written({spec.pipeline: placed}, contracts)
        if contracts[spec.pipeline][step].spec.outputs[output].type in ("model", "any")
    }
    if spec.artifact not in written:
        what = f"no step of pipeline {spec.pipeline!r} writes a model to {spec.artifact}"
        yield _wrong(model, "artifact", what=what, mend=nearest(spec.artifact, written))


def _wrong(placed: Placed[Pipeline] | Placed[Model] | Placed[Component], *keys: str, what: str, mend: str) -> Finding:
    return Finding("wiring", Severity.ERROR, what, placed.at(*keys), mend)
