"""How sure a metric of one group of rows is: two-sided limits, rows of one entity counted together."""

import math
from collections.abc import Callable

import numpy

from gitmlops.gate.checks.values import row_losses
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.statistics import auc, proportions
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.mean_gains import mean
from gitmlops.statistics.proportions import Limits, Proportion
from gitmlops.statistics.rates import RATES
from gitmlops.statistics.resampling import Whole

Counted = Callable[..., Limits]


def limits(
    metric: str, sample: Sample, *, decision: float, unit: str, confidence: float, counted: Counted = proportions.limits
) -> Limits:
    """The limits of a metric of METRICS. Raises Unmeasurable where none was shown to hold.

    roc_auc: `auc.area`. Rates: `counted`, those for a report or Clopper and Pearson's, which hold for every share, for
    a decision; for rows in clusters the limits of a clustered mean of hits over trials, or `counted` of as many trials
    as entities where all hit or none. Means of rows or queries: `mean`'s, within 0..1 for queries; of calibration_gap
    and absolute_bias the absolute value of the signed gap's; of rmse the square roots of those of mse.
    """
    clusters = sample.clusters(unit)
    if metric == "roc_auc":
        return auc.area(sample.labels, sample.scores, confidence=confidence, clusters=clusters).limits
    if metric in RATES and metric_of(metric).bounded:
        return _of_rate(metric, sample, decision, clusters, confidence, counted)
    if not metric_of(metric).bounded:
        raise Unmeasurable(f"{metric} has no interval")
    losses = row_losses("mse" if metric == "rmse" else metric, sample.labels, sample.scores)
    found = mean(losses, confidence=confidence, clusters=clusters).limits
    if metric in ("calibration_gap", "absolute_bias"):
        return _folded(found)
    if metric == "rmse":
        return Limits(math.sqrt(max(0.0, found.lower)), math.sqrt(found.upper))
    highest = 1.0 if "ranking" in metric_of(metric).tasks else math.inf
    return Limits(max(0.0, found.lower), min(highest, found.upper))


def _of_rate(
    metric: str, sample: Sample, decision: float, clusters: Whole | None, confidence: float, counted: Counted
) -> Limits:
    label, decided = (sample.labels == 1).astype(int), (sample.scores >= decision).astype(int)
    hits, trials = numpy.array(RATES[metric].hits)[label, decided], numpy.array(RATES[metric].trials)[label, decided]
    tried = trials > 0
    if clusters is None:
        return counted(Proportion(int(hits.sum()), int(trials.sum())), confidence=confidence)
    found = mean(hits[tried].astype(numpy.float64), confidence=confidence, clusters=clusters[tried]).limits
    if found.lower == found.upper:
        # Alike in every row, which no error can be told from: rows of one entity could be one row.
        entities = len(numpy.unique(clusters[tried]))
        return counted(Proportion(entities if hits.any() else 0, entities), confidence=confidence)
    return Limits(max(0.0, found.lower), min(1.0, found.upper))


def _folded(signed: Limits) -> Limits:
    nearest_to_zero = 0.0 if signed.lower <= 0 <= signed.upper else min(abs(signed.lower), abs(signed.upper))
    return Limits(nearest_to_zero, max(abs(signed.lower), abs(signed.upper)))
