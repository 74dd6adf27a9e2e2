"""Whether a version keeps in production what it promised of groups, by all windows in which it has served."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy
from numpy.typing import NDArray

from gitmlops.monitor.fairness.counting import GroupCounts
from gitmlops.monitor.fairness.promises import FEWEST_QUOTED, Partition, Promise
from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.states import State
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics import rate_gaps
from gitmlops.statistics.classification import Array
from gitmlops.statistics.rate_gaps import Counted, Gap
from gitmlops.statistics.rates import RATES
from gitmlops.statistics.resampling import Whole

MOST_GROUPS = 50
"""More of them are 2,450 pairs and more, among which nothing can be seen."""
_STEPS = 20
NOT_TOLD = "neither the log nor a table beside it says which rows are of which group"


@dataclass(frozen=True)
class Group:
    """One group's rate since some window: hits of trials."""

    name: str
    hits: int
    trials: int


@dataclass(frozen=True)
class Apart:
    """Two groups and a rate, the lower one first. value: the ratio lower / higher, or higher - lower.

    since: the first window that it is of; surely: what the ratio is at most, the difference at least; None if it is not
    surely beyond the promise.
    """

    rate: str
    lower: Group
    higher: Group
    value: float
    since: str
    surely: float | None = None


@dataclass(frozen=True)
class Held:
    """What production says of one promise by one way to part the rows.

    state: an alarm where groups are surely further apart; OK where all groups are surely not; else nothing is known.
    widest: the two groups that are furthest apart, None if there are no two; groups: that are compared; small: how many
    have too few rows for it; why: it is UNKNOWN.
    """

    promise: Promise
    by: Partition
    state: State
    widest: Apart | None = None
    groups: int = 0
    small: int = 0
    why: str = ""


@dataclass(frozen=True)
class _Side:
    """The groups that are compared. labels: of the windows; tables: shape (groups, windows, 2, 2)."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    tables: Whole

    def counted(self, rate: str) -> Counted:
        """Hits and trials of a rate, shape (groups, windows)."""
        weights = RATES[rate]
        hits, trials = ((self.tables * numpy.array(one)).sum(axis=(2, 3)) for one in (weights.hits, weights.trials))
        return Counted(hits, trials)


def judge_groups(
    units: Sequence[Unit],
    version: str,
    promises: Sequence[Promise],
    groups: Mapping[Partition, GroupCounts],
    rules: AlarmRules,
) -> tuple[Held, ...]:
    """What is known of each promise of a version, by all its units; groups: their counts, in the order of the units.

    UNKNOWN: the groups, or outcomes that are mature, are not there. Nothing, if no unit is of the version.
    """
    if not any(unit.version == version for unit in units):
        return ()
    return tuple(
        _held(promise, by, units, _own(units, version, promise), groups.get(by), rules)
        for promise in promises
        for by in promise.partitions
    )


def _own(units: Sequence[Unit], version: str, promise: Promise) -> list[int]:
    return [place for place, unit in enumerate(units)
            if unit.version == version and (unit.mature or not promise.needs_outcomes)]  # fmt: skip


def _held(
    promise: Promise,
    by: Partition,
    units: Sequence[Unit],
    places: Sequence[int],
    counts: GroupCounts | None,
    rules: AlarmRules,
) -> Held:
    if counts is None:
        return Held(promise, by, State.UNKNOWN, why=NOT_TOLD)
    if not places:
        return Held(promise, by, State.UNKNOWN, why="no outcome is mature")
    labels = tuple(units[place].window.label for place in places)
    tables = _tables(counts, promise)[list(places)].swapaxes(0, 1)
    served = tables.sum(axis=(1, 2, 3)) > 0
    large = _large(tables, promise)
    side = _Side(tuple(name for name, kept in zip(counts.groups, large, strict=True) if kept), labels, tables[large])
    small = counts.rare + int(numpy.count_nonzero(served & ~large))
    if not 2 <= len(side.names) <= MOST_GROUPS:
        return Held(promise, by, State.INSUFFICIENT, groups=len(side.names), small=small)
    found = _judged(Held(promise, by, State.INSUFFICIENT, groups=len(side.names), small=small), side)
    selected = any(units[place].selected_by or units[place].coverage < rules.coverage for place in places)
    # That the known outcomes show no gap says little where they are a selection.
    says_too_much = found.state is State.OK and promise.needs_outcomes and selected
    return replace(found, state=State.PARTIAL) if says_too_much else found


def _tables(counts: GroupCounts, promise: Promise) -> Whole:
    """By outcome and decision; without outcomes all rows are among those of outcome 0: shape (units, groups, 2, 2)."""
    if promise.needs_outcomes:
        return counts.labelled
    return numpy.stack([counts.decided, numpy.zeros_like(counts.decided)], axis=2)


def _large(tables: Whole, promise: Promise) -> NDArray[numpy.bool_]:
    """Which groups have the rows, positives and negatives that are asked for."""
    check, outcomes = promise.check, tables.sum(axis=(1, 3))
    rows: NDArray[numpy.bool_] = outcomes.sum(axis=1) >= max(promise.least_rows, FEWEST_QUOTED)
    if not promise.needs_outcomes:
        return rows
    rows &= (outcomes[:, 1] >= check.min_positives) & (outcomes[:, 0] >= check.min_negatives)
    return rows


def _judged(held: Held, side: _Side) -> Held:
    """The promise by the large groups: one pair that is surely too far apart misses it, all must surely keep it."""
    promise = held.promise
    alpha = 1 - promise.check.confidence
    pairs = len(side.names) * (len(side.names) - 1)
    enough = len(promise.rates) * pairs * len(promise.partitions) / alpha
    missed: list[tuple[float, Apart]] = []
    kept, widest = True, None
    for rate in promise.rates:
        counted, (high, low) = side.counted(rate), _pairs(len(side.names))
        higher, lower = _of(counted, high), _of(counted, low)
        found = rate_gaps.beyond(higher, lower, promise.gap)
        kept &= bool((rate_gaps.within(higher, lower, promise.gap).value >= 1 / alpha).all())
        for pair in numpy.flatnonzero(found.value >= enough).tolist():
            pair_ = (rate, int(high[pair]), int(low[pair]))
            surely = _surely(_of(higher, [pair]), _of(lower, [pair]), promise, enough)
            missed.append((float(found.value[pair]), _apart(side, promise, *pair_, int(found.since[pair]), surely)))
        widest = _wider(widest, _widest(side, promise, rate, counted), promise)
    if missed:
        return replace(held, state=State.ALARM, widest=max(missed, key=lambda one: one[0])[1])
    all_compared = not held.small or promise.check.on_small_n == "leave_out"
    return replace(held, state=State.OK if kept and all_compared else State.INSUFFICIENT, widest=widest)


def _pairs(groups: int) -> tuple[Whole, Whole]:
    """Each group beside each other one, both ways round."""
    high, low = numpy.divmod(numpy.arange(groups * groups), groups)
    return high[high != low], low[high != low]


def _of(counted: Counted, places: Sequence[int] | Whole) -> Counted:
    return Counted(counted.hits[places], counted.trials[places])


def _apart(side: _Side, promise: Promise, rate: str, high: int, low: int, since: int, surely: float | None) -> Apart:
    counted = side.counted(rate)
    lower, higher = (
        Group(side.names[place], int(counted.hits[place, since:].sum()), int(counted.trials[place, since:].sum()))
        for place in (low, high)
    )
    return Apart(rate, lower, higher, _value(lower, higher, promise), side.labels[since], surely)


def _value(lower: Group, higher: Group, promise: Promise) -> float:
    ours, theirs = (one.hits / one.trials if one.trials else math.nan for one in (lower, higher))
    if promise.kind == "difference":
        return theirs - ours
    return ours / theirs if theirs else math.nan


def _widest(side: _Side, promise: Promise, rate: str, counted: Counted) -> Apart | None:
    """The two groups whose rates over all windows are furthest apart; None where there is no ratio."""
    hits, trials = counted.hits.sum(axis=1), counted.trials.sum(axis=1)
    if (trials == 0).any() or not hits.any():
        return None
    rates: Array = hits / trials
    return _apart(side, promise, rate, int(rates.argmax()), int(rates.argmin()), 0, None)


def _wider(one: Apart | None, other: Apart | None, promise: Promise) -> Apart | None:
    if one is None or other is None:
        return one or other
    wider = max if promise.kind == "difference" else min
    return wider((one, other), key=lambda apart: apart.value)


def _surely(higher: Counted, lower: Counted, promise: Promise, enough: float) -> float:
    """The limit furthest from the promise that the two rates are surely beyond, too, by halving."""
    ratio = promise.kind == "ratio"
    known, unknown = (promise.gap.factor, 0.0) if ratio else (promise.gap.allowed, 1.0)
    for _ in range(_STEPS):
        middle = (known + unknown) / 2
        gap = Gap(middle, 0.0) if ratio else Gap(1.0, middle)
        found = bool(rate_gaps.beyond(higher, lower, gap).value[0] >= enough)
        known, unknown = (middle, unknown) if found else (known, middle)
    return known
