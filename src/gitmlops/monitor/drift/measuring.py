"""How far one column is from its reference."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy

from gitmlops.monitor.profiles.counting import Tally
from gitmlops.records.baseline import CategoricalColumn, Column, NumericColumn
from gitmlops.statistics import drift, histogram
from gitmlops.statistics.classification import Array
from gitmlops.statistics.histogram import Counts


@dataclass(frozen=True)
class Effect:
    """One change of one column. size in [0, 1]; n: rows of the window that it rests on; p: of chance alone.

    `distribution`: KS distance (numbers) or total variation beyond chance (levels) of the values that the reference
    knows; `unseen`: by how much the share of levels rose that it does not name; `missing`: by how much the share
    without a value rose. psi and, of numbers, the rank_wasserstein: second views for display; importance: 0..1, None if
    unknown; reference, seen: the counts of a `distribution`, from which other measures follow.
    """

    column: str
    kind: Literal["distribution", "unseen", "missing"]
    size: float
    p: float
    n: int
    direction: str
    psi: float = 0.0
    importance: float | None = None
    rank_wasserstein: float | None = None
    reference: Counts | None = field(default=None, compare=False, repr=False)
    seen: Counts | None = field(default=None, compare=False, repr=False)

    @property
    def rank(self) -> float:
        """What to look at first: size times importance."""
        return self.size * (self.importance or 0.0)

    @property
    def shift(self) -> float | None:
        """By how much the mean rank moved, as of `drift.rank_shift`; None of what is no distribution."""
        if self.reference is None or self.seen is None:
            return None
        return drift.rank_shift(self.reference, self.seen)


def distribution(name: str, seen: Tally, column: Column) -> Effect:
    """How far the values that the reference knows have moved."""
    reference, counts = numpy.array(column.counts, dtype=numpy.int64), seen.counts[: len(column.counts)]
    n, m = int(reference.sum()), int(counts.sum())
    wasserstein = None
    if isinstance(column, NumericColumn):
        size = drift.kolmogorov_smirnov(reference, counts)
        p, wasserstein = drift.kolmogorov_p(size, n, m), drift.rank_wasserstein(reference, counts)
    else:
        size, p = drift.total_variation(reference, counts), drift.homogeneity_p(reference, counts)
    return Effect(
        column=name,
        kind="distribution",
        size=size,
        p=p,
        n=m,
        direction=_direction(seen, column),
        psi=drift.population_stability_index(reference, counts),
        importance=column.importance,
        rank_wasserstein=wasserstein,
        reference=reference,
        seen=counts,
    )


def changes(name: str, seen: Tally, column: Column) -> Iterator[Effect]:
    """Every change of a column: of its values, of its share of unknown levels, of its share without a value."""
    yield distribution(name, seen, column)
    if isinstance(column, CategoricalColumn):
        yield _unseen(name, seen, column)
    yield _missing(name, seen, column)


def _unseen(name: str, seen: Tally, column: CategoricalColumn) -> Effect:
    """A share that fell is seen in the shares of the others."""
    now, known = int(seen.counts[-1]), sum(column.counts)
    before = column.other / max(known + column.other, 1)
    share = now / max(seen.rows, 1)
    cells = [numpy.array(pair) for pair in ((column.other, known), (now, seen.rows - now))]
    size = max(0.0, share - before) if seen.rows and known + column.other else 0.0
    mostly = f" (mostly {seen.others.most_common(1)[0][0]!r})" if seen.others else ""
    words = f"other levels{mostly} {before:.1%} → {share:.1%}"
    return Effect(name, "unseen", size, drift.homogeneity_p(*cells), seen.rows, words, importance=column.importance)


def _missing(name: str, seen: Tally, column: Column) -> Effect:
    """A share that fell is no fault of a feed and has the size 0."""
    rows = seen.rows + seen.missing
    before, now = column.missing / max(column.rows, 1), seen.missing / max(rows, 1)
    cells = [numpy.array([missing, present]) for missing, present in
             ((column.missing, column.rows - column.missing), (seen.missing, seen.rows))]  # fmt: skip
    size = max(0.0, now - before) if column.rows and rows else 0.0
    words = f"missing {before:.1%} → {now:.1%}"
    return Effect(name, "missing", size, drift.homogeneity_p(*cells), rows, words, importance=column.importance)


def _direction(seen: Tally, column: Column) -> str:
    """Medians, or the level whose share changed most."""
    known = seen.counts[: len(column.counts)]
    if not known.sum() or not sum(column.counts):
        return ""
    if isinstance(column, NumericColumn):
        edges = numpy.asarray(column.edges)
        before = numpy.array(column.counts, dtype=numpy.int64)
        return f"median {_median(before, edges)} → {_median(seen.counts, edges)}"
    reference = numpy.array(column.counts) / (sum(column.counts) + column.other)
    shares = known / seen.rows
    most = int(numpy.abs(shares - reference).argmax())
    return f"{column.levels[most]} {reference[most]:.1%} → {shares[most]:.1%}"


def _median(counts: Counts, edges: Array) -> str:
    value = histogram.median(counts, edges)
    if value is not None and math.isfinite(value):
        following = edges[edges > value][:1]
        # The edge just below a value that has a bin of its own would look like that value.
        own_bin = len(following) and numpy.nextafter(value, math.inf) == following[0]
        return f"under {following[0] + 0.0:.4g}" if own_bin else f"{value + 0.0:.4g}"
    return f"over {edges[-1]:.4g}" if len(edges) else "unknown"
