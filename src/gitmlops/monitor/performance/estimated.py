"""How well a version does in a window by its scores alone (CBPE), before outcomes are known."""

import math
from statistics import NormalDist

import numpy

from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.performance.realised import Realised
from gitmlops.records.baseline import Baseline, ReferenceMetric
from gitmlops.statistics.classification import HIGHER_IS_BETTER, Array, Unmeasurable
from gitmlops.statistics.expected import calibration, expected_metric

BLIND = "by its scores alone: it cannot see that the same inputs have come to mean another outcome"
"""What has to be said wherever an estimate is shown."""


def estimated(unit: Unit, baseline: Baseline, *, confidence: float) -> tuple[Realised, ...]:
    """The baseline's metrics as they are to be expected; one that cannot be estimated is left out.

    Every score is taken for what it meant in the reference (its calibration table, made monotone). The noise of the
    window is that of the reference's metric for as many rows.
    """
    try:
        table = calibration(
            numpy.array([part.mean_score for part in baseline.calibration]),
            numpy.array([part.positive_share for part in baseline.calibration]),
            numpy.array([part.n for part in baseline.calibration], dtype=numpy.float64),
        )
    except Unmeasurable:
        return ()
    scores = _scores(baseline)
    chances = table.chances(scores)
    found = (_estimated(unit, metric, scores, chances, confidence) for metric in baseline.metrics)
    return tuple(metric for metric in found if metric is not None)


def _estimated(
    unit: Unit, reference: ReferenceMetric, scores: Array, chances: Array, confidence: float
) -> Realised | None:
    try:
        value = expected_metric(reference.name, unit.score.counts.astype(numpy.float64), scores, chances)
    except Unmeasurable:
        return None
    rows = unit.score.rows
    loss = reference.value - value if HIGHER_IS_BETTER[reference.name] else value - reference.value
    error = reference.standard_error * math.hypot(1, math.sqrt(reference.n / rows))
    noise = NormalDist().inv_cdf(confidence) * error
    return Realised(reference.name, reference.value, value, loss, loss - noise, loss + noise, rows)


def _scores(baseline: Baseline) -> Array:
    """A score for each bin: its upper edge, which is the score itself where there are few of them."""
    edges = numpy.array(baseline.score.edges)
    scores: Array = numpy.minimum(numpy.append(edges, edges[-1:]), 1.0)
    return scores
