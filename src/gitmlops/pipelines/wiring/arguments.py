"""One argument of a step against its component's contract: is it what the component asks for?"""

from dataclasses import dataclass

import msgspec

from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.pipelines.planning import expressions
from gitmlops.pipelines.planning.expressions import OutputReference, Reference
from gitmlops.pipelines.planning.scope import Scope
from gitmlops.pipelines.wiring import values
from gitmlops.specs.component import ArtifactType, Component, Input, Output, Parameter
from gitmlops.specs.feature import FeatureSet
from gitmlops.specs.fields import Json, RepositoryPath
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model

_WHATEVER = "any"


@dataclass(frozen=True)
class Argument:
    """One entry of a step's `with`, or of the `inputs` of a command, in one run of the step."""

    definitions: Definitions
    scope: Scope
    name: str

    @property
    def value(self) -> Json:
        """What the file gives."""
        return self.scope.pipeline.steps[self.scope.step].given[self.name]

    @property
    def spec(self) -> Component:
        """The contract of the step's component."""
        return self.scope.contracts[self.scope.step].spec

    def require_right(self) -> None:
        """Raises InputError, without a place, unless the component can take it."""
        if self.name in self.spec.inputs:
            self._require_input(self.spec.inputs[self.name])
        elif self.name in self.spec.params:
            self._require_parameter(self.spec.params[self.name])
        else:
            known = [*self.spec.inputs, *self.spec.params]
            raise InputError(
                f"{self.spec.name} has no input or parameter {self.name!r}", mend=nearest(self.name, known)
            )

    def _require_input(self, wanted: Input) -> None:
        if self.value is None and wanted.optional:
            return
        resolved = expressions.resolve(self.value, lambda reference: self._input(reference, wanted))
        if isinstance(resolved, list) and not wanted.many:
            what = f"the input {self.name!r} takes one path, and this is a list"
            raise InputError(what, mend="give one path, or use a component whose input takes `many`")
        for path in _flat(resolved):
            self._require_path(path)

    def _require_path(self, path: Json) -> None:
        try:
            msgspec.convert(path, RepositoryPath)
        except msgspec.ValidationError as error:
            mend = "write a path relative to the repository's root, or ${{ steps.STEP.outputs.OUTPUT }}"
            raise InputError(f"the input {self.name!r} is no path: {path!r}", mend=mend) from error
        if "${" in path:
            raise InputError(f"the path {path!r} holds ${{, which DVC reads as its own", mend="rename the file")

    def _input(self, reference: Reference, wanted: Input) -> Json:
        if isinstance(reference, OutputReference):
            self._require_fits(reference, wanted)
        return self.scope.lookup(reference)

    def _require_fits(self, reference: OutputReference, wanted: Input) -> None:
        given = self.scope.output(reference)
        if wanted.type != given.type and _WHATEVER not in (wanted.type, given.type):
            what = f"{self.name!r} must be of type {wanted.type}; {reference.output!r} of {reference.step!r}"
            raise InputError(f"{what} is {given.type}", mend=self._outputs_of_type(wanted.type))
        if self.scope.is_several(reference) and not wanted.many:
            runs = ", ".join(sorted(self.scope.pipeline.steps[reference.step].matrix))
            what = f"{reference.step!r} runs for each {runs}, and {self.name!r} takes one path"
            mend = f"give this step the same matrix, or name a run: steps.{reference.step}@…"
            raise InputError(what, mend=mend)
        self._require_columns(reference, wanted, given)

    def _require_columns(self, reference: OutputReference, wanted: Input, given: Output) -> None:
        if not given.schema:  # nothing is promised: the run looks at the file
            return
        for column, dtype in wanted.schema.items():
            named = f"{reference.output!r} of {reference.step!r}"
            if column not in given.schema:
                raise InputError(f"{named} has no column {column!r}", mend=nearest(column, given.schema))
            if given.schema[column] != dtype:
                what = f"the column {column!r} must be {dtype}; {named} has {given.schema[column]}"
                raise InputError(what, mend="convert it in a step between the two")

    def _outputs_of_type(self, wanted: ArtifactType) -> str:
        fitting = sorted(
            f"steps.{step}.outputs.{name}"
            for step, contract in self.scope.contracts.items()
            for name, output in contract.spec.outputs.items()
            if output.type == wanted and step != self.scope.step
        )
        return f"of this type there is {', '.join(fitting)}" if fitting else f"no step writes a {wanted}"

    def _require_parameter(self, wanted: Parameter) -> None:
        value = expressions.resolve(self.value, self._parameter)
        if value is None and (wanted.optional or wanted.default is not None):
            return
        values.require(value, wanted, what=f"the parameter {self.name!r}")
        if wanted.type == "feature_set":
            self.definitions.get(FeatureSet, value)
        if wanted.type == "model_definition":
            self.definitions.get(Model, value)

    def _parameter(self, reference: Reference) -> Json:
        if isinstance(reference, OutputReference):
            what = f"{self.name!r} is a parameter; a step's output goes to an input"
            raise InputError(what, mend=nearest(self.name, self.spec.inputs))
        return self.scope.lookup(reference)


def _flat(value: Json) -> list[Json]:
    inside = value if isinstance(value, list) else [value]
    return [path for one in inside for path in (one if isinstance(one, list) else [one])]
