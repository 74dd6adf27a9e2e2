"""data: whether one feature tells the label nearly by itself, as one does that was written down after the outcome."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy
import pandas

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.statistics.classification import Array
from gitmlops.statistics.scoring import weighted_auc


def _single_feature_auc(candidate: Candidate, rows: Rows) -> Measured:
    labels = candidate.sample.labels[rows.chosen]
    chosen = candidate.rows.loc[rows.chosen]
    found = {name: _best_auc(chosen[name], labels) for name in candidate.features}
    name = max(found, key=lambda one: found[one])
    return Measured(Fraction(found[name]), f"of {name!r} alone")


def _best_auc(values: "pandas.Series[Any]", labels: Array) -> float:
    """How well the values, or whether there is one, order the labels, in whichever direction: 0.5 to 1."""
    ordered = _as_numbers(values) if _is_ordered(values) else _rates(values, labels)
    missing = values.isna().to_numpy().astype(numpy.float64)
    aucs = [weighted_auc(labels, scores) for scores in (ordered, missing)]
    return max(max(auc, 1 - auc) for auc in aucs)


def _is_ordered(values: "pandas.Series[Any]") -> bool:
    kinds = pandas.api.types
    return kinds.is_numeric_dtype(values.dtype) or kinds.is_datetime64_any_dtype(values.dtype)


def _as_numbers(values: "pandas.Series[Any]") -> Array:
    """Ranks, the missing values below all others: ranks are finite, whatever the values are."""
    return values.rank(method="dense", na_option="top").to_numpy().astype(numpy.float64)


def _rates(values: "pandas.Series[Any]", labels: Array) -> Array:
    """Of each row, the share of positives with its word in the other half of the rows: no row tells of itself."""
    words = values.astype(object).where(values.notna(), "").map(str).reset_index(drop=True)
    halves = numpy.arange(len(labels)) % 2
    scores = numpy.full(len(labels), labels.mean())
    for half in (0, 1):
        rates = pandas.Series(labels[halves != half]).groupby(words[halves != half].to_numpy()).mean()
        known = words[halves == half].map(rates).to_numpy(dtype=numpy.float64)
        scores[halves == half] = numpy.where(numpy.isnan(known), labels[halves != half].mean(), known)
    return scores


MEASURES: Mapping[str, Measure] = {"single_feature_auc": _single_feature_auc}
