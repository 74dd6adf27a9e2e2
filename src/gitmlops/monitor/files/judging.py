"""What is thought of a data file: each change of each column against its threshold, as a whole and within slices."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy

from gitmlops.monitor.column_states import column_states
from gitmlops.monitor.counting import Tally
from gitmlops.monitor.files.reference import Reference
from gitmlops.monitor.files.scan import Scan
from gitmlops.monitor.measuring import Effect, changes, distribution
from gitmlops.monitor.states import State
from gitmlops.monitor.subsets import Subsets, subset_column
from gitmlops.monitor.thresholds import Limits, limits
from gitmlops.monitor.windows import Window
from gitmlops.records.baseline import Column, Subset
from gitmlops.specs.alarm import AlarmRules

RULES = AlarmRules()
_NO_WINDOW = Window("", date(1970, 1, 1), date(1970, 1, 2))
"""A file by itself has no window before it, so that nothing depends on when it is."""


@dataclass(frozen=True)
class Change:
    """A change, what it is held against, and what is thought of it. within: the slice, as `column = level`."""

    effect: Effect
    threshold: float
    state: State
    within: str = ""


@dataclass(frozen=True)
class Judged:
    """Changes of whole columns in the order of the reference, and those within slices that are alarms or warnings.

    periods: of the reference, on which thresholds rest; 0 if there are too few to say what is usual.
    """

    columns: tuple[Change, ...]
    slices: tuple[Change, ...]
    periods: int

    @property
    def alarms(self) -> tuple[Change, ...]:
        """Every change that is an alarm, the largest first."""
        found = [one for one in (*self.columns, *self.slices) if one.state is State.ALARM]
        return tuple(sorted(found, key=lambda one: (-one.effect.size, one.effect.column, one.within)))

    @property
    def decided(self) -> bool:
        """Whether anything could be said of the values of any column."""
        return any(one.state is not State.INSUFFICIENT for one in self.columns if one.effect.kind == "distribution")


def judge(reference: Reference, scan: Scan) -> Judged:
    """What is thought of every column that is there as the reference has it."""
    comparable = [column for column in reference.columns if column.name in scanned(reference, scan)]
    whole = [effect for column in comparable for effect in changes(column.name, scan.tallies[column.name], column)]
    found = {name: limits(name, RULES, numpy.array(effects)) for name, effects in reference.effects.items()}
    within = (one for subsets in scan.slices for one in _slices(reference, comparable, subsets))
    return Judged(
        columns=tuple(_judged(whole, found, {column.name: column.rows - column.missing for column in comparable})),
        slices=tuple(one for one in within if one.state in (State.ALARM, State.WARNING)),
        periods=max((one.periods for one in found.values()), default=0),
    )


def scanned(reference: Reference, scan: Scan) -> set[str]:
    """The columns of the reference that were found, with a type that fits."""
    return {column.name for column in reference.columns if column.name in scan.found and column.name not in scan.wrong}


def _slices(reference: Reference, columns: Sequence[Column], subsets: Subsets) -> Iterator[Change]:
    """How far columns have moved among the rows of a level, against the reference's rows of that level."""
    known = {subset.label: subset for subset in reference.slices if subset.of == subsets.of}
    for now in subsets.records():
        if now.label in known:
            yield from _slice([column for column in columns if column.name != subsets.of], known[now.label], now)


def _slice(columns: Sequence[Column], before: Subset, now: Subset) -> Iterable[Change]:
    found, rows = [], {}
    for column in columns:
        if column.name in before.counts and column.name in now.counts:
            part = subset_column(column, before.counts[column.name])
            *counts, missing = now.counts[column.name]
            found.append(distribution(column.name, Tally(numpy.array(counts, dtype=numpy.int64), missing), part))
            rows[column.name] = part.rows - part.missing
    return _judged(found, {name: limits(name, RULES) for name in rows}, rows, f"{now.of} = {now.label}")


def _judged(
    found: Sequence[Effect], limits: Mapping[str, Limits], rows: Mapping[str, int], within: str = ""
) -> Iterable[Change]:
    states = column_states(found, _NO_WINDOW, limits=limits, reference_rows=rows, past={}, rules=RULES)
    for effect, state in states:
        yield Change(effect, limits[effect.column].threshold, _of_one_file(state), within)


def _of_one_file(state: State) -> State:
    """A breach is an alarm: it cannot be the first of two, and there is no second file to wait for."""
    return State.ALARM if state is State.FIRST else state
