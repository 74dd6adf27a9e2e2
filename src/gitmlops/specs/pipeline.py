"""pipelines/<name>.yaml: steps that use components or run commands."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.component import ArtifactType, Plot, Resources
from gitmlops.specs.fields import Json, Name, RepositoryPath, Text

MAX_JOBS = 256
"""GitHub starts no more of a matrix: docs.github.com, Actions limits."""
Jobs = Annotated[int, Meta(ge=2, le=MAX_JOBS, description=f"write 2 to {MAX_JOBS}: GitHub runs no larger matrix")]


class Written(Spec, frozen=True):
    """A file or folder that a command writes; the other keys are those of a component's output."""

    path: RepositoryPath
    type: ArtifactType = "any"
    cache: bool = True
    metric: bool = False
    plot: Plot | None = None


class Step(Spec, frozen=True, kw_only=True):
    """One use of a component (`uses`), or one command (`run`).

    uses: `gitmlops/train@v1`, `./components/name`, or `git+https://HOST/PATH@COMMIT//FOLDER` of another repository;
    arguments (`with:` in the file): its inputs and parameters by name. run: a shell command, with the paths that it
    reads as `inputs`. outputs: paths; of a component, those that shall not be at their default place.
    matrix: the step runs once for each combination of values, under the name `step@value-value`.
    deterministic and resources: for a command; a component says so itself.
    """

    uses: Text | None = None
    run: Text | None = None
    arguments: dict[Name, Json] = msgspec.field(name="with", default_factory=dict)
    inputs: dict[Name, Json] = {}
    outputs: dict[Name, RepositoryPath | Written] = {}
    matrix: dict[Name, list[Json]] = {}
    deterministic: bool | None = None
    resources: Resources | None = None

    @property
    def given(self) -> dict[str, Json]:
        """What the file gives the step: a component's arguments, or the inputs of a command."""
        return self.arguments if self.run is None else self.inputs

    @property
    def places(self) -> dict[str, str]:
        """Where outputs shall be, by name, expressions included."""
        return {name: to.path if isinstance(to, Written) else to for name, to in self.outputs.items()}


class Pipeline(Spec, frozen=True, kw_only=True):
    """Steps in the order of reading; what runs first follows from their wiring.

    shards: jobs of the workflow that `gitmlops github files` writes for it; none is written without.
    """

    kind: Literal["pipeline"]
    name: Name
    description: str = ""
    params: dict[Name, Json] = {}
    shards: Jobs | None = None
    steps: dict[Name, Step]
