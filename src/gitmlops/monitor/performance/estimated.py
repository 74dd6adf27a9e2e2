"""How well a version does in a window by what it predicts alone, before outcomes are known.

Of classes (CBPE): every probability is taken for what it meant among the evaluation rows. Of numbers (DLE): the loss of
every row is taken for what it was of alike rows there. Both know how predictions and inputs have moved, and see nothing
of what has changed between inputs and outcomes.
"""

import math
from collections.abc import Iterable, Mapping

import numpy

from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.performance.realised import Realised, compared, of_each
from gitmlops.records.baseline import Baseline, CalibrationBin, ReferenceMetric
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.clustered import Estimate
from gitmlops.statistics.expected import Calibration, calibration, expected_metric, expected_of_classes

BLIND = "by its scores alone: it cannot see that the same inputs have come to mean another outcome"
"""What has to be said wherever an estimate is shown."""
_BLIND_OF_NUMBERS = (
    "by inputs and predictions alone: it cannot see that the same inputs have come to mean another outcome"
)


def blind(baseline: Baseline) -> str:
    """What an estimate rests on, and what it therefore cannot see."""
    return _BLIND_OF_NUMBERS if baseline.kind == "regression" else BLIND


def estimated(
    unit: Unit, baseline: Baseline, *, watched: tuple[str, ...], threshold: float, confidence: float
) -> tuple[Realised, ...]:
    """The watched metrics as they are to be expected; one that cannot be estimated is left out.

    The noise of the window is that of the reference's metric for as many rows.
    """
    values = _VALUES[baseline.kind](unit, baseline, watched, threshold)
    each = of_each(confidence, watched)
    return tuple(
        _of_rows(metric, values[metric.name], unit.rows, each) for metric in baseline.metrics if metric.name in values
    )


def _of_rows(reference: ReferenceMetric, value: float, rows: int, confidence: float) -> Realised:
    entities = max(round((reference.entities or reference.n) * rows / reference.n), 1)
    error = reference.standard_error * math.sqrt(reference.n / rows)
    return compared(reference, Estimate(value, error, entities, reference.skewness), confidence=confidence, n=rows)


def _of_two(unit: Unit, baseline: Baseline, watched: Iterable[str], threshold: float) -> Mapping[str, float]:
    table = _calibrated(baseline.calibration)
    if table is None:
        return {}
    scores, counts = _scores(baseline), unit.score.counts.astype(numpy.float64)
    chances, found = table.chances(scores), {}
    for name in watched:
        try:
            found[name] = expected_metric(name, counts, scores, chances, threshold=threshold)
        except Unmeasurable:
            continue
    return found


def _of_classes(unit: Unit, baseline: Baseline, watched: Iterable[str], _: float) -> Mapping[str, float]:
    tables = [_calibrated(one.bins) for one in baseline.class_calibration]
    scores = unit.probabilities
    if scores is None or len(tables) != scores.shape[1] or not all(tables):
        return {}
    chances = numpy.column_stack([table.chances(scores[:, place]) for place, table in enumerate(tables) if table])
    found = {}
    for name in watched:
        try:
            found[name] = expected_of_classes(name, scores, chances)
        except Unmeasurable:
            continue
    return found


def _of_numbers(unit: Unit, _: Baseline, watched: Iterable[str], __: float) -> Mapping[str, float]:
    means = {metric: max(total, 0.0) / unit.rows for metric, total in unit.losses.items() if metric in watched}
    return {metric: math.sqrt(mean) if metric == "rmse" else mean for metric, mean in means.items()}


_VALUES = {"binary": _of_two, "multiclass": _of_classes, "regression": _of_numbers}


def _calibrated(bins: Iterable[CalibrationBin]) -> Calibration | None:
    parts = tuple(bins)
    try:
        return calibration(
            numpy.array([part.mean_score for part in parts]),
            numpy.array([part.positive_share for part in parts]),
            numpy.array([part.n for part in parts], dtype=numpy.float64),
        )
    except Unmeasurable:
        return None


def _scores(baseline: Baseline) -> Array:
    """A score for each bin: its upper edge, which is the score itself where there are few of them."""
    edges = numpy.array(baseline.score.edges)
    scores: Array = numpy.minimum(numpy.append(edges, edges[-1:]), 1.0)
    return scores
