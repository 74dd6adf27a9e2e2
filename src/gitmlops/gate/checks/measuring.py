"""How sure a metric of one group of rows is: two-sided limits, rows of one entity counted together."""

import numpy

from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.statistics import auc
from gitmlops.statistics.classification import Unmeasurable, row_losses
from gitmlops.statistics.mean_gains import mean
from gitmlops.statistics.proportions import Limits, Proportion, wilson
from gitmlops.statistics.rates import RATES
from gitmlops.statistics.resampling import Whole


def limits(metric: str, sample: Sample, *, decision: float, unit: str, confidence: float) -> Limits:
    """The limits of a metric of METRICS. Raises Unmeasurable where none was shown to hold.

    roc_auc: `auc.area`. Rates: Wilson's limits; for rows in clusters the normal limits of a clustered mean of hits over
    trials. brier, log_loss: the normal limits of a mean; of calibration_gap the absolute value of the signed gap's.
    """
    clusters = sample.clusters(unit)
    if metric == "roc_auc":
        return auc.area(sample.labels, sample.scores, confidence=confidence, clusters=clusters).limits
    if metric in RATES and metric_of(metric).bounded:
        return _of_rate(metric, sample, decision, clusters, confidence)
    if metric not in ("brier", "log_loss", "calibration_gap"):
        raise Unmeasurable(f"{metric} has no interval")
    found = mean(row_losses(metric, sample.labels, sample.scores), confidence=confidence, clusters=clusters).limits
    return _folded(found) if metric == "calibration_gap" else Limits(max(0.0, found.lower), found.upper)


def _of_rate(metric: str, sample: Sample, decision: float, clusters: Whole | None, confidence: float) -> Limits:
    label, decided = (sample.labels == 1).astype(int), (sample.scores >= decision).astype(int)
    hits, trials = numpy.array(RATES[metric].hits)[label, decided], numpy.array(RATES[metric].trials)[label, decided]
    tried = trials > 0
    if clusters is None:
        return wilson(Proportion(int(hits.sum()), int(trials.sum())), confidence=confidence)
    found = mean(hits[tried].astype(numpy.float64), confidence=confidence, clusters=clusters[tried]).limits
    return Limits(max(0.0, found.lower), min(1.0, found.upper))


def _folded(signed: Limits) -> Limits:
    nearest_to_zero = 0.0 if signed.lower <= 0 <= signed.upper else min(abs(signed.lower), abs(signed.upper))
    return Limits(nearest_to_zero, max(abs(signed.lower), abs(signed.upper)))
