"""What moved, drawn: the values of the reference and of the window over each other."""

from collections.abc import Iterator, Sequence

import numpy

from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.drift.measuring import Effect
from gitmlops.monitor.drift.reference import Reference
from gitmlops.monitor.observing.observation import Observation
from gitmlops.records.baseline import CategoricalColumn, Column, NumericColumn
from gitmlops.report import Chart, Series
from gitmlops.statistics.classification import Array
from gitmlops.statistics.histogram import Counts

_MOST_COLUMNS, _MOST_LEVELS, _PARTS = 4, 12, 24
_TAIL = 0.01
"""Values beyond these quantiles of both sides count in the first and the last part: a far one would hide the rest."""


def overlays(observation: Observation, verdict: Verdict) -> Iterator[Chart]:
    """A chart of each column that moved, at most four, what to look at first first."""
    baseline = observation.baselines.get(verdict.version)
    if verdict.inputs is None or baseline is None:
        return
    columns = Reference(baseline).columns
    for effect in _moved(verdict.inputs):
        yield from _overlay(effect, columns[effect.column], verdict.inputs)


def _moved(judged: Judged) -> Sequence[Effect]:
    names = [effect.column for effect, _ in judged.moved][:_MOST_COLUMNS]
    known = {effect.column: effect for effect, _ in judged.columns if effect.kind == "distribution"}
    return [known[name] for name in names]


def _overlay(effect: Effect, column: Column, judged: Judged) -> Iterator[Chart]:
    if effect.reference is None or effect.seen is None or not effect.reference.sum() or not effect.seen.sum():
        return
    title = f"Share of rows by {effect.column}, in the reference and in {judged.unit.window.label}"
    if isinstance(column, CategoricalColumn):
        yield _levels(title, column, effect.reference, effect.seen)
    else:
        yield from _numbers(title, column, effect.reference, effect.seen)


def _levels(title: str, column: CategoricalColumn, reference: Counts, seen: Counts) -> Chart:
    """The levels that are most frequent on either side."""
    shares, now = reference / reference.sum(), seen / seen.sum()
    order = numpy.argsort(-(shares + now), kind="stable")[:_MOST_LEVELS]
    labels = tuple(column.levels[place] for place in order)
    return Chart(title, labels, (_series("reference", shares[order]), _series("window", now[order])), timed=False)


def _numbers(title: str, column: NumericColumn, reference: Counts, seen: Counts) -> Iterator[Chart]:
    """Shares of parts of equal width; within a bin of the profile rows are taken to lie evenly."""
    edges = numpy.array(column.edges)
    sides = [numpy.cumsum(counts)[:-1] / counts.sum() for counts in (reference, seen)]
    low = min(_value(edges, below, _TAIL) for below in sides) if len(edges) else 0.0
    high = max(_value(edges, below, 1 - _TAIL) for below in sides) if len(edges) else 0.0
    if not low < high:
        return
    grid = numpy.linspace(low, high, _PARTS + 1)
    parts = [_parts(grid, edges, below) for below in sides]
    middles = [f"{value:.4g}" for value in (grid[1:] + grid[:-1]) / 2]
    labels = (f"to {grid[1]:.4g}", *middles[1:-1], f"over {grid[-2]:.4g}")
    yield Chart(title, labels, (_series("reference", parts[0]), _series("window", parts[1])), timed=False)


def _parts(grid: Array, edges: Array, below: Array) -> Array:
    reached = numpy.interp(grid, edges, below)
    reached[0], reached[-1] = 0.0, 1.0
    return numpy.diff(reached)


def _value(edges: Array, below: Array, share: float) -> float:
    """The first edge at or below which the share of rows lies."""
    return float(edges[min(int(numpy.searchsorted(below, share)), len(edges) - 1)])


def _series(name: str, shares: Array) -> Series:
    return Series(name, tuple(round(float(share), 4) for share in shares))
