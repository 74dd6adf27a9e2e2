"""What windows of a version are held against: its baseline, and what its own periods do among themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy

from gitmlops.monitor.drift.slow_drift import Usual, usual
from gitmlops.monitor.drift.thresholds import Limits, Periods, comparable, limits
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.scores import DECISION
from gitmlops.monitor.profiles.tallies import SCORE, log_columns
from gitmlops.monitor.profiles.together import TOGETHER
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
        together, decisions = self.baseline.together, self.baseline.decisions
        found = {SCORE: self.baseline.score, **named}
        if decisions:
            found[DECISION] = decisions
        if together:
            found[TOGETHER] = together.distance
        return found

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Reference rows with a value, by column."""
        return {name: column.rows - column.missing for name, column in self.columns.items()}

    @cached_property
    def periods(self) -> Mapping[str, Periods]:
        """The periods whose effects the columns have, and those of the score."""
        own = Periods(self.baseline.effect_period, tuple(map(date.fromisoformat, self.baseline.periods)))
        score = Periods(self.baseline.effect_period, tuple(map(date.fromisoformat, self.baseline.score_periods)))
        return {name: score if name == SCORE else own for name in self.columns}

    def unknown(self, rules: AlarmRules) -> tuple[str, ...]:
        """Columns that the rules name and that the baseline does not have."""
        return tuple(sorted(set(rules.columns) - set(self.columns)))

    def limits(self, window: Window, rules: AlarmRules) -> Mapping[str, Limits]:
        """What the columns of a window are held against."""
        places = {periods: list(comparable(periods, window, rules)) for periods in set(self.periods.values())}
        return {
            name: limits(name, rules, _usual(column.effects, places[self.periods[name]]))
            for name, column in self.columns.items()
        }

    def usual(self, window: Window, rules: AlarmRules) -> Mapping[str, Usual]:
        """How far mean ranks move by themselves, of the columns that know it, in all seasons."""
        known = {periods for periods in set(self.periods.values()) if comparable(periods, window, rules)}
        found = {
            name: usual(column.shifts, range(len(column.shifts)))
            for name, column in self.columns.items()
            if self.periods[name] in known
        }
        return {name: one for name, one in found.items() if one}


def _usual(effects: tuple[float, ...], places: list[int]) -> Array | None:
    return numpy.array(effects)[places] if effects and places else None
