"""What is wrong with the wiring of pipelines, found before anything runs."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.pipelines.contracts import library
from gitmlops.pipelines.contracts.library import Contract
from gitmlops.pipelines.planning import matrix
from gitmlops.pipelines.planning.plan import stage_name
from gitmlops.pipelines.planning.scope import Scope
from gitmlops.pipelines.wiring import contract_wiring, step_wiring
from gitmlops.report import Finding, Severity
from gitmlops.specs.component import Component
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline


def check(definitions: Definitions) -> tuple[Finding, ...]:
    """Everything that is wrong between pipelines, components, models and each other; empty if all of it fits."""
    pipelines = definitions.all(Pipeline)
    found = [finding for item in definitions.all(Component).values() for finding in contract_wiring.check(item)]
    contracts: dict[str, Mapping[str, Contract]] = {}
    for name, placed in pipelines.items():
        contracts[name], wrong = _contracts(definitions, placed)
        found += [*wrong, *_cycles(placed)]
        for step in contracts[name]:
            found += step_wiring.check(definitions, placed, contracts[name], step)
    found += [*_stage_names(pipelines), *_overlaps(pipelines, contracts)]
    for model in definitions.all(Model).values():
        found += _model(model, pipelines, contracts)
    return tuple(dict.fromkeys(found))


def _contracts(
    definitions: Definitions, placed: Placed[Pipeline]
) -> tuple[Mapping[str, Contract], tuple[Finding, ...]]:
    """Of the steps that are of the right form and use what is there; and what is wrong with the others."""
    contracts: dict[str, Contract] = {}
    wrong: list[Finding] = []
    for name, step in placed.spec.steps.items():
        malformed = tuple(step_wiring.form(placed, name))
        wrong += malformed
        if malformed:
            continue
        try:
            contracts[name] = library.of_step(definitions, name, step)
        except InputError as error:
            wrong.append(_wrong(placed, "steps", name, "uses", what=error.what, mend=error.mend))
    return contracts, tuple(wrong)


def _cycles(placed: Placed[Pipeline]) -> Iterator[Finding]:
    waits = {name: step_wiring.referred_steps(step) for name, step in placed.spec.steps.items()}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        what = f"the steps wait for each other: {' -> '.join(circle)}"
        yield _wrong(placed, "steps", circle[0], what=what, mend="take one of these outputs from another step")


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
    holds: dict[PurePosixPath, PurePosixPath] = {}  # a folder -> the first that is written somewhere inside it
    for placed, step, output, path in _written(pipelines, contracts):
        place = PurePosixPath(path)
        taken = next((at for at in (place, *place.parents) if at in writers), holds.get(place))
        if taken is not None:
            what = f"{writers[taken]} writes {taken} too" if taken == place else f"{writers[taken]} writes {taken}"
            keys = ("steps", step.partition("@")[0], "outputs", output)
            yield _wrong(placed, *keys, what=f"{path}: {what}", mend="give each output a place of its own")
        writers.setdefault(place, f"step {step!r} of pipeline {placed.spec.name!r}")
        for folder in place.parents:
            holds.setdefault(folder, place)


def _written(
    pipelines: Mapping[str, Placed[Pipeline]], contracts: Mapping[str, Mapping[str, Contract]]
) -> Iterator[tuple[Placed[Pipeline], str, str, str]]:
    """Pipeline, run, output and path of all that is written to a path that can be told."""
    for name, placed in pipelines.items():
        for step, contract in contracts[name].items():
            spec = placed.spec.steps[step]
            for values in matrix.runs(spec):
                run = matrix.name(step, matrix.item(spec.matrix, values))
                scope = Scope(placed.spec, contracts[name], step, values)
                for output in contract.spec.outputs:
                    with suppress(InputError):  # told where the step is checked
                        yield placed, run, output, scope.output_path(output)


def _model(
    model: Placed[Model],
    pipelines: Mapping[str, Placed[Pipeline]],
    contracts: Mapping[str, Mapping[str, Contract]],
) -> Iterator[Finding]:
    spec = model.spec
    if spec.pipeline is None:
        return
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
        if contracts[spec.pipeline][step.partition("@")[0]].spec.outputs[output].type in ("model", "any")
    }
    if spec.artifact not in written:
        what = f"no step of pipeline {spec.pipeline!r} writes a model to {spec.artifact}"
        yield _wrong(model, "artifact", what=what, mend=nearest(spec.artifact, written))


def _wrong(placed: Placed[Pipeline] | Placed[Model], *keys: str, what: str, mend: str) -> Finding:
    return Finding("wiring", Severity.ERROR, what, placed.at(*keys), mend)
