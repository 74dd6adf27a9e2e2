"""What windows of a version are held against: its baseline, and what its own periods do among themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy

from gitmlops.monitor.column_drift import SCORE
from gitmlops.monitor.slow_drift import Usual, usual
from gitmlops.monitor.tallies import log_columns
from gitmlops.monitor.thresholds import Limits, Periods, comparable, limits
from gitmlops.monitor.windows import Window
from gitmlops.records.baseline import Baseline, Column
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics.classification import Array


@dataclass(frozen=True)
class Reference:
    """A baseline, read for judging."""

    baseline: Baseline

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The score and the columns that a log may have, by the names that effects have."""
        own = {id(column) for column in self.baseline.columns}
        named = {
            column.name if id(column) in own else name: column for name, column in log_columns(self.baseline).items()
        }
        return {SCORE: self.baseline.score, **named}

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Reference rows with a value, by column."""
        return {name: column.rows - column.missing for name, column in self.columns.items()}

    @cached_property
    def periods(self) -> Periods:
        """The periods whose effects the columns have."""
        return Periods(self.baseline.effect_period, tuple(map(date.fromisoformat, self.baseline.periods)))

    def limits(self, window: Window, rules: AlarmRules) -> Mapping[str, Limits]:
        """What the columns of a window are held against."""
        places = list(comparable(self.periods, window, rules))
        return {name: limits(name, rules, _usual(column.effects, places)) for name, column in self.columns.items()}

    def usual(self, window: Window, rules: AlarmRules) -> Mapping[str, Usual]:
        """How far mean ranks move by themselves, of the columns that know it, in all seasons."""
        places = range(len(self.periods.starts)) if comparable(self.periods, window, rules) else ()
        found = {name: usual(column.shifts, places) for name, column in self.columns.items()}
        return {name: known for name, known in found.items() if known}


def _usual(effects: tuple[float, ...], places: list[int]) -> Array | None:
    return numpy.array(effects)[places] if effects and places else None
