"""One argument of a step against its component's contract: is it what the component asks for?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.pipelines import expressions
from gitmlops.pipelines.expressions import OutputReference, ParameterReference, Reference
from gitmlops.pipelines.library import Contract
from gitmlops.specs.component import ArtifactType, Component, Input, ParameterType
from gitmlops.specs.feature import FeatureSet
from gitmlops.specs.fields import Json, RepositoryPath
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline

_PYTHON_TYPES: Mapping[ParameterType, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
    "feature_set": (str,),
    "model_definition": (str,),
}
_SHOWN: Mapping[type, str] = {dict: "a mapping", list: "a list", bool: "a boolean", str: "text"}
_WHATEVER = "any"


@dataclass(frozen=True)
class Argument:
    """One entry of a step's `with`."""

    definitions: Definitions
    placed: Placed[Pipeline]
    contracts: Mapping[str, Contract]
    step: str
    name: str

    @property
    def value(self) -> Json:
        """What the file gives."""
        return self.placed.spec.steps[self.step].arguments[self.name]

    def require_right(self) -> None:
        """Raises InputError, without a place, unless the component can take it."""
        spec = self.contracts[self.step].spec
        if self.name in spec.inputs:
            self._require_input(spec.inputs[self.name])
        elif self.name in spec.params:
            self._require_parameter(spec.params[self.name].type)
        else:
            known = [*spec.inputs, *spec.params]
            raise InputError(f"{spec.name} has no input or parameter {self.name!r}", mend=nearest(self.name, known))

    def _require_input(self, wanted: Input) -> None:
        if self.value is None and wanted.optional:
            return
        value = expressions.resolve(self.value, lambda reference: self._input(reference, wanted.type))
        try:
            msgspec.convert(value, RepositoryPath)
        except msgspec.ValidationError as error:
            mend = "write a path relative to the repository's root, or ${{ steps.STEP.outputs.OUTPUT }}"
            raise InputError(f"the input {self.name!r} is no path: {value!r}", mend=mend) from error
        if "${" in value:
            raise InputError(f"the path {value!r} holds ${{, which DVC reads as its own", mend="rename the file")

    def _input(self, reference: Reference, wanted: ArtifactType) -> Json:
        if isinstance(reference, ParameterReference):
            return self._pipeline_parameter(reference)
        given = self._producer(reference).outputs[reference.output].type
        if wanted != given and _WHATEVER not in (wanted, given):
            what = f"{self.name!r} must be of type {wanted}; {reference.output!r} of {reference.step!r} is {given}"
            raise InputError(what, mend=self._outputs_of_type(wanted))
        return f"{reference.step}/{reference.output}"

    def _producer(self, reference: OutputReference) -> Component:
        steps = self.placed.spec.steps
        if reference.step not in steps:
            raise InputError(f"there is no step {reference.step!r}", mend=nearest(reference.step, steps))
        if reference.step not in self.contracts:
            raise InputError(f"what {reference.step!r} writes is not known", mend="mend its `uses` first")
        spec = self.contracts[reference.step].spec
        if reference.output not in spec.outputs:
            mend = nearest(reference.output, spec.outputs)
            raise InputError(f"{reference.step!r} has no output {reference.output!r}", mend=mend)
        return spec

    def _outputs_of_type(self, wanted: ArtifactType) -> str:
        fitting = sorted(
            f"steps.{step}.outputs.{name}"
            for step, contract in self.contracts.items()
            for name, output in contract.spec.outputs.items()
            if output.type == wanted and step != self.step
        )
        return f"of this type there is {', '.join(fitting)}" if fitting else f"no step writes a {wanted}"

    def _require_parameter(self, wanted: ParameterType) -> None:
        value = expressions.resolve(self.value, self._parameter)
        if value is None and self._may_be_left_out():
            return
        is_right = isinstance(value, _PYTHON_TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))
        if not is_right:
            what = f"the parameter {self.name!r} must be {_article(wanted)}, not {_shown(value)}"
            raise InputError(what, mend=f'quote it: "{value}"' if wanted == "string" else f"write {_article(wanted)}")
        if wanted == "feature_set":
            self.definitions.get(FeatureSet, value)
        if wanted == "model_definition":
            self.definitions.get(Model, value)

    def _may_be_left_out(self) -> bool:
        parameter = self.contracts[self.step].spec.params[self.name]
        return parameter.optional or parameter.default is not None

    def _parameter(self, reference: Reference) -> Json:
        if isinstance(reference, OutputReference):
            inputs = self.contracts[self.step].spec.inputs
            mend = f"its inputs are {', '.join(inputs)}" if inputs else "it has no inputs"
            raise InputError(f"{self.name!r} is a parameter; a step's output goes to an input", mend=mend)
        return self._pipeline_parameter(reference)

    def _pipeline_parameter(self, reference: ParameterReference) -> Json:
        params = self.placed.spec.params
        if reference.name not in params:
            raise InputError(f"there is no params.{reference.name}", mend=nearest(reference.name, params))
        return params[reference.name]


def arguments_of(
    definitions: Definitions, placed: Placed[Pipeline], contracts: Mapping[str, Contract], step: str
) -> Iterator[Argument]:
    """Every argument of a step whose component is known."""
    for name in placed.spec.steps[step].arguments:
        yield Argument(definitions, placed, contracts, step, name)


def _article(wanted: ParameterType) -> str:
    named = {"string": "text", "integer": "a whole number", "object": "a mapping"}
    return named.get(wanted, f"a {wanted.replace('_', ' ')}")


def _shown(value: Json) -> str:
    return _SHOWN.get(type(value), "") if isinstance(value, dict | list) else repr(value)
