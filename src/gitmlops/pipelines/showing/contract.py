"""What a component's contract says of its inputs, parameters and outputs, in words for a table."""

import json
from collections.abc import Mapping

from gitmlops.report import Table
from gitmlops.specs.component import Component, Input, Output, Parameter


def takes(given: Input) -> str:
    """The type of an input, how many paths it may be, and the columns that it must have."""
    return f"{given.type}{', one path or several' * given.many}{_columns(given.schema)}"


def value(parameter: Parameter) -> str:
    """The type of a parameter, and which values it may have."""
    items = f" of {parameter.items}" if parameter.items else ""
    listed = ", ".join(json.dumps(item) for item in parameter.enum)
    return f"{parameter.type}{items}{_limits(parameter)}{f': {listed}' if listed else ''}"


def makes(output: Output) -> str:
    """The type of an output, the columns that it has for certain, and which of DVC's commands show it."""
    shown = [name for name, is_shown in (("metric", output.metric), ("plot", output.plot is not None)) if is_shown]
    return "".join([output.type, _columns(output.schema), *(f", {name}" for name in shown)])


def behaviour(spec: Component) -> tuple[tuple[str, str], ...]:
    """Whether it repeats itself, and what it takes of the machine."""
    same = "yes: the same inputs and parameters give the same bytes" if spec.deterministic else "no"
    return (("deterministic", same), ("cpus", str(spec.resources.cpus)))


def tables(spec: Component) -> tuple[Table, ...]:
    """Inputs, parameters and outputs, in the order of the contract."""
    inputs = tuple((name, takes(item), not item.optional, item.description) for name, item in spec.inputs.items())
    params = tuple(
        (name, value(item), not item.optional and item.default is None, _default(item), item.description)
        for name, item in spec.params.items()
    )
    outputs = tuple(
        (name, makes(item), "DVC" if item.cache else "git", item.description) for name, item in spec.outputs.items()
    )
    return (
        Table("Inputs", ("name", "type", "required", "description"), inputs),
        Table("Parameters", ("name", "type", "required", "default", "description"), params),
        Table("Outputs", ("name", "type", "kept in", "description"), outputs),
    )


def _default(parameter: Parameter) -> str:
    return "" if parameter.default is None else json.dumps(parameter.default)


def _limits(parameter: Parameter) -> str:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    return f", at least {low:g}" if low is not None else f", at most {high:g}" if high is not None else ""


def _columns(schema: Mapping[str, str]) -> str:
    return f" with {', '.join(f'{name}: {dtype}' for name, dtype in schema.items())}" if schema else ""
