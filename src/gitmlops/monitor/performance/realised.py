"""How well a version did in a window, against how well it did when it was evaluated."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy

from gitmlops.monitor.observing.observation import Unit
from gitmlops.records.baseline import Baseline, ReferenceMetric
from gitmlops.statistics.auc import SMALLEST_CLASS
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.clustered import HIGHER_IS_BETTER, estimate


@dataclass(frozen=True)
class Realised:
    """A metric in a window. loss: how much worse than the reference; bound, most: what it is at least and at most.

    loss -+ t * sqrt(se_reference^2 + se_window^2), each one-sided: the noise of both samples, rows of one entity
    counted together where the log names it. That seasons differ is not in it: margins and persistence are for that.
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
    """The watched metrics on the rows whose outcome is known; a metric that cannot be measured is left out."""
    found = (_realised(unit, metric, threshold, confidence) for metric in baseline.metrics if metric.name in watched)
    return tuple(metric for metric in found if metric is not None)


def compared(
    reference: ReferenceMetric, value: float, *, error: float, confidence: float, n: int, entities: int
) -> Realised:
    """A value of a window against its reference. error: its standard error, of the same unit."""
    loss = reference.value - value if HIGHER_IS_BETTER[reference.name] else value - reference.value
    noise = _student(confidence, entities) * math.hypot(reference.standard_error, error)
    return Realised(reference.name, reference.value, value, loss, loss - noise, loss + noise, n, entities)


def _realised(unit: Unit, reference: ReferenceMetric, threshold: float, confidence: float) -> Realised | None:
    if not _shown_to_cover(reference.name, unit):
        return None
    try:
        found = estimate(reference.name, unit.labels, unit.scores, threshold=threshold, clusters=unit.entities)
    except Unmeasurable:
        return None
    return compared(
        reference, found.value, error=found.standard_error, confidence=confidence, n=len(unit.labels),
        entities=found.entities,
    )  # fmt: skip


def _shown_to_cover(metric: str, unit: Unit) -> bool:
    """Areas need 100 rows of each class, and as many entities with one, for their intervals to hold."""
    if metric not in ("roc_auc", "macro_roc_auc"):
        return True
    classes = 2 if unit.scores.ndim == 1 else unit.scores.shape[1]
    return all(_independent(unit, place) >= SMALLEST_CLASS for place in range(classes))


def _independent(unit: Unit, place: int) -> int:
    own = unit.labels == place
    return int(numpy.count_nonzero(own)) if unit.entities is None else len(numpy.unique(unit.entities[own]))


def _student(confidence: float, entities: int) -> float:
    """Student's quantile for as many degrees of freedom as there are entities, less one, to 1e-3 from 50 on."""
    z = NormalDist().inv_cdf(confidence)
    return z + (z**3 + z) / (4 * max(entities - 1, 1))
