"""What the families measure from, and what they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.adapters.dvc.cache import Cache
from gitmlops.features.wiring.selection import Choice, Computed, read_by, select
from gitmlops.gate.evidence.making import Files
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.families.training import table, training_rows
from gitmlops.gate.families.trials import Trials, tried
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.specs.model import Model
from gitmlops.statistics.classification import Unmeasurable


@dataclass(frozen=True)
class Candidate:
    """A model that is judged. model: as the head defines it; cache: where content lies that a check asks for;
    asked: the metrics that are asked for, so that all that the model must score is scored at once.

    value: how a metric of labels and scores is measured at the model's own threshold; raises Unmeasurable;
    today: the day that counts; base, head: both sides, for what a branch may not make harmless by redefining it.
    """

    model: Model
    base: Side
    head: Side
    files: Files
    sample: Sample
    cache: Cache
    asked: frozenset[str]
    value: Callable[[str, Sample], Fraction]
    today: date

    @cached_property
    def rows(self) -> pandas.DataFrame:
        """The evaluation rows as they are in their file, in the order of the sample."""
        return table(self.files.rows.content)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The columns that the model may read. Raises Unmeasurable if nothing says which they are."""
        if found := read_by(self.head.definitions, self.model):
            return found
        raise Unmeasurable("neither a feature set nor `columns:` says what it reads")

    @cached_property
    def chosen(self) -> tuple[Choice, ...]:
        """The features of its set. Raises Unmeasurable if it has none."""
        if self.model.feature_set is None:
            raise Unmeasurable("it has no feature set, which would say what its columns are")
        return select(self.head.definitions, self.model.feature_set)

    @cached_property
    def training(self) -> pandas.DataFrame:
        """The rows that it was trained on. Raises Unmeasurable if nothing says which they are."""
        return training_rows(self.head, self.model.artifact, self.features, self.cache)

    @cached_property
    def trials(self) -> Trials:
        """What the model says of changed rows. Raises Unmeasurable if it cannot be scored."""
        if self.files.predictions:
            raise Unmeasurable(f"it is asked of the model itself, whose evidence is {self.model.evaluation.evidence}")
        nullable = tuple(one.column for one in self.chosen if _nullable(one)) if self.model.feature_set else ()
        rows = self.rows[list(self.features)]
        return tried(
            self.files.artifact.content,
            rows,
            self.model.task,
            asked=self.asked,
            nullable=nullable,
            digest=self.sample.digest,
        )

    def content(self, path: str) -> bytes:
        """A file of the head; git's, which people review, where DVC has made it and git keeps it.

        Raises Unmeasurable if there is none; ToolError if the cache lacks the content or holds another.
        """
        if path in self.head.tree.paths():
            return self.head.tree.read(path)
        if path not in self.head.outputs:
            raise Unmeasurable(f"there is no {path}")
        return self.cache.read(self.head.outputs[path])


def _nullable(chosen: Choice) -> bool:
    return chosen.definition.spec.nullable if isinstance(chosen, Computed) else chosen.feature.nullable


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
