"""Gains of metrics that are means of rows, and of any metric with weights, with one-sided bounds; rows in clusters."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy

from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.intervals import Difference
from gitmlops.statistics.proportions import Limits, quantile
from gitmlops.statistics.resampling import Whole, require_resamples, weights_of_rows

FEWEST_ENTITIES = 100
"""Entities (rows, if they are independent) from which the limits of a mean were shown to hold."""
_MOST_SKEWED = 0.2
"""How much wider, as a share, skewness may make a limit: beyond it limits hold too rarely, so simulations show."""
_UNSEEN = 1.5
"""A sample shows less of a long tail than there is; with half as much again limits hold, so simulations show."""

Weighted = Callable[[Array, Array, Array], float]
"""metric(truth, predicted, weights) -> value; all of shape (rows,); raises Unmeasurable where there is no number."""


@dataclass(frozen=True)
class Mean:
    """value and limits in the unit of the rows' values."""

    value: float
    limits: Limits
    standard_error: float


def mean(values: Array, *, confidence: float, clusters: Whole | None = None) -> Mean:
    """The mean of values, shape (rows,), with two-sided limits: Student's, wider on the side of a long tail.

    clusters: the entity of each row, whole numbers from 0. se^2 = K / (K - 1) sum over the K entities of
    (sum in it of (value - mean))^2 / rows^2, which for rows of their own is the sample variance / rows.
    With g the skewness of those sums, limits are mean - se (t + max(0, -c)) and mean + se (t + max(0, c)),
    c = 1.5 g (2 t^2 + 1) / (6 sqrt(K)): the first term by which the distribution of a mean over its error is not
    normal, and half of it more. Raises Unmeasurable below FEWEST_ENTITIES entities, where that makes a limit wider by
    more than a fifth, and for values that are not finite.
    """
    found, z = _estimate(values, clusters), quantile(confidence)
    return Mean(found.value, Limits(found.value - found.half(z, -1), found.value + found.half(z, 1)), found.error)


def mean_gain(gains: Array, *, confidence: float, clusters: Whole | None = None) -> Difference:
    """The mean of each row's gain, positive is better, and its one-sided lower bound; arguments as of `mean`."""
    quantile(2 * confidence - 1)
    found = _estimate(gains, clusters)
    return Difference(found.value, found.value - found.half(NormalDist().inv_cdf(confidence), -1))


@dataclass(frozen=True)
class Resampling:
    """How to draw: resamples >= 20 / alpha; seed as of `resampling.seed`; clusters: the entity of each row."""

    resamples: int
    seed: int
    clusters: Whole | None = None


def bootstrap_gain(
    metric: Weighted,
    truth: Array,
    ours: Array,
    theirs: Array,
    *,
    higher_is_better: bool,
    confidence: float,
    draw: Resampling,
) -> Difference:
    """The gain in any metric that takes weights, and its one-sided bound by the paired percentile bootstrap.

    truth, ours, theirs: shape (rows,). Both models are measured on the same resampled entities; the bound is the lower
    (1 - confidence) quantile, never above the gain; a resample without a number counts as infinitely worse.
    Raises Unmeasurable for too few resamples or entities, or if the metric is on all rows.
    """
    require_resamples(draw.resamples, 1 - confidence)
    _require_entities(len(truth), draw.clusters)
    sign = 1 if higher_is_better else -1

    def gain(weights: Array) -> float:
        return sign * (metric(truth, ours, weights) - metric(truth, theirs, weights))

    found = gain(numpy.ones(len(truth)))
    generator = numpy.random.default_rng(draw.seed)
    gains = numpy.array([_or_worst(gain, draw.clusters, len(truth), generator) for _ in range(draw.resamples)])
    return Difference(found, min(found, float(numpy.quantile(gains, 1 - confidence, method="lower"))))


def _or_worst(
    gain: Callable[[Array], float], clusters: Whole | None, rows: int, generator: numpy.random.Generator
) -> float:
    try:
        return gain(weights_of_rows(clusters, rows, generator))
    except Unmeasurable:
        return -math.inf


@dataclass(frozen=True)
class _Estimate:
    """error: the standard error; skewness: of the sums of the entities."""

    value: float
    error: float
    skewness: float
    entities: int

    def half(self, z: float, side: Literal[-1, 1]) -> float:
        """How far the limit below (-1) or above (1) lies, by a normal quantile. Raises Unmeasurable: a long tail."""
        # Student's quantile, to 1e-4 for 99 degrees of freedom and more.
        t = z + (z**3 + z) / (4 * (self.entities - 1))
        wider = max(0.0, side * _UNSEEN * self.skewness * (2 * t * t + 1) / (6 * math.sqrt(self.entities)))
        if wider > _MOST_SKEWED * t:
            what = f"a few of {self.entities} entities weigh too much (skewness {self.skewness:.3g})"
            raise Unmeasurable(f"{what}: no limit of their mean was shown to hold")
        return self.error * (t + wider)


def _estimate(values: Array, clusters: Whole | None) -> _Estimate:
    entities = _require_entities(len(values), clusters)
    if missing := int(numpy.count_nonzero(~numpy.isfinite(values))):
        raise Unmeasurable(f"{missing} of {len(values)} values are not finite numbers")
    value = float(values.mean())
    sums = values - value if clusters is None else numpy.bincount(clusters, weights=values - value)
    squares = float(sums @ sums)
    spread = math.sqrt(squares / entities)
    skewness = float(numpy.sum(sums**3)) / entities / spread**3 if spread else 0.0
    return _Estimate(value, math.sqrt(entities / (entities - 1) * squares) / len(values), skewness, entities)


def _require_entities(rows: int, clusters: Whole | None) -> int:
    if clusters is not None and len(clusters) != rows:
        raise Unmeasurable(f"{len(clusters)} entities for {rows} rows")
    entities = rows if clusters is None else int(numpy.count_nonzero(numpy.bincount(clusters)))
    if entities < FEWEST_ENTITIES:
        raise Unmeasurable(f"{entities} entities, {FEWEST_ENTITIES} are asked")
    return entities
