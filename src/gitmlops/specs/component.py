"""components/<name>/component.yaml: the contract of a reusable pipeline step."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.ci import RunnerLabel
from gitmlops.specs.feature import Dtype
from gitmlops.specs.fields import Json, Name, Text

ArtifactType = Literal["table", "model", "json", "markdown", "any"]
ParameterType = Literal[
    "string", "integer", "number", "boolean", "list", "object", "seed", "feature_set", "model_definition"
]
"""`feature_set` and `model_definition` name a definition of the repository, whose files the step then depends on.

`seed` is a whole number; a step that does not name one gets one of its own from the pipeline's `params.seed`.
"""
ItemType = Literal["string", "integer", "number", "boolean", "list", "object"]

SUFFIXES: dict[ArtifactType, str] = {
    "table": ".parquet",
    "model": ".skops",
    "json": ".json",
    "markdown": ".md",
    "any": "",
}
Processors = Annotated[int, Meta(ge=1, le=1024, description="write a whole number, 1 or more")]


class Resources(Spec, frozen=True):
    """What a step takes of the machine; a runner starts no more steps at once than the machine has processors for.

    runs_on: labels that the runner of a workflow must have where the pipeline runs in several jobs (`shards:`).
    """

    cpus: Processors = 1
    runs_on: RunnerLabel | list[RunnerLabel] = []


class Plot(Spec, frozen=True):
    """How `dvc plots` draws a JSON output: x and y name fields of its rows; template is one of DVC's."""

    template: Text | None = None
    x: Text | None = None
    y: Text | None = None
    title: Text | None = None


class Input(Spec, frozen=True):
    """A file or folder that the component reads.

    many: it takes one path or several, and is given a list; schema: columns that a table must have, with their types.
    """

    type: ArtifactType
    description: Text
    optional: bool = False
    many: bool = False
    schema: dict[Text, Dtype] = {}


class Parameter(Spec, frozen=True):
    """A value that the component is given; required unless it has a default or is optional.

    As in JSON Schema: enum lists the values that it may have, minimum and maximum are included, items is the type of
    each item of a list or value of an object.
    """

    type: ParameterType
    description: Text
    default: Json = None
    optional: bool = False
    enum: list[Json] = []
    minimum: float | None = None
    maximum: float | None = None
    items: ItemType | None = None


class Output(Spec, frozen=True):
    """A file that the component writes.

    `cache: false` keeps it in git; `metric: true` shows it to `dvc metrics`, `plot` to `dvc plots`; schema: columns
    that a table has for certain, with their types.
    """

    type: ArtifactType
    description: Text
    cache: bool = True
    metric: bool = False
    plot: Plot | None = None
    schema: dict[Text, Dtype] = {}


class Component(Spec, frozen=True, kw_only=True):
    """entry is `module:function` in the component's folder: run(inputs, params, outputs) -> None.

    deterministic: whether the same inputs and parameters give the same bytes.
    """

    kind: Literal["component"]
    name: Name
    version: Name
    owner: Text
    description: Text
    inputs: dict[Name, Input] = {}
    params: dict[Name, Parameter] = {}
    outputs: dict[Name, Output]
    deterministic: bool = True
    resources: Resources = Resources()
    entry: Text
