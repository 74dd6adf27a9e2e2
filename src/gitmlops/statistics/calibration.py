"""Do probabilities mean what they say: calibration error by bins, slope and intercept, and by group.

labels: shape (rows,), 0 or 1. scores: shape (rows,), probabilities 0..1.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy
from numpy.typing import NDArray
from scipy.special import expit

from gitmlops.statistics.classification import Array, Unmeasurable, require_scores
from gitmlops.statistics.groups import Groups

Bins = Literal["equal-width", "equal-mass"]

_NEAREST = 1e-12
"""Scores are held so far off 0 and 1 that their logit exists."""
_MOST_STEPS = 100


@dataclass(frozen=True)
class Bin:
    """rows in it, their mean score and their share of positives, each 0..1."""

    rows: int
    score: float
    positives: float


def reliability(labels: Array, scores: Array, *, bins: int = 10, by: Bins = "equal-width") -> tuple[Bin, ...]:
    """The bins that have rows, from low scores to high.

    equal-width: [k / bins, (k + 1) / bins), the last one closed. equal-mass: edges at the scores' quantiles, so that
    each holds about rows / bins; equal scores are never parted. Raises Unmeasurable.
    """
    _require_probabilities(labels, scores)
    if by == "equal-width":
        places = numpy.minimum((scores * bins).astype(numpy.int64), bins - 1)
    else:
        edges = numpy.quantile(scores, numpy.arange(1, bins) / bins, method="inverted_cdf")
        places = numpy.searchsorted(numpy.unique(edges), scores, side="left")
    rows = numpy.bincount(places)
    said = numpy.bincount(places, weights=scores)
    happened = numpy.bincount(places, weights=labels)
    return tuple(Bin(int(n), float(s / n), float(h / n)) for n, s, h in zip(rows, said, happened, strict=True) if n)


def expected_calibration_error(labels: Array, scores: Array, *, bins: int = 10, by: Bins = "equal-width") -> float:
    """Mean over rows of |mean score - share of positives| of their bin, 0..1: 0 is calibrated, bin by bin.

    sum over bins of rows_b / rows * |score_b - positives_b|, bins as of `reliability`. It depends on the bins, and
    noise alone makes it positive: compare it with the same bins and rows, not with 0. Raises Unmeasurable.
    """
    found = reliability(labels, scores, bins=bins, by=by)
    return math.fsum(part.rows * abs(part.score - part.positives) for part in found) / len(labels)


@dataclass(frozen=True)
class Recalibration:
    """The straight line that would mend the scores on the logit scale.

    intercept, slope: the maximum likelihood fit of P(label = 1) = expit(intercept + slope * logit(score)); 0 and 1 are
    calibrated, a slope below 1 means scores too extreme. in_the_large: the intercept when the slope is held at 1,
    above 0 if events are more frequent than the scores say.
    """

    intercept: float
    slope: float
    in_the_large: float


def recalibration(labels: Array, scores: Array) -> Recalibration:
    """Slope and intercept by Newton's method; scores are held 1e-12 off 0 and 1.

    Raises Unmeasurable for one class, scores that are all equal, and scores that part the classes (no finite fit).
    """
    _require_probabilities(labels, scores)
    if labels.min() == labels.max():
        raise Unmeasurable("a calibration slope needs both classes, all rows are of one")
    kept = numpy.clip(scores, _NEAREST, 1 - _NEAREST)
    logits = numpy.log(kept) - numpy.log1p(-kept)
    if logits.min() == logits.max():
        raise Unmeasurable("a calibration slope needs different scores, all are equal")
    if logits[labels == 1].min() >= logits[labels == 0].max() or logits[labels == 1].max() <= logits[labels == 0].min():
        raise Unmeasurable("the scores part the classes: no finite calibration slope fits")
    line = _fit(labels, numpy.column_stack([numpy.ones(len(logits)), logits]), numpy.zeros(len(logits)))
    level = _fit(labels, numpy.ones((len(logits), 1)), logits)
    return Recalibration(float(line[0]), float(line[1]), float(level[0]))


@dataclass(frozen=True)
class GroupCalibration:
    """One group: its rows, mean score and share of positives, 0..1; gap: score - share. None with a reason if short."""

    group: str
    rows: int
    score: float | None
    positives: float | None
    reason: str = ""

    @property
    def gap(self) -> float | None:
        """Mean score - share of positives, -1..1: above 0 the scores promise too much."""
        return None if self.score is None or self.positives is None else self.score - self.positives


def calibration_by_group(
    labels: Array, scores: Array, groups: Groups, *, min_n: int = 30
) -> tuple[GroupCalibration, ...]:
    """Calibration in the large of each group, in the order of the groups. Raises Unmeasurable for wrong rows."""
    _require_probabilities(labels, scores)
    known, size = groups.codes >= 0, len(groups.names)
    codes, rows = groups.codes[known], groups.sizes
    said = numpy.bincount(codes, weights=scores[known], minlength=size)
    happened = numpy.bincount(codes, weights=labels[known], minlength=size)
    return tuple(
        GroupCalibration(name, int(n), float(s / n), float(h / n))
        if n >= max(min_n, 1)
        else GroupCalibration(name, int(n), None, None, f"{int(n)} rows, {min_n} are asked")
        for name, n, s, h in zip(groups.names, rows, said, happened, strict=True)
    )


def _fit(labels: Array, design: NDArray[numpy.float64], offset: Array) -> Array:
    """Coefficients of a logistic regression, shape (columns,), Newton's steps halved while they lose likelihood."""
    found = numpy.zeros(design.shape[1])
    loss = _loss(labels, design @ found + offset)
    for _ in range(_MOST_STEPS):
        share = expit(design @ found + offset)
        gradient = design.T @ (labels - share)
        hessian = (design * (share * (1 - share))[:, None]).T @ design
        try:
            step = numpy.linalg.solve(hessian, gradient)
        except numpy.linalg.LinAlgError:
            raise Unmeasurable("no calibration slope fits these scores") from None
        following, after = found + step, _loss(labels, design @ (found + step) + offset)
        while not after <= loss + 1e-12 and numpy.abs(step).max() > 1e-12:
            step = step / 2
            following, after = found + step, _loss(labels, design @ (found + step) + offset)
        found, loss = following, after
        if numpy.abs(step).max() < 1e-10:
            return found
    raise Unmeasurable("no calibration slope fits these scores")


def _loss(labels: Array, logits: Array) -> float:
    """Mean of ln(1 + e^x) - label x, without overflow."""
    return float((numpy.logaddexp(0, logits) - labels * logits).mean())


def _require_probabilities(labels: Array, scores: Array) -> None:
    require_scores(labels, scores)
    if outside := int(numpy.count_nonzero((scores < 0) | (scores > 1))):
        raise Unmeasurable(f"{outside} of {len(scores)} scores are no probabilities")
