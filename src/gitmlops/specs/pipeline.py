"""pipelines/<name>.yaml: steps that use components."""

from typing import Literal

import msgspec

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Json, Name, RepositoryPath, Text


class Step(Spec, frozen=True):
    """One use of a component: `uses: gitmlops/train@v1` or `uses: ./components/name`.

    arguments (`with:` in the file): inputs and parameters by name; `outputs:` moves an output from its default path.
    """

    uses: Text
    arguments: dict[Name, Json] = msgspec.field(name="with", default_factory=dict)
    outputs: dict[Name, RepositoryPath] = {}


class Pipeline(Spec, frozen=True, kw_only=True):
    """Steps in the order of reading; what runs first follows from their wiring."""

    kind: Literal["pipeline"]
    name: Name
    description: str = ""
    params: dict[Name, Json] = {}
    steps: dict[Name, Step]
