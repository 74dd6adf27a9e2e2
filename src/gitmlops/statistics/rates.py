"""Rates of decisions by group, as exact ratios of counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.resampling import Whole

Decisions = NDArray[numpy.bool_]
Weights = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Rate:
    """A ratio of counts: [label][decision] -> how often a row counts among the hits, and among the trials.

    needs: what there is none of when there are no trials. paired: two models have the same trials on the same rows.
    """

    hits: Weights
    trials: Weights
    needs: str
    higher_is_better: bool = True

    @property
    def paired(self) -> bool:
        """Whether the trials do not depend on the decisions, so that two models differ in hits alone."""
        return all(missed == made for missed, made in self.trials)


_ALL, _POSITIVES, _NEGATIVES = ((1, 1), (1, 1)), ((0, 0), (1, 1)), ((1, 1), (0, 0))

RATES: Mapping[str, Rate] = {
    "selection_rate": Rate(((0, 1), (0, 1)), _ALL, "row"),
    "accuracy": Rate(((1, 0), (0, 1)), _ALL, "row"),
    "recall": Rate(((0, 0), (0, 1)), _POSITIVES, "positive label"),
    "false_negative_rate": Rate(((0, 0), (1, 0)), _POSITIVES, "positive label", higher_is_better=False),
    "specificity": Rate(((1, 0), (0, 0)), _NEGATIVES, "negative label"),
    "false_positive_rate": Rate(((0, 1), (0, 0)), _NEGATIVES, "negative label", higher_is_better=False),
    "precision": Rate(((0, 0), (0, 1)), ((0, 1), (0, 1)), "decision 1"),
    "negative_predictive_value": Rate(((1, 0), (0, 0)), ((1, 0), (1, 0)), "decision 0"),
    "f1": Rate(((0, 0), (0, 2)), ((0, 1), (1, 2)), "positive label or decision 1"),
}
"""Share of hits in trials, 0..1. f1 is 2 tp / (2 tp + fp + fn); a selection rate is read as a favourable decision."""


def confusion(labels: NDArray[numpy.generic], decisions: Decisions, codes: Whole, size: int) -> Whole:
    """Rows by group, label and decision: shape (size, 2, 2).

    labels: shape (rows,), 0 or 1. decisions: shape (rows,). codes: shape (rows,), 0..size-1, or -1: in no group.
    """
    cells = (codes * 2 + (labels == 1)) * 2 + decisions
    counts = numpy.bincount(cells[codes >= 0], minlength=4 * size)
    return counts.reshape(size, 2, 2)


def counted(rate: Rate, table: Whole) -> tuple[int, int]:
    """Hits and trials of a rate in a table of shape (2, 2)."""
    return int((table * numpy.array(rate.hits)).sum()), int((table * numpy.array(rate.trials)).sum())


def ratio(metric: str, table: Whole) -> Fraction:
    """A rate of RATES in a table of shape (2, 2), exactly. Raises Unmeasurable without trials."""
    hits, trials = counted(RATES[metric], table)
    if not trials:
        raise Unmeasurable(f"{metric} needs a {RATES[metric].needs}, there is none")
    return Fraction(hits, trials)
