"""What a model says of rows that are changed: all variants that the asked metrics need, in one process."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy
import pandas

from gitmlops.errors import Refusal
from gitmlops.gate.evidence import scoring
from gitmlops.gate.evidence.variants import Kind, Plan, Variant
from gitmlops.specs.model import Task
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.resampling import Whole, seed

_MOST_ROWS = 5000
_TIMED = 100
_REPEATS = 3
_NEEDS: Mapping[str, Kind] = {
    "noise_flips": "noise",
    "noise_auc_loss": "noise",
    "missing_flips": "missing",
    "missing_failures": "missing",
    "outside_failures": "outside",
    "largest_importance_share": "permuted",
    "idle_features": "permuted",
}
"""Metric -> the variants that it is measured on."""


@dataclass(frozen=True)
class Trials:
    """Scores of at most 5,000 rows, evenly spread over the evaluation rows; places: which they are, ascending.

    scores: of each variant that could be scored, shape (places,), of several classes (places, classes);
    failed: why there are none of the others.
    """

    places: Whole
    scores: Mapping[Variant, Array]
    failed: Mapping[Variant, str]
    milliseconds: tuple[float, ...]

    @property
    def as_is(self) -> Array:
        """The scores of the rows as they are. Raises Unmeasurable if there are none."""
        return self.of(Variant("as_is"))

    def of(self, variant: Variant) -> Array:
        """The scores of a variant. Raises Unmeasurable if the model has none, or one that is no finite number."""
        if variant in self.failed:
            raise Unmeasurable(self.failed[variant])
        scores = self.scores[variant]
        if wrong := int(numpy.count_nonzero(~numpy.isfinite(scores.reshape(len(scores), -1)).all(axis=1))):
            raise Unmeasurable(f"{wrong} of {len(scores)} scores are not finite numbers")
        return scores

    def all_of(self, kind: Kind) -> tuple[Variant, ...]:
        """The variants of a kind, in the order of the plan, whether they could be scored or not."""
        return tuple(one for one in (*self.scores, *self.failed) if one.kind == kind)


def tried(
    model: bytes, rows: pandas.DataFrame, task: Task, *, asked: Collection[str], nullable: Sequence[str], digest: str
) -> Trials:
    """The trials that the asked metrics need.

    rows: the features of all evaluation rows; nullable: those that may be missing; digest: the rows' name for seeds.
    Raises Unmeasurable if the model cannot be scored.
    """
    kinds = {_NEEDS[metric] for metric in asked if metric in _NEEDS}
    variants = (Variant("as_is"), *_variants(kinds, [*map(str, rows.columns)], nullable, digest))
    places = numpy.unique(numpy.linspace(0, len(rows) - 1, min(len(rows), _MOST_ROWS)).astype(numpy.int64))
    plan = Plan(task, variants, _TIMED if "latency_ms" in asked else 0)
    try:
        scores, outcome = scoring.variant_scores(model, rows.iloc[places], plan)
    except Refusal as refused:
        raise Unmeasurable(refused.what) from refused
    known = {variants[place]: found for place, found in scores.items()}
    failed = {variants[place]: why for place, why in outcome.failed.items()}
    return Trials(places, known, failed, outcome.milliseconds)


def _variants(kinds: set[Kind], columns: Sequence[str], nullable: Sequence[str], digest: str) -> Iterator[Variant]:
    """Seeded by the evaluation rows alone: a new attempt at the same rows meets the same noise."""
    if "noise" in kinds:
        yield Variant("noise", tuple(columns), seed("noise", digest))
    for name in nullable if "missing" in kinds else ():
        yield Variant("missing", (name,))
    for name in columns if "outside" in kinds else ():
        yield Variant("outside", (name,))
    for name in columns if "permuted" in kinds else ():
        yield from (Variant("permuted", (name,), seed("permuted", digest, name, str(n))) for n in range(_REPEATS))
