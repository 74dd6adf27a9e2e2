"""Do probabilities mean what they say: calibration error by bins.

labels: shape (rows,), 0 or 1. scores: shape (rows,), probabilities 0..1.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy

from gitmlops.statistics.classification import Array, Unmeasurable, require_scores

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


def _loss(labels: Array, logits: Array) -> float:
    """Mean of ln(1 + e^x) - label x, without overflow."""
    return float((numpy.logaddexp(0, logits) - labels * logits).mean())


def _require_probabilities(labels: Array, scores: Array) -> None:
    require_scores(labels, scores)
    if outside := int(numpy.count_nonzero((scores < 0) | (scores > 1))):
        raise Unmeasurable(f"{outside} of {len(scores)} scores are no probabilities")
