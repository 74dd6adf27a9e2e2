"""How well a version did in a window, against how well it did when it was evaluated."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from gitmlops.monitor.observing.observation import Unit
from gitmlops.records.baseline import Baseline, ReferenceMetric
from gitmlops.statistics.classification import HIGHER_IS_BETTER, Unmeasurable, measure
from gitmlops.statistics.intervals import interval, shown_to_cover


@dataclass(frozen=True)
class Realised:
    """A metric in a window. loss: how much worse than the reference; bound, most: what it is at least and at most.

    loss -+ z * sqrt(se_reference^2 + se_window^2), each one-sided: the noise of both samples of independent rows.
    That seasons differ is not in it: margins and persistence are for that.
    """

    metric: str
    reference: float
    value: float
    loss: float
    bound: float
    most: float
    n: int


def realised(unit: Unit, baseline: Baseline, *, threshold: float, confidence: float) -> tuple[Realised, ...]:
    """The baseline's metrics on the rows whose outcome is known; a metric that cannot be measured is left out."""
    found = (_realised(unit, metric, threshold, confidence) for metric in baseline.metrics)
    return tuple(metric for metric in found if metric is not None)


def _realised(unit: Unit, reference: ReferenceMetric, threshold: float, confidence: float) -> Realised | None:
    if not shown_to_cover(reference.name, unit.labels):
        return None
    try:
        value = measure(reference.name, unit.labels, unit.scores, threshold=threshold)
        error = interval(reference.name, unit.labels, unit.scores, threshold=threshold).standard_error
    except Unmeasurable:
        return None
    loss = reference.value - value if HIGHER_IS_BETTER[reference.name] else value - reference.value
    noise = NormalDist().inv_cdf(confidence) * math.hypot(reference.standard_error, error)
    return Realised(reference.name, reference.value, value, loss, loss - noise, loss + noise, len(unit.labels))
