"""The steps of a pipeline with everything resolved: which files they read and write, with which values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from gitmlops.definitions import Definitions, Placed
from gitmlops.pipelines import expressions, library
from gitmlops.pipelines.expressions import OutputReference, ParameterReference, Reference
from gitmlops.pipelines.library import Contract
from gitmlops.report import Location
from gitmlops.specs.component import SUFFIXES
from gitmlops.specs.fields import Json
from gitmlops.specs.pipeline import Pipeline


@dataclass(frozen=True)
class PlannedStep:
    """One step, ready to run. inputs, outputs: paths by name; used: the pipeline's parameters that it refers to."""

    pipeline: str
    name: str
    location: Location
    contract: Contract
    inputs: Mapping[str, str]
    params: Mapping[str, Json]
    outputs: Mapping[str, str]
    used: tuple[str, ...]
    has_arguments: bool
    after: tuple[str, ...]

    @property
    def stage(self) -> str:
        """The name of its DVC stage."""
        return stage_name(self.pipeline, self.name)


def stage_name(pipeline: str, step: str) -> str:
    """The name of a step's DVC stage."""
    return f"{pipeline}-{step}"


def output_path(pipeline: Pipeline, step: str, output: str, contract: Contract) -> str:
    """Where a step's output goes: where the step says, else `build/<pipeline>/<step>/<output>` with a suffix."""
    suffix = SUFFIXES[contract.spec.outputs[output].type]
    return pipeline.steps[step].outputs.get(output) or f"build/{pipeline.name}/{step}/{output}{suffix}"


def plan(definitions: Definitions, placed: Placed[Pipeline]) -> tuple[PlannedStep, ...]:
    """The steps of a pipeline that `wiring.check` found right, each after those it needs, else in the file's order."""
    steps = {name: _plan_step(definitions, placed, name) for name in placed.spec.steps}
    order = TopologicalSorter({name: step.after for name, step in steps.items()}).static_order()
    return tuple(steps[name] for name in order)


def plan_all(definitions: Definitions) -> tuple[PlannedStep, ...]:
    """The steps of every pipeline, pipelines by name."""
    pipelines = definitions.all(Pipeline)
    return tuple(step for name in sorted(pipelines) for step in plan(definitions, pipelines[name]))


def upstream(steps: Sequence[PlannedStep], names: Iterable[str]) -> tuple[PlannedStep, ...]:
    """The steps of these names and those that they need, in the order of `steps`."""
    wanted = {(step.pipeline, step.name) for step in steps if step.name in set(names)}
    for step in reversed(steps):
        if (step.pipeline, step.name) in wanted:
            wanted |= {(step.pipeline, name) for name in step.after}
    return tuple(step for step in steps if (step.pipeline, step.name) in wanted)


def why(steps: Sequence[PlannedStep], reasons: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Why each step would run, by stage: DVC's reasons, or the steps before it that would run."""
    found: dict[str, tuple[str, ...]] = {}
    for step in steps:
        waits = [name for name in step.after if stage_name(step.pipeline, name) in found]
        own = (*reasons.get(step.stage, ()), *(f"{name} would run" for name in waits))
        if own:
            found[step.stage] = own
    return found


def _plan_step(definitions: Definitions, placed: Placed[Pipeline], name: str) -> PlannedStep:
    pipeline = placed.spec
    step = pipeline.steps[name]
    contract = library.find(definitions, step.uses)

    def lookup(reference: Reference) -> Json:
        if isinstance(reference, ParameterReference):
            return pipeline.params[reference.name]
        producer = library.find(definitions, pipeline.steps[reference.step].uses)
        return output_path(pipeline, reference.step, reference.output, producer)

    given = {key: expressions.resolve(value, lookup) for key, value in step.arguments.items()}
    referred = expressions.references(step.arguments)
    spec = contract.spec
    defaults = {key: item.default for key, item in spec.params.items() if item.default is not None}
    return PlannedStep(
        pipeline=pipeline.name,
        name=name,
        location=placed.at("steps", name),
        contract=contract,
        inputs={key: str(given[key]) for key in spec.inputs if given.get(key) is not None},
        params={**defaults, **{key: given[key] for key in spec.params if given.get(key) is not None}},
        outputs={key: output_path(pipeline, name, key, contract) for key in spec.outputs},
        used=tuple(sorted({item.name for item in referred if isinstance(item, ParameterReference)})),
        has_arguments=bool(step.arguments),
        after=tuple(sorted({item.step for item in referred if isinstance(item, OutputReference)})),
    )
