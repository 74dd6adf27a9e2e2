"""The steps of a pipeline with everything resolved: which files they read and write, with which values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from gitmlops.definitions import Definitions, Placed
from gitmlops.pipelines.contracts import library
from gitmlops.pipelines.contracts.library import Contract
from gitmlops.pipelines.planning import expressions, matrix, seeds
from gitmlops.pipelines.planning.expressions import OutputReference, ParameterReference
from gitmlops.pipelines.planning.scope import Paths, Scope
from gitmlops.report import Location
from gitmlops.specs.fields import Json
from gitmlops.specs.pipeline import Pipeline, Step


@dataclass(frozen=True)
class PlannedStep:
    """One run of one step, ready to run.

    name: `step`, or `step@item` with a matrix; inputs, outputs: paths by name, several for an input that takes many;
    command: what a shell is to run, empty for a component; used: the pipeline's parameters that it refers to;
    after: names of the runs whose outputs it reads.
    """

    pipeline: str
    step: str
    item: str
    location: Location
    contract: Contract
    inputs: Mapping[str, Paths]
    params: Mapping[str, Json]
    outputs: Mapping[str, str]
    command: str
    used: tuple[str, ...]
    has_arguments: bool
    after: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name in the pipeline."""
        return matrix.name(self.step, self.item)

    @property
    def stage(self) -> str:
        """The name of its DVC stage."""
        return stage_name(self.pipeline, self.name)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every path of its inputs, sorted."""
        several = ((paths,) if isinstance(paths, str) else paths for paths in self.inputs.values())
        return tuple(sorted({path for paths in several for path in paths}))


def stage_name(pipeline: str, step: str) -> str:
    """The name of a step's DVC stage."""
    return f"{pipeline}-{step}"


def plan(definitions: Definitions, placed: Placed[Pipeline]) -> tuple[PlannedStep, ...]:
    """The runs of a pipeline that `wiring.check` found right, each after those it needs, else in the file's order."""
    steps, contracts = placed.spec.steps, contracts_of(definitions, placed.spec)
    waits = {name: {item.step for item in _outputs_in(step)} for name, step in steps.items()}
    return tuple(
        _planned(placed, Scope(placed.spec, contracts, name, values))
        for name in TopologicalSorter(waits).static_order()
        for values in matrix.runs(steps[name])
    )


def contracts_of(definitions: Definitions, pipeline: Pipeline) -> Mapping[str, Contract]:
    """The contract of each step. Raises InputError if one uses a component that is not there."""
    return {name: library.of_step(definitions, name, step) for name, step in pipeline.steps.items()}


def plan_all(definitions: Definitions) -> tuple[PlannedStep, ...]:
    """The runs of every pipeline, pipelines by name."""
    pipelines = definitions.all(Pipeline)
    return tuple(step for name in sorted(pipelines) for step in plan(definitions, pipelines[name]))


def template(definitions: Definitions, placed: Placed[Pipeline], name: str) -> PlannedStep:
    """All runs of a step in one, with `${item.KEY}` where DVC fills in the value of each; its params mean nothing."""
    values = matrix.placeholders(placed.spec.steps[name])
    return _planned(placed, Scope(placed.spec, contracts_of(definitions, placed.spec), name, values))


def upstream(steps: Sequence[PlannedStep], names: Iterable[str]) -> tuple[PlannedStep, ...]:
    """The steps (`train`: all its runs) or runs (`train@EWR`) of these names and those that they need, in order."""
    chosen = set(names)
    wanted = {(step.pipeline, step.name) for step in steps if chosen & {step.name, step.step}}
    for step in reversed(steps):
        if (step.pipeline, step.name) in wanted:
            wanted |= {(step.pipeline, name) for name in step.after}
    return tuple(step for step in steps if (step.pipeline, step.name) in wanted)


def why(needs: Mapping[str, Sequence[str]], reasons: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """Why each stage would run, those left out that would not: its own reasons, and stages it needs that would run.

    needs: the stages that each needs, each after those.
    """
    found: dict[str, tuple[str, ...]] = {}
    for stage, before in needs.items():
        own = (*reasons.get(stage, ()), *(f"{name} would run" for name in before if name in found))
        if own:
            found[stage] = own
    return found


def _planned(placed: Placed[Pipeline], scope: Scope) -> PlannedStep:
    step, contract = placed.spec.steps[scope.step], scope.contracts[scope.step]
    spec = contract.spec
    given = {key: expressions.resolve(value, scope.lookup) for key, value in step.given.items()}
    defaults = {key: item.default for key, item in spec.params.items() if item.default is not None}
    inputs = {key: _paths(given[key], many=item.many) for key, item in spec.inputs.items() if _is_given(given, key)}
    outputs = {key: scope.output_path(key) for key in spec.outputs}
    used = {
        item.name
        for item in expressions.references([step.given, contract.command])
        if isinstance(item, ParameterReference)
    }
    name = matrix.name(scope.step, matrix.item(step.matrix, scope.values))
    own = seeds.seeds(spec, placed.spec.params, pipeline=placed.spec.name, run=name)
    seeded = {key: value for key, value in own.items() if not _is_given(given, key)}
    return PlannedStep(
        pipeline=placed.spec.name,
        step=scope.step,
        item=matrix.item(step.matrix, scope.values),
        location=placed.at("steps", scope.step),
        contract=contract,
        inputs=inputs,
        params={**defaults, **seeded, **{key: given[key] for key in spec.params if _is_given(given, key)}},
        outputs=outputs,
        command=scope.command(inputs, outputs),
        used=tuple(sorted(used | {seeds.ROOT for _ in seeded})),
        has_arguments=bool(step.given),
        after=tuple(sorted({name for item in _outputs_in(step) for name in _producers(scope, item)})),
    )


def _is_given(given: Mapping[str, Json], name: str) -> bool:
    return given.get(name) is not None


def _paths(value: Json, *, many: bool) -> Paths:
    """One path, or several: a list may hold what is a list itself."""
    if not many:
        return str(value)
    inside = value if isinstance(value, list) else [value]
    return tuple(path for one in inside for path in (one if isinstance(one, list) else [one]))


def _outputs_in(step: Step) -> tuple[OutputReference, ...]:
    return tuple(item for item in expressions.references(step.given) if isinstance(item, OutputReference))


def _producers(scope: Scope, reference: OutputReference) -> Iterator[str]:
    keys = scope.pipeline.steps[reference.step].matrix
    yield from (matrix.name(reference.step, matrix.item(keys, values)) for values in scope.runs(reference))
