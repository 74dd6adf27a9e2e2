"""Drift within the levels of slices, which the whole may hide: 2 standard deviations of a twentieth move it by 0.1."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy

from gitmlops.monitor.drift.column_states import column_states
from gitmlops.monitor.drift.measuring import Effect, distribution
from gitmlops.monitor.drift.thresholds import Limits, limits
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.profiles.subsets import Subsets, subset_column
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Column, Subset
from gitmlops.specs.alarm import AlarmRules

_NO_WINDOW = Window("", date(1970, 1, 1), date(1970, 1, 2))
"""What is judged by itself has no window before it, so that nothing depends on when it is."""


@dataclass(frozen=True)
class Change:
    """A change, what it is held against, and what is thought of it. within: the slice, as `column = level`."""

    effect: Effect
    threshold: float
    state: State
    within: str = ""


def by_itself(
    found: Sequence[Effect], limits: Mapping[str, Limits], rows: Mapping[str, int], rules: AlarmRules, within: str = ""
) -> Iterator[Change]:
    """What is thought of changes that have no windows before them: a breach is an alarm. rows: of the reference."""
    states = column_states(found, _NO_WINDOW, limits=limits, reference_rows=rows, past={}, rules=rules)
    for effect, state in states:
        certain = State.ALARM if state is State.FIRST else state
        yield Change(effect, limits[effect.column].threshold, certain, within)


def within_slices(
    columns: Sequence[Column], before: Sequence[Subset], now: Iterable[Subsets], rules: AlarmRules
) -> tuple[Change, ...]:
    """Changes of columns among the rows of a level that are alarms or warnings, the largest first.

    columns: of the reference, on whose bins both sides were counted; each level is judged by itself.
    """
    found = (change for subsets in now for change in _slices(columns, before, subsets, rules))
    moved = [change for change in found if change.state in (State.ALARM, State.WARNING)]
    return tuple(sorted(moved, key=lambda one: (-one.effect.size, one.effect.column, one.within)))


def _slices(
    columns: Sequence[Column], before: Sequence[Subset], subsets: Subsets, rules: AlarmRules
) -> Iterator[Change]:
    known = {subset.label: subset for subset in before if subset.of == subsets.of}
    others = [column for column in columns if column.name != subsets.of]
    for now in subsets.records():
        if now.label in known:
            yield from _slice(others, known[now.label], now, rules)


def _slice(columns: Sequence[Column], before: Subset, now: Subset, rules: AlarmRules) -> Iterator[Change]:
    found, rows = [], {}
    for column in columns:
        if column.name in before.counts and column.name in now.counts:
            part = subset_column(column, before.counts[column.name])
            *counts, missing = now.counts[column.name]
            found.append(distribution(column.name, Tally(numpy.array(counts, dtype=numpy.int64), missing), part))
            rows[column.name] = part.rows - part.missing
    own = {name: limits(name, rules) for name in rows}
    yield from by_itself(found, own, rows, rules, f"{now.of} = {now.label}")
