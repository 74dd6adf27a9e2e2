"""What is thought of a data file: each change of each column against its threshold, as a whole and within slices."""

from dataclasses import dataclass

import numpy

from gitmlops.monitor.drift.measuring import changes
from gitmlops.monitor.drift.slice_drift import Change, by_itself, within_slices
from gitmlops.monitor.drift.thresholds import limits
from gitmlops.monitor.files.reference import Reference
from gitmlops.monitor.files.scan import Scan
from gitmlops.monitor.states import State
from gitmlops.specs.alarm import AlarmRules

RULES = AlarmRules()


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
    comparable = [column for column in reference.columns if column.name in scan.found and column.name not in scan.wrong]
    whole = [effect for column in comparable for effect in changes(column.name, scan.tallies[column.name], column)]
    found = {name: limits(name, RULES, numpy.array(effects)) for name, effects in reference.effects.items()}
    rows = {column.name: column.rows - column.missing for column in comparable}
    return Judged(
        columns=tuple(by_itself(whole, found, rows, RULES)),
        slices=within_slices(comparable, reference.slices, scan.slices, RULES),
        periods=max((one.periods for one in found.values()), default=0),
    )
