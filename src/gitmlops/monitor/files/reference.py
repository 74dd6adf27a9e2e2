"""What a data file is compared with: a profile of a table, or a model's baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from gitmlops.monitor.files.scan import Plan
from gitmlops.monitor.profiles.subsets import large, leave_one_out
from gitmlops.records.baseline import (
    BASELINE_VERSIONS,
    Baseline,
    Column,
    FirstBaseline,
    Period,
    Subset,
    upgraded,
)
from gitmlops.records.canonical import decode
from gitmlops.records.consistency import require_consistent
from gitmlops.records.profile import Profile

_VERSIONS = Profile | BASELINE_VERSIONS


@dataclass(frozen=True)
class Reference:
    """columns: in the order of the table; effects: of each column, how far single periods were from all others.

    prediction, target, time: columns, empty if there is none; slices: the parts of the rows by levels of columns;
    period, periods: how long the reference's periods are, and how many rows of each there were.
    """

    rows: int
    columns: tuple[Column, ...]
    effects: Mapping[str, tuple[float, ...]]
    slices: tuple[Subset, ...]
    prediction: str = ""
    target: str = ""
    time: str = ""
    period: Period = ""
    periods: tuple[int, ...] = ()

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """The columns by whose levels rows are looked at apart."""
        return tuple(dict.fromkeys(subset.of for subset in self.slices))

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The levels of each of them."""
        return {name: tuple(one.label for one in self.slices if one.of == name) for name in self.slice_columns}

    def plan(self, *, time: str, until: datetime) -> Plan:
        """What to count in data to judge it by this reference. time: the column of a row's time, if it is another."""
        named = time or self.time
        return Plan(
            columns=self.columns,
            time=named,
            period=self.period if named else "",
            slices=self.slice_columns,
            until=int(until.timestamp() * 1_000_000),
            labels=self.labels,
        )


def read_reference(content: bytes, path: str) -> Reference:
    """A profile or a baseline of any version. Raises InputError for anything else."""
    found: Profile | Baseline | FirstBaseline = decode(content, _VERSIONS, path=path)
    if isinstance(found, Profile):
        require_consistent(found.columns, found.subsets, path)
        return _of_profile(found)
    reference = _of_baseline(upgraded(found))
    require_consistent(reference.columns, reference.slices, path)
    return reference


def _of_profile(profile: Profile) -> Reference:
    periods = large(subset for subset in profile.subsets if not subset.of)
    return Reference(
        rows=profile.rows,
        columns=profile.columns,
        effects={column.name: leave_one_out(column, periods) for column in profile.columns},
        slices=large(subset for subset in profile.subsets if subset.of),
        prediction=profile.prediction,
        target=profile.target,
        time=profile.time,
        period=profile.period,
        periods=tuple(period.rows for period in periods),
    )


def _of_baseline(baseline: Baseline) -> Reference:
    score = msgspec.structs.replace(baseline.score, importance=1.0)
    columns = (*baseline.columns, *(one for one in baseline.slices if one.name not in _names(baseline)), score)
    return Reference(
        rows=baseline.rows,
        columns=columns,
        effects={column.name: column.effects for column in columns},
        slices=baseline.subsets,
        prediction=score.name,
        period=baseline.effect_period,
    )


def _names(baseline: Baseline) -> set[str]:
    return {column.name for column in baseline.columns}
