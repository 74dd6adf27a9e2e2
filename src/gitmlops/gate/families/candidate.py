"""What the families measure from, and what they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.adapters.dvc.cache import Cache
from gitmlops.features.wiring.selection import columns
from gitmlops.gate.evidence.making import Files
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.families.training import table, training_rows
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.specs.model import Model
from gitmlops.statistics.classification import Unmeasurable


@dataclass(frozen=True)
class Candidate:
    """A model that is judged. model: as the head defines it; cache: where content lies that a check asks for.

    base, head: both sides, for what a branch may not make harmless by redefining it.
    """

    model: Model
    base: Side
    head: Side
    files: Files
    sample: Sample
    cache: Cache

    @cached_property
    def rows(self) -> pandas.DataFrame:
        """The evaluation rows as they are in their file, in the order of the sample."""
        return table(self.files.rows.content)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The columns of the feature set, which are all that the model may read."""
        return columns(self.head.definitions, self.model.feature_set)

    @cached_property
    def training(self) -> pandas.DataFrame:
        """The rows that it was trained on. Raises Unmeasurable if nothing says which they are."""
        return training_rows(self.head, self.model.artifact, self.features, self.cache)

    def content(self, path: str) -> bytes:
        """A file of the head; git's, which people review, where DVC has made it and git keeps it.

        Raises Unmeasurable if there is none; ToolError if the cache lacks the content or holds another.
        """
        if path in self.head.tree.paths():
            return self.head.tree.read(path)
        if path not in self.head.outputs:
            raise Unmeasurable(f"there is no {path}")
        return self.cache.read(self.head.outputs[path])


@dataclass(frozen=True)
class Rows:
    """The evaluation rows that are measured: true where one counts, shape (rows,).

    decision: a score >= it is the decision 1.
    """

    chosen: NDArray[numpy.bool_]
    decision: float


@dataclass(frozen=True)
class Measured:
    """A number and, as a clause for people, what it is made of; empty where the number says it all."""

    value: Fraction
    said: str = ""


Measure = Callable[[Candidate, Rows], Measured]
"""Raises Unmeasurable where there is no number: no evidence is never a pass."""
