"""data: whether a model is evaluated on what came after its training, as it will be used."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy

from gitmlops.gate.evidence.times import times_of
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Model, TimeSplit
from gitmlops.statistics.classification import Unmeasurable


def _early(candidate: Candidate, _: Rows) -> Measured:
    """By the time and the embargo of either side, whichever finds more: a branch cannot shorten its own embargo."""
    asked = tuple(dict.fromkeys(_splits(candidate)))
    if not asked:
        raise Unmeasurable("the model names no `time_split` of its evaluation")
    return max((_earlier(candidate, split) for split in asked), key=lambda found: found.value)


def _splits(candidate: Candidate) -> Iterator[TimeSplit]:
    for side in (candidate.base, candidate.head):
        placed = side.definitions.all(Model).get(candidate.model.name)
        if placed and placed.spec.evaluation.time_split:
            yield placed.spec.evaluation.time_split


def _earlier(candidate: Candidate, split: TimeSplit) -> Measured:
    learnt = times_of(candidate.training, split.time, of="training")
    judged = times_of(candidate.rows, split.time, of="evaluation")
    embargo = numpy.timedelta64(seconds(split.embargo) if split.embargo else 0, "s")
    early = int(numpy.count_nonzero(judged - embargo <= learnt.max()))
    after = f", with an embargo of {split.embargo}" if split.embargo else ""
    return Measured(
        Fraction(early), f"training ends {_shown(learnt.max())}, evaluation begins {_shown(judged.min())}{after}"
    )


def _shown(time: numpy.datetime64) -> str:
    return str(time.astype("datetime64[s]")).replace("T", " ")


MEASURES: Mapping[str, Measure] = {"early_rows": _early}
