"""components/<name>/component.yaml: the contract of a reusable pipeline step."""

from typing import Literal

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Json, Name, Text

ArtifactType = Literal["table", "model", "json", "markdown", "any"]
ParameterType = Literal["string", "integer", "number", "boolean", "list", "object", "feature_set", "model_definition"]
"""`feature_set` and `model_definition` name a definition of the repository, whose files the step then depends on."""

SUFFIXES: dict[ArtifactType, str] = {
    "table": ".parquet",
    "model": ".skops",
    "json": ".json",
    "markdown": ".md",
    "any": "",
}


class Input(Spec, frozen=True):
    """A file or folder that the component reads."""

    type: ArtifactType
    description: Text
    optional: bool = False


class Parameter(Spec, frozen=True):
    """A value that the component is given; required unless it has a default or is optional."""

    type: ParameterType
    description: Text
    default: Json = None
    optional: bool = False


class Output(Spec, frozen=True):
    """A file that the component writes. `cache: false` keeps it in git; `metric: true` shows it to `dvc metrics`."""

    type: ArtifactType
    description: Text
    cache: bool = True
    metric: bool = False


class Component(Spec, frozen=True, kw_only=True):
    """entry is `module:function` in the component's folder: run(inputs, params, outputs) -> None."""

    kind: Literal["component"]
    name: Name
    version: Name
    owner: Text
    description: Text
    inputs: dict[Name, Input] = {}
    params: dict[Name, Parameter] = {}
    outputs: dict[Name, Output]
    entry: Text
