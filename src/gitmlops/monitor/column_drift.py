"""How far the columns of a unit are from their baseline."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy

from gitmlops.monitor.observation import Unit
from gitmlops.monitor.tallies import Tally, log_columns
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn
from gitmlops.statistics import drift, histogram
from gitmlops.statistics.classification import Array

SCORE = "score"


@dataclass(frozen=True)
class Effect:
    """One change of one column. size in [0, 1]; n: rows of the window that it rests on; p: of chance alone.

    `distribution`: KS distance (numbers) or total variation beyond chance (levels) of the values that are there;
    `missing`: by how much the share without a value rose. psi: for display; importance: 0..1, None if unknown.
    """

    column: str
    kind: Literal["distribution", "missing"]
    size: float
    p: float
    n: int
    direction: str
    psi: float
    importance: float | None

    @property
    def rank(self) -> float:
        """What to look at first: size times importance."""
        return self.size * (self.importance or 0.0)


def effects(unit: Unit, baseline: Baseline) -> tuple[Effect, ...]:
    """Every change that can be measured: of the score, and of each column that the log has."""
    found = [_distribution(SCORE, unit.score, baseline.score, 1.0)]
    for name, column in log_columns(baseline).items():
        if name in unit.columns:
            shown = column.name if column in baseline.columns else name
            found.append(_distribution(shown, unit.columns[name], column, column.importance))
            found.append(_missing(shown, unit.columns[name], column))
    return tuple(found)


def _distribution(name: str, seen: Tally, column: Column, importance: float | None) -> Effect:
    reference = _reference(column)
    n, m = int(reference.sum()), seen.rows
    if isinstance(column, NumericColumn):
        size = drift.kolmogorov_smirnov(reference, seen.counts)
        p = drift.kolmogorov_p(size, n, m)
    else:
        size, p = drift.total_variation(reference, seen.counts), drift.homogeneity_p(reference, seen.counts)
    psi = drift.population_stability_index(reference, seen.counts)
    return Effect(name, "distribution", size, p, m, _direction(seen, column), psi, importance)


def _missing(name: str, seen: Tally, column: Column) -> Effect:
    """A share that fell is no fault of a feed and has the size 0."""
    rows = seen.rows + seen.missing
    before, now = column.missing / max(column.rows, 1), seen.missing / max(rows, 1)
    cells = [numpy.array([missing, present]) for missing, present in
             ((column.missing, column.rows - column.missing), (seen.missing, seen.rows))]  # fmt: skip
    size = max(0.0, now - before) if column.rows and rows else 0.0
    words = f"missing {before:.1%} → {now:.1%}"
    return Effect(name, "missing", size, drift.homogeneity_p(*cells), rows, words, 0.0, column.importance)


def _reference(column: Column) -> histogram.Counts:
    others = () if isinstance(column, NumericColumn) else (column.other,)
    return numpy.array((*column.counts, *others), dtype=numpy.int64)


def _direction(seen: Tally, column: Column) -> str:
    """Medians, or the level whose share changed most."""
    reference = _reference(column)
    if not seen.rows or not reference.sum():
        return ""
    if isinstance(column, NumericColumn):
        edges = numpy.asarray(column.edges)
        return f"median {_median(reference, edges)} → {_median(seen.counts, edges)}"
    before_shares, shares = reference / reference.sum(), seen.counts / seen.rows
    most = int(numpy.abs(shares - before_shares).argmax())
    return f"{_level(most, seen, column)} {before_shares[most]:.1%} → {shares[most]:.1%}"


def _level(place: int, seen: Tally, column: CategoricalColumn) -> str:
    if place < len(column.levels):
        return column.levels[place]
    return f"other levels (mostly {seen.others.most_common(1)[0][0]!r})" if seen.others else "other levels"


def _median(counts: histogram.Counts, edges: Array) -> str:
    value = histogram.median(counts, edges)
    if value is not None and math.isfinite(value):
        return f"{value:.4g}"
    return f"over {edges[-1]:.4g}" if len(edges) else "unknown"
