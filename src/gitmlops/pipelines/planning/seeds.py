"""One root seed for a pipeline, and one of its own for each run of a step."""

import hashlib
from collections.abc import Mapping

from gitmlops.specs.component import Component
from gitmlops.specs.fields import Json

ROOT = "seed"
"""The pipeline's parameter from which steps get their seeds, where they do not name one."""


def seeds(spec: Component, params: Mapping[str, Json], *, pipeline: str, run: str) -> Mapping[str, int]:
    """A seed for each parameter of a step that is one; none without a root seed. run: `step`, or `step@item`."""
    root = params.get(ROOT)
    if not isinstance(root, int) or isinstance(root, bool):
        return {}
    wanted = (name for name, item in spec.params.items() if item.type == "seed")
    return {name: _derived(f"{root}/{pipeline}/{run}/{name}") for name in wanted}


def _derived(text: str) -> int:
    """0..2^31 - 1, which every library takes. Two steps with one seed would draw the same numbers."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
