"""How well a version did in a window, against how well it did when it was evaluated."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy

from gitmlops.monitor.observing.observation import Unit
from gitmlops.records.baseline import Baseline, ReferenceMetric
from gitmlops.statistics.auc import SMALLEST_CLASS
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.clustered import HIGHER_IS_BETTER, Estimate, estimate, half_width


@dataclass(frozen=True)
class Realised:
    """A metric in a window. loss: how much worse than the reference; bound, most: what it is at least and at most.

    loss -+ the root of the sum of both squared half widths (`clustered.half_width`), each one-sided: the noise of both
    samples, rows of one entity counted together where the log names it, on the side on which a long tail of either one
    would make the loss smaller, or larger. That seasons differ is not in it: margins and persistence are for that.
    n: rows; entities: how many are independent evidence.
    """

    metric: str
    reference: float
    value: float
    loss: float
    bound: float
    most: float
    n: int
    entities: int


def realised(
    unit: Unit, baseline: Baseline, *, watched: tuple[str, ...], threshold: float, confidence: float
) -> tuple[Realised, ...]:
    """The watched metrics on the rows whose outcome is known; a metric that cannot be measured is left out.

    confidence: of the bounds of all of them together.
    """
    each = of_each(confidence, watched)
    found = (_realised(unit, metric, threshold, each) for metric in baseline.metrics if metric.name in watched)
    return tuple(metric for metric in found if metric is not None)


def of_each(confidence: float, watched: tuple[str, ...]) -> float:
    """The confidence of one of several bounds that hold together with this confidence (Bonferroni)."""
    return 1 - (1 - confidence) / len(watched)


def compared(reference: ReferenceMetric, found: Estimate, *, confidence: float, n: int) -> Realised:
    """A metric of a window against its reference. n: rows of the window."""
    better = 1 if HIGHER_IS_BETTER[reference.name] else -1
    before = Estimate(reference.value, reference.standard_error, reference.entities or reference.n, reference.skewness)
    loss = better * (before.value - found.value)
    least, most = (_noise(before, found, confidence, side) for side in ((-1, 1) if better == 1 else (1, -1)))
    return Realised(reference.name, before.value, found.value, loss, loss - least, loss + most, n, found.entities)


def _noise(before: Estimate, found: Estimate, confidence: float, side: Literal[-1, 1]) -> float:
    """How much of the distance may be chance: the truth of the reference on this side, of the window on the other."""
    one = half_width(before, confidence=confidence, side=side)
    return math.hypot(one, half_width(found, confidence=confidence, side=1 if side == -1 else -1))


def _realised(unit: Unit, reference: ReferenceMetric, threshold: float, confidence: float) -> Realised | None:
    if not _shown_to_cover(reference.name, unit):
        return None
    try:
        found = estimate(reference.name, unit.labels, unit.scores, threshold=threshold, clusters=unit.entities)
    except Unmeasurable:
        return None
    return compared(reference, found, confidence=confidence, n=len(unit.labels))


def _shown_to_cover(metric: str, unit: Unit) -> bool:
    """Areas need 100 rows of each class, and as many entities with one, for their intervals to hold."""
    if metric not in ("roc_auc", "macro_roc_auc"):
        return True
    classes = 2 if unit.scores.ndim == 1 else unit.scores.shape[1]
    return all(_independent(unit, place) >= SMALLEST_CLASS for place in range(classes))


def _independent(unit: Unit, place: int) -> int:
    own = unit.labels == place
    return int(numpy.count_nonzero(own)) if unit.entities is None else len(numpy.unique(unit.entities[own]))
