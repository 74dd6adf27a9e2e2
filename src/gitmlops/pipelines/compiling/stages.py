"""The lines of one DVC stage: same step, same lines."""

import json
import re
from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from gitmlops.definitions import Definitions
from gitmlops.pipelines.compiling.dependencies import Closure, Code, beside_inputs
from gitmlops.pipelines.planning.expressions import as_text
from gitmlops.pipelines.planning.plan import PlannedStep, template
from gitmlops.specs.component import Output
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline

_PLAIN = re.compile(r"[a-zA-Z_][a-zA-Z0-9_./-]*")
_WORDS_WITH_MEANING = ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf")


def stage(
    definitions: Definitions, name: str, runs: Sequence[PlannedStep], closure: Closure, code: Code
) -> tuple[str, ...]:
    """One stage; with a matrix, DVC makes a stage of its own of each run."""
    pipeline = definitions.get(Pipeline, runs[0].pipeline)
    matrix = pipeline.spec.steps[runs[0].step].matrix
    step = template(definitions, pipeline, runs[0].step)
    lines = [f"{name}:"]
    if matrix:
        values = {key: json.dumps([as_text(value) for value in every]) for key, every in matrix.items()}
        lines += ["  matrix:", *(f"    {key}: {listed}" for key, listed in values.items())]
    lines.append(f"  cmd: gitmlops component run {step.pipeline} {step.name}")
    files = code(step.contract)  # once: a step may have a thousand runs
    fixed = {path for run in runs for path in beside_inputs(definitions, run, closure, lambda _: files)}
    deps = {path: scalar(path) for path in fixed} | {path: _template(path) for path in step.reads}
    if deps:
        lines += ["  deps:", *(f"  - {deps[path]}" for path in sorted(deps))]
    lines += ["  params:", f"  - {scalar(step.location.path)}:", *(f"    - {key}" for key in _tracked(step))]
    return (*lines, *_outputs(step, _under_dvc(definitions)), *_meta(step))


def scalar(text: str) -> str:
    """A text as YAML, and as DVC reads it."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_WITH_MEANING:
        return text
    # DVC reads `${x}` as a variable of its own unless it is escaped.
    return json.dumps(text.replace("${", "\\${"), ensure_ascii=False)


def _tracked(step: PlannedStep) -> Iterator[str]:
    """The keys of the pipeline file that decide what a step does."""
    yield f"steps.{step.step}.{'run' if step.contract.command else 'uses'}"
    if step.has_arguments:
        yield f"steps.{step.step}.{'inputs' if step.contract.command else 'with'}"
    yield from (f"params.{name}" for name in step.used)


def _under_dvc(definitions: Definitions) -> set[str]:
    """Baselines that DVC keeps, whatever the component says of its output."""
    models = (placed.spec for placed in definitions.all(Model).values())
    return {model.baseline_path for model in models if model.baseline.store == "dvc"}


def _outputs(step: PlannedStep, under_dvc: Collection[str]) -> Iterator[str]:
    sections: dict[str, list[str]] = {"outs": [], "metrics": [], "plots": []}
    for name, output in step.contract.spec.outputs.items():
        section = "metrics" if output.metric else "plots" if output.plot else "outs"
        path = step.outputs[name]
        sections[section] += _output(_template(path), replace(output, cache=output.cache or path in under_dvc))
    for section, lines in sections.items():
        if lines:
            yield from (f"  {section}:", *lines)


def _output(path: str, output: Output) -> Iterator[str]:
    keys = {} if output.cache else {"cache": "false"}
    if output.plot:
        drawn = {key: getattr(output.plot, key) for key in output.plot.__struct_fields__}
        keys |= {key: scalar(word) for key, word in drawn.items() if word is not None}
    yield f"  - {path}:" if keys else f"  - {path}"
    yield from (f"      {key}: {word}" for key, word in keys.items())


def _meta(step: PlannedStep) -> Iterator[str]:
    """What a runner wants to know, beside what DVC itself reads."""
    spec = step.contract.spec
    known = {"cpus": str(spec.resources.cpus)} if spec.resources.cpus != 1 else {}
    if not spec.deterministic:
        known["deterministic"] = "false"
    if known:
        yield from ("  meta:", "    gitmlops:", *(f"      {key}: {word}" for key, word in known.items()))


def _template(path: str) -> str:
    """Like `scalar`, for a path in which DVC shall fill in `${item.x}`; no other `${` gets so far."""
    return path if _PLAIN.fullmatch(path) and path.lower() not in _WORDS_WITH_MEANING else json.dumps(path)
