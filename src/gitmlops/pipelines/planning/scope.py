"""What the references in one run of a step mean: parameters, values of the matrix, paths of other steps' outputs."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from gitmlops.errors import InputError
from gitmlops.pipelines.contracts.library import Contract
from gitmlops.pipelines.planning import expressions, matrix
from gitmlops.pipelines.planning.expressions import MatrixReference, OutputReference, ParameterReference, Reference
from gitmlops.pipelines.planning.matrix import Values
from gitmlops.specs.component import SUFFIXES, Output
from gitmlops.specs.fields import Json
from gitmlops.specs.hints import nearest
from gitmlops.specs.pipeline import Pipeline

Paths = str | tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """One run of a step. contracts: of the steps whose component is known; values: those of its matrix."""

    pipeline: Pipeline
    contracts: Mapping[str, Contract]
    step: str
    values: Values

    def lookup(self, reference: Reference) -> Json:
        """What a reference stands for in an argument: a value, a path, or a list of paths.

        Raises InputError with the nearest name if it refers to nothing.
        """
        if isinstance(reference, ParameterReference):
            return self._parameter(reference)
        if isinstance(reference, MatrixReference):
            return self._of_matrix(reference)
        if isinstance(reference, OutputReference):
            paths = self._outputs(reference)
            return list(paths) if self.is_several(reference) else paths[0]
        what = f"${{{{ {reference} }}}} means something in the command of `run:` alone"
        raise InputError(what, mend="write ${{ steps.STEP.outputs.OUTPUT }}, or a path")

    def output(self, reference: OutputReference) -> Output:
        """The declaration of the output that a reference means. Raises InputError."""
        steps = self.pipeline.steps
        if reference.step not in steps:
            raise InputError(f"there is no step {reference.step!r}", mend=nearest(reference.step, steps))
        if reference.step not in self.contracts:
            raise InputError(f"what {reference.step!r} writes is not known", mend="mend its `uses` first")
        declared = self.contracts[reference.step].spec.outputs
        if reference.output not in declared:
            mend = nearest(reference.output, declared)
            raise InputError(f"{reference.step!r} has no output {reference.output!r}", mend=mend)
        return declared[reference.output]

    def runs(self, reference: OutputReference) -> tuple[Values, ...]:
        """The values of each run of the other step that is meant. Raises InputError if there is no such step or run."""
        self.output(reference)
        producer = self.pipeline.steps[reference.step]
        return matrix.meant(producer, self.values, reference.item, name=reference.step)

    def is_several(self, reference: OutputReference) -> bool:
        """Whether the other step's matrix has a key that this one has not, and no run is named."""
        keys = self.pipeline.steps[reference.step].matrix
        return not reference.item and any(key not in self.values for key in keys)

    def output_path(self, output: str) -> str:
        """Where this run puts an output: where the step says, else `build/<pipeline>/<step>/<output>` with a suffix.

        With a matrix each run has a folder. Raises InputError for an expression of anything but the matrix.
        """
        step = self.pipeline.steps[self.step]
        if (place := step.places.get(output)) is not None:
            return expressions.as_text(expressions.resolve(place, self._in_path))
        item = matrix.item(step.matrix, self.values)
        name = f"{output}{SUFFIXES[self.contracts[self.step].spec.outputs[output].type]}"
        return "/".join(["build", self.pipeline.name, self.step, *([item] if item else []), name])

    def command(self, inputs: Mapping[str, Paths], outputs: Mapping[str, str]) -> str:
        """The step's command, what it refers to filled in as words of a shell. Raises InputError."""
        own = {"inputs": inputs, "outputs": outputs}
        text = self.contracts[self.step].command
        return "".join(piece if isinstance(piece, str) else self._word(piece, own) for piece in expressions.parse(text))

    def _word(self, reference: Reference, own: Mapping[str, Mapping[str, Paths]]) -> str:
        if isinstance(reference, OutputReference):
            mend = "declare it below `inputs:`, and write ${{ inputs.NAME }}"
            raise InputError(f"the command reads {reference}, which is no input of it", mend=mend)
        if isinstance(reference, ParameterReference | MatrixReference):
            value = self.lookup(reference)
            if value is None or isinstance(value, list | dict):
                raise InputError(f"{reference} is no text or number", mend="give the command one value at a time")
            return shlex.quote(expressions.as_text(value))
        known = own[reference.side]
        if reference.name not in known:
            what = f"the step has no {reference.side.removesuffix('s')} {reference.name!r}"
            raise InputError(what, mend=nearest(reference.name, known))
        paths = known[reference.name]
        return shlex.join([paths] if isinstance(paths, str) else paths)

    def _parameter(self, reference: ParameterReference) -> Json:
        params = self.pipeline.params
        if reference.name not in params:
            raise InputError(f"there is no params.{reference.name}", mend=nearest(reference.name, params))
        return params[reference.name]

    def _of_matrix(self, reference: MatrixReference) -> Json:
        if reference.key not in self.values:
            mend = nearest(reference.key, self.values) if self.values else "add `matrix:` to the step"
            raise InputError(f"the matrix of step {self.step!r} has no key {reference.key!r}", mend=mend)
        return self.values[reference.key]

    def _outputs(self, reference: OutputReference) -> tuple[str, ...]:
        return tuple(
            Scope(self.pipeline, self.contracts, reference.step, values).output_path(reference.output)
            for values in self.runs(reference)
        )

    def _in_path(self, reference: Reference) -> Json:
        if not isinstance(reference, MatrixReference):
            mend = "write the path out, or use ${{ matrix.KEY }}"
            raise InputError("an output's path has no expressions but those of the matrix", mend=mend)
        return self._of_matrix(reference)
