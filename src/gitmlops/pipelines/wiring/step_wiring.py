"""What is wrong with one step of a pipeline: what it is, what it is given, where its outputs go, its matrix."""

import re
from collections.abc import Iterator, Mapping

from gitmlops.adapters.taken_over import RUN_BY_DVC
from gitmlops.definitions import Definitions, Placed, kind_of
from gitmlops.errors import InputError
from gitmlops.pipelines.contracts.library import Contract
from gitmlops.pipelines.planning import expressions, matrix
from gitmlops.pipelines.planning.scope import Scope
from gitmlops.pipelines.planning.seeds import seeds
from gitmlops.pipelines.wiring.arguments import Argument
from gitmlops.report import Finding, Severity
from gitmlops.specs.hints import nearest
from gitmlops.specs.pipeline import Pipeline, Step, Written

_GONE_BY = re.compile(r"(.*/)?\.(gitignore|gitattributes|gitmodules|dvcignore)|gitmlops\.(yaml|lock)")
_OF_COMMANDS = ("inputs", "deterministic", "resources")


def form(placed: Placed[Pipeline], name: str) -> Iterator[Finding]:
    """A step uses a component or runs a command; each has keys that the other has not; its matrix has names."""
    step = placed.spec.steps[name]
    if (step.uses is None) == (step.run is None):
        what = f"the step {name!r} has both `uses` and `run`" if step.run else f"the step {name!r} does nothing"
        yield _wrong(placed, name, what=what, mend="write `uses:` for a component, or `run:` for a command")
    elif step.run is not None:
        yield from _command_form(placed, name, step)
    else:
        for key in _OF_COMMANDS:
            if getattr(step, key) not in (None, {}):
                mend = "give it below `with:`" if key == "inputs" else "say it in its component.yaml"
                yield _wrong(placed, name, key, what=f"`{key}` belongs to a command", mend=mend)
        for output, to in step.outputs.items():
            if isinstance(to, Written):
                what = "a component says itself what its outputs are"
                yield _wrong(placed, name, "outputs", output, what=what, mend=f"write `{output}: {to.path}`")
    for keys, what, mend in matrix.wrong(step):
        yield _wrong(placed, name, *keys, what=what, mend=mend)


def check(
    definitions: Definitions, placed: Placed[Pipeline], contracts: Mapping[str, Contract], name: str
) -> Iterator[Finding]:
    """A step of the right form whose component is known, in each of its runs. Several runs may say the same."""
    step = placed.spec.steps[name]
    yield from _missing(placed, name, contracts[name])
    yield from _unknown_outputs(placed, name, contracts[name])
    for values in matrix.runs(step):
        scope = Scope(placed.spec, contracts, name, values)
        arguments = [Argument(definitions, scope, key) for key in step.given]
        wrong = [finding for argument in arguments for finding in _argument(placed, argument)]
        yield from wrong
        yield from _places(placed, scope)
        if step.run is not None and not wrong:
            yield from _command(placed, scope)


def _command_form(placed: Placed[Pipeline], name: str, step: Step) -> Iterator[Finding]:
    if step.arguments:
        mend = "write paths below `inputs:`, and values as ${{ params.NAME }} in the command"
        yield _wrong(placed, name, "with", what="a command has no `with`", mend=mend)
    if not step.outputs:
        mend = "add `outputs: {name: path}`: without one nothing says that it ran"
        yield _wrong(placed, name, what=f"the command of step {name!r} writes nothing", mend=mend)


def _argument(placed: Placed[Pipeline], argument: Argument) -> Iterator[Finding]:
    section = "with" if placed.spec.steps[argument.scope.step].run is None else "inputs"
    try:
        argument.require_right()
    except InputError as error:
        yield _wrong(placed, argument.scope.step, section, argument.name, what=error.what, mend=error.mend)


def _command(placed: Placed[Pipeline], scope: Scope) -> Iterator[Finding]:
    step = placed.spec.steps[scope.step]
    try:
        scope.command(dict.fromkeys(step.inputs, ""), dict.fromkeys(step.outputs, ""))
    except InputError as error:
        yield _wrong(placed, scope.step, "run", what=error.what, mend=error.mend)


def _missing(placed: Placed[Pipeline], step: str, contract: Contract) -> Iterator[Finding]:
    spec = contract.spec
    given = {name for name, value in placed.spec.steps[step].given.items() if value is not None}
    required = [name for name, item in spec.inputs.items() if not item.optional]
    seeded = seeds(spec, placed.spec.params, pipeline=placed.spec.name, run=step)
    known = {name for name, item in spec.params.items() if item.optional or item.default is not None} | {*seeded}
    required += [name for name in spec.params if name not in known]
    for name in required:
        if name not in given:
            kind = "input" if name in spec.inputs else "parameter"
            what = f"the step {step!r} does not give {spec.name} its {kind} {name!r}"
            yield _wrong(placed, step, what=what, mend=f"add `{name}:` under `with:`")


def _unknown_outputs(placed: Placed[Pipeline], step: str, contract: Contract) -> Iterator[Finding]:
    known = contract.spec.outputs
    for name in placed.spec.steps[step].outputs:
        if name not in known:
            what = f"{contract.spec.name} has no output {name!r}"
            yield _wrong(placed, step, "outputs", name, what=what, mend=nearest(name, known))


def _places(placed: Placed[Pipeline], scope: Scope) -> Iterator[Finding]:
    for name in placed.spec.steps[scope.step].places:
        keys = (scope.step, "outputs", name)
        try:
            path = scope.output_path(name)
        except InputError as error:
            yield _wrong(placed, *keys, what=error.what, mend=error.mend)
            continue
        if "${" in path:
            what = f"the path {path!r} holds ${{, which DVC reads as its own"
            yield _wrong(placed, *keys, what=what, mend="write ${{ matrix.KEY }}, or rename the file")
        elif kind_of(path) or _steers(path):
            kind = "definition file" if kind_of(path) else "file that git, DVC or gitmlops goes by:"
            what = f"the step would write over the {kind} {path}"
            yield _wrong(placed, *keys, what=what, mend="write somewhere else")


def _steers(path: str) -> bool:
    return bool(RUN_BY_DVC.fullmatch(path) or _GONE_BY.fullmatch(path))


def referred_steps(step: Step) -> set[str]:
    """Names of the steps whose outputs a step refers to; references that cannot be read are told elsewhere."""
    try:
        found = expressions.references(step.given)
    except InputError:
        return set()
    return {item.step for item in found if isinstance(item, expressions.OutputReference)}


def _wrong(placed: Placed[Pipeline], step: str, *keys: str | int, what: str, mend: str) -> Finding:
    return Finding("wiring", Severity.ERROR, what, placed.at("steps", step, *keys), mend)
