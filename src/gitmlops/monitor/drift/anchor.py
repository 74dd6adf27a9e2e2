"""Drift since the first version: each new baseline follows the data, and would hide what happens slowly."""

from collections.abc import Iterator

import msgspec
import numpy

from gitmlops.monitor.drift.measuring import Effect, distribution
from gitmlops.monitor.drift.slice_drift import Change, by_itself
from gitmlops.monitor.drift.thresholds import limits
from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.profiles.tallies import SCORE, log_columns
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn
from gitmlops.specs.alarm import AlarmRules


def since_anchor(anchor: Baseline, latest: Baseline, unit: Unit, rules: AlarmRules) -> tuple[Change, ...]:
    """Columns that are beyond their floors from the anchor's data, in the order of the latest baseline.

    unit: counted on the latest baseline's bins, onto which the anchor's rows are put.
    """
    pairs = list(_pairs(anchor, latest, unit))
    found = [effect for effect, _ in pairs]
    own = {effect.column: limits(effect.column, rules) for effect in found}
    changes = by_itself(found, own, {effect.column: rows for effect, rows in pairs}, rules)
    return tuple(change for change in changes if change.state is State.ALARM)


def rebinned(column: Column, onto: Column) -> Column | None:
    """The rows of a column on the bins of another one, None if one has numbers and the other levels.

    Of numbers between two edges evenly: a distance is then within the largest bin (0.005) of what all rows would give.
    """
    if isinstance(column, NumericColumn) and isinstance(onto, NumericColumn):
        return _numbers(column, onto)
    if isinstance(column, CategoricalColumn) and isinstance(onto, CategoricalColumn):
        rows = dict(zip(column.levels, column.counts, strict=True))
        counts = tuple(rows.get(level, 0) for level in onto.levels)
        present = column.rows - column.missing
        return msgspec.structs.replace(
            onto, rows=column.rows, missing=column.missing, counts=counts, other=present - sum(counts)
        )
    return None


def _numbers(column: NumericColumn, onto: NumericColumn) -> NumericColumn:
    below = numpy.cumsum(column.counts)
    if column.edges:
        at_edges = numpy.interp(onto.edges, column.edges, below[:-1], left=0.0, right=float(below[-1]))
        below = numpy.append(numpy.rint(at_edges).astype(numpy.int64), below[-1])
    counts = numpy.diff(below, prepend=0) if len(below) == len(onto.edges) + 1 else numpy.zeros(len(onto.counts))
    return msgspec.structs.replace(
        onto, rows=column.rows, missing=column.missing, counts=tuple(counts.astype(int).tolist())
    )


def _pairs(anchor: Baseline, latest: Baseline, unit: Unit) -> Iterator[tuple[Effect, int]]:
    """A distribution against the anchor, and the anchor's rows."""
    first = {column.name: column for column in (*anchor.columns, *anchor.slices)}
    tallies = {**unit.columns, SCORE: unit.score}
    known = {**log_columns(latest), SCORE: latest.score}
    for name, column in known.items():
        before = _score(anchor, latest) if name == SCORE else first.get(column.name)
        moved = rebinned(before, column) if before and name in tallies else None
        if moved:
            yield distribution(column.name, tallies[name], moved), moved.rows - moved.missing


def _score(anchor: Baseline, latest: Baseline) -> NumericColumn | None:
    """The anchor's predictions, None if it predicted something else."""
    return anchor.score if anchor.predicted == latest.predicted else None
