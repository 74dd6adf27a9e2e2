"""What counts say of a metric: its value, how far that may be from the rows', and its limits."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy

from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.gate.tables.counting import ERROR, LOSSES, Counts
from gitmlops.statistics import binned
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.proportions import Limits, Proportion, clopper_pearson, quantile
from gitmlops.statistics.rates import RATES, counted, ratio
from gitmlops.statistics.resampling import Whole, seed
from gitmlops.statistics.scoring import balanced_accuracy, matthews

OF_TABLE: Mapping[str, Callable[[Whole], float]] = {"balanced_accuracy": balanced_accuracy, "matthews": matthews}


@dataclass(frozen=True)
class Found:
    """A value, and how far it may be from that of the rows: 0 where they were counted one by one."""

    value: Fraction
    error: Fraction = Fraction(0)


def value(metric: str, counts: Counts) -> Found:
    """A metric of MEASURED that is of one group. Raises Unmeasurable."""
    if metric in RATES:
        return Found(ratio(metric, counts.table))
    if metric in OF_TABLE:
        return Found(Fraction(OF_TABLE[metric](counts.table)))
    if metric == "roc_auc":
        area = binned.area(counts.scores[0], counts.scores[1], counts.mixed)
        return Found(area.value, area.error)
    if metric == ERROR:
        return Found(Fraction(_calibration_error(counts)))
    mean = Fraction(float(counts.losses[:, LOSSES.index(metric)].sum())) / counts.rows
    return Found(abs(mean))


def limits(rule: Rule, name: str, counts: Counts, confidence: float) -> Limits:
    """Two-sided limits, rows of one entity together, by a bootstrap of buckets; of rates of independent rows Clopper
    and Pearson's, as the gate's. Raises Unmeasurable where there are none.
    """
    metric = rule.check.metric
    if not metric_of(metric).bounded:
        raise Unmeasurable(f"{metric} has no interval")
    if rule.unit != counts.entity:
        raise Unmeasurable(f"rows were counted by {counts.entity or 'themselves'}, not by {rule.unit}")
    if metric in RATES and not rule.unit:
        return clopper_pearson(Proportion(*counted(RATES[metric], counts.table)), confidence=confidence)
    drawn = seed(rule.policy, rule.version, rule.check.id, str(counts.rows), name)
    z, found = quantile(confidence), value(metric, counts)
    middle, slack = float(found.value), float(found.error)
    if metric == "roc_auc":
        require_both_classes(counts)
        error = binned.standard_error(_area, counts.coarse.astype(numpy.float64), drawn)
        if not 0 < middle < 1:
            raise Unmeasurable("a perfect order has no error to see in counts")
        if not error:
            raise Unmeasurable("scores are alike in every bin, which no error can be told from")
        logit, half = math.log(middle / (1 - middle)), z * error / (middle * (1 - middle))
        return Limits(_expit(logit - half) - slack, _expit(logit + half) + slack)
    if metric in LOSSES:
        return _of_mean(metric, counts, z, drawn)
    half = z * binned.standard_error(_rate(metric), counts.decided.astype(numpy.float64), drawn)
    if not half:
        raise Unmeasurable("alike in every row, which no error can be told from")
    return Limits(max(0.0, middle - half), min(1.0, middle + half))


def require_both_classes(counts: Counts) -> None:
    """Raises Unmeasurable unless enough buckets have positives, and negatives, for the error of an area to be told."""
    buckets = int((counts.decided.sum(axis=2) > 0).sum(axis=0).min())
    if buckets < binned.FEWEST_BUCKETS:
        asked = f"{binned.FEWEST_BUCKETS} are asked"
        raise Unmeasurable(f"rows of a class are of {buckets} groups of entities, {asked}")


def by_bucket(metric: str, counts: Counts) -> tuple[Array, Callable[[Array], float]]:
    """What the rows of each bucket add, shape (buckets, ...), and the value of what they add up to, shape (...).

    An area is of wider bins, so that it is near that of `value`.
    """
    if metric == "roc_auc":
        return counts.coarse.astype(numpy.float64), _area
    if metric in RATES:
        return counts.decided.astype(numpy.float64), _rate(metric)
    losses = numpy.column_stack([counts.losses[:, LOSSES.index(metric)], counts.decided.sum(axis=(1, 2))])
    return losses, _mean


def _mean(sums: Array) -> float:
    """As `calibration_gap` is read: without its sign."""
    return abs(float(sums[0] / sums[1])) if sums[1] else math.nan


def _calibration_error(counts: Counts) -> float:
    """As of `calibration.expected_calibration_error` with ten bins."""
    return float(numpy.abs(counts.calibrated[:, 0] - counts.calibrated[:, 1]).sum()) / counts.rows


def _of_mean(metric: str, counts: Counts, z: float, drawn: int) -> Limits:
    rows = counts.decided.sum(axis=(1, 2))
    buckets = numpy.column_stack([counts.losses[:, LOSSES.index(metric)], rows])
    mean = float(buckets[:, 0].sum() / buckets[:, 1].sum())
    half = z * binned.standard_error(lambda sums: float(sums[0] / sums[1]), buckets, drawn)
    lower, upper = mean - half, mean + half
    if metric == "calibration_gap":
        nearest = 0.0 if lower <= 0 <= upper else min(abs(lower), abs(upper))
        return Limits(nearest, max(abs(lower), abs(upper)))
    return Limits(max(0.0, lower), upper)


def _area(table: Array) -> float:
    negatives, positives = table
    before = numpy.cumsum(negatives) - negatives
    pairs = float(positives.sum()) * float(negatives.sum())
    return float((positives * (before + negatives / 2)).sum()) / pairs if pairs else math.nan


def _rate(metric: str) -> Callable[[Array], float]:
    hits, trials = numpy.array(RATES[metric].hits), numpy.array(RATES[metric].trials)

    def of_table(table: Array) -> float:
        tried = float((table * trials).sum())
        return float((table * hits).sum()) / tried if tried else math.nan

    return of_table


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
