"""The log's columns as counts on the bins of their version's baseline: one pass, a row group in memory at a time."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters.data import row_files
from gitmlops.adapters.data.row_files import Part, RowFiles
from gitmlops.monitor.profiles.counting import Bins, Tally, add, bins_of, empty
from gitmlops.monitor.profiles.faults import ABSENT, Fault, Faults, texts_of, values_of
from gitmlops.monitor.profiles.losses import ExpectedLoss, expected_losses
from gitmlops.monitor.profiles.packing import (
    PackedSubsets,
    PackedTally,
    add_subsets,
    add_tally,
    packed_subsets,
    packed_tally,
)
from gitmlops.monitor.profiles.scores import DECISION, decided, in_one, scores_of
from gitmlops.monitor.profiles.subsets import Subsets, text_labels
from gitmlops.monitor.profiles.together import TOGETHER, Plane, plane_of
from gitmlops.monitor.profiles.values import texts
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column
from gitmlops.records.prediction_log import FEATURE, SLICE
from gitmlops.statistics.resampling import Whole

SCORE = "score"


@dataclass(frozen=True)
class Counted:
    """What was counted of a unit. columns: by the names in the log, without those that no file of the log has.

    losses: by metric, the sum of what the baseline's trees expect of the rows; none if a file lacks a column of them.
    faults: columns that are of another type than the baseline's, or gone from a file while others have them.
    """

    columns: Mapping[str, Tally]
    slices: tuple[Subsets, ...]
    losses: Mapping[str, float] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


Tallying = Callable[[RowFiles, NDArray[numpy.int64], Mapping[int, Baseline]], Mapping[int, Counted]]
"""What does as `tally` does."""


@dataclass
class _Together:
    """Distances from what the reference's columns have in common, of rows that have these columns."""

    plane: Plane
    bins: Bins
    tally: Tally

    def add(self, places: Mapping[str, NDArray[numpy.int64]], rows: int) -> None:
        """Count rows. places: of each column of the log, the bin of each row."""
        names = [FEATURE + column for column in self.plane.columns]
        if set(names) <= set(places):
            distances = self.plane.distances([places[name] for name in names])
            add(self.tally, pyarrow.array(distances), self.bins)
        else:
            self.tally.missing += rows


@dataclass
class _Unit:
    """What is being counted: the score only within slices, as all of them are counted elsewhere."""

    predicted: tuple[str, ...]
    bins: Mapping[str, Bins]
    tallies: Mapping[str, Tally]
    slices: tuple[Subsets, ...]
    expected: tuple[ExpectedLoss, ...]
    losses: dict[str, list[float]]
    together: _Together | None
    faults: Faults = field(default_factory=Faults)
    rows: int = 0


def log_columns(baseline: Baseline) -> Mapping[str, Column]:
    """The columns that the log may have, under their names there: features, and slices that are not features."""
    features = {f"{FEATURE}{column.name}": column for column in baseline.columns}
    slices = {f"{SLICE}{column.name}": column for column in baseline.slices}
    return {**features, **{name: column for name, column in slices.items() if FEATURE + column.name not in features}}


def tally(log: RowFiles, units: NDArray[numpy.int64], baselines: Mapping[int, Baseline]) -> Mapping[int, Counted]:
    """The counts of every feature and slice column by unit, as a whole and within the levels of slices.

    units: shape (rows of the log,), the unit that a row belongs to, below 0 for none; baselines: by unit. A value of
    another type than the baseline's counts as missing, and is a fault. Raises InputError if a file cannot be read.
    """
    counting = Counting(baselines)
    for part, rows in parts_by_unit(log, counting.names, units):
        counting.add(part, rows)
    return counting.counted()


class Counting:
    """The rows of a log as far as they are counted, by unit."""

    def __init__(self, baselines: Mapping[int, Baseline]) -> None:
        self._units = {unit: _empty(baseline) for unit, baseline in baselines.items()}
        self._seen: set[str] = set()

    @property
    def names(self) -> Sequence[str]:
        """The columns to read; prediction_id along: a table without any column would not know its number of rows."""
        names = {name for unit in self._units.values() for name in (*unit.bins, *unit.predicted)}
        return ["prediction_id", *sorted(names)]

    def add(self, part: Part, units: NDArray[numpy.int64]) -> None:
        """Count the rows of a part. units: of each row, below 0 for none."""
        self._seen |= set(part.table.column_names)
        for unit in numpy.unique(units[units >= 0]).tolist():
            _add(self._units[unit], part.of(units == unit))

    def counted(self) -> Mapping[int, Counted]:
        """The counts of all units."""
        seen = self._seen - {SCORE}
        return {
            unit: Counted(_seen(one, seen), one.slices, _sums(one.losses), tuple(_standing(one.faults, seen)))
            for unit, one in self._units.items()
        }

    def packed(self) -> bytes:
        """What was counted, for `add_packed`."""
        units = {unit: _packed(one) for unit, one in self._units.items() if one.rows}
        return msgspec.msgpack.encode(_Packed(sorted(self._seen), units))

    def add_packed(self, part: bytes) -> None:
        """Count what another one has counted of later rows, by the same baselines."""
        found = msgspec.msgpack.decode(part, type=_Packed)
        self._seen |= set(found.seen)
        for unit, one in found.units.items():
            _add_packed(self._units[unit], one)


class _PackedUnit(msgspec.Struct, array_like=True):
    tallies: dict[str, PackedTally]
    slices: list[PackedSubsets]
    losses: dict[str, list[float]]
    together: PackedTally | None
    faults: list[Fault]


class _Packed(msgspec.Struct, array_like=True):
    seen: list[str]
    units: dict[int, _PackedUnit]


def _packed(one: _Unit) -> _PackedUnit:
    return _PackedUnit(
        {name: packed_tally(kept) for name, kept in one.tallies.items()},
        [packed_subsets(subsets) for subsets in one.slices],
        one.losses,
        packed_tally(one.together.tally) if one.together else None,
        list(one.faults.all),
    )


def _add_packed(into: _Unit, part: _PackedUnit) -> None:
    for name, kept in part.tallies.items():
        add_tally(into.tallies[name], kept)
    for subsets, more in zip(into.slices, part.slices, strict=True):
        add_subsets(subsets, more)
    into.losses = {metric: sums + part.losses[metric] for metric, sums in into.losses.items() if metric in part.losses}
    if into.together and part.together:
        add_tally(into.together.tally, part.together)
    for fault in part.faults:
        into.faults.take(fault)


def _sums(losses: Mapping[str, Sequence[float]]) -> Mapping[str, float]:
    """Exact, so that it does not matter how rows were parted."""
    return {metric: math.fsum(sums) for metric, sums in losses.items()}


def parts_by_unit(
    log: RowFiles, names: Sequence[str], units: NDArray[numpy.int64]
) -> Iterator[tuple[Part, NDArray[numpy.int64]]]:
    """The log in parts, each with the units of its rows."""
    start = 0
    for part in row_files.parts(log, names):
        yield part, units[start : start + part.rows]
        start += part.rows


def _standing(faults: Faults, seen: set[str]) -> Iterator[Fault]:
    """Without columns that no file has: what was never logged is not gone."""
    return (fault for fault in faults.all if fault.found != ABSENT or fault.column in seen)


def _seen(one: _Unit, names: set[str]) -> Mapping[str, Tally]:
    found = {name: kept for name, kept in one.tallies.items() if name in names or name == DECISION}
    if one.together and one.together.tally.rows:
        found[TOGETHER] = one.together.tally
    return found


def _empty(baseline: Baseline) -> _Unit:
    columns = {**log_columns(baseline), SCORE: baseline.score}
    if baseline.decisions:
        columns[DECISION] = baseline.decisions
    bins = {name: bins_of(column) for name, column in columns.items()}
    known: dict[str, dict[str, int]] = {}
    for subset in baseline.subsets:
        known.setdefault(subset.of, {})[subset.label] = len(known.get(subset.of, {}))
    slices = tuple(Subsets(of, places) for of, places in known.items())
    tallies, expected = {name: empty(one) for name, one in bins.items()}, expected_losses(baseline.losses)
    losses: dict[str, list[float]] = {model.metric: [] for model in expected}
    return _Unit(baseline.predicted, bins, tallies, slices, expected, losses, _together(baseline))


def _together(baseline: Baseline) -> _Together | None:
    if baseline.together is None:
        return None
    bins = bins_of(baseline.together.distance)
    return _Together(plane_of(baseline.together, baseline.columns), bins, empty(bins))


def _add(into: _Unit, part: Part) -> None:
    """A file that lacks a column has no value for it."""
    names = part.table.column_names
    into.rows += part.rows
    slices = [(subsets, subsets.codes(text_labels(texts_of(part, name).fitting))) for subsets in into.slices
              if (name := _slice_name(subsets.of, names))]  # fmt: skip
    placed: dict[str, Whole] = {}
    for name, bins in into.bins.items():
        values = _values(name, bins, part, into)
        if values is None:
            into.tallies[name].missing += part.rows
            continue
        placed[name] = add(into.tallies[name], values, bins)
        for subsets, codes in slices:
            subsets.add(bins.column, codes, placed[name])
    _expect(into, placed)
    if into.together:
        into.together.add(placed, part.rows)


def _values(name: str, bins: Bins, part: Part, into: _Unit) -> pyarrow.ChunkedArray | pyarrow.Array | None:
    if name == SCORE:
        return pyarrow.array(in_one(scores_of(part, into.predicted).values))
    if name == DECISION:
        return texts(decided(scores_of(part, into.predicted).values, into.predicted))
    expected = "texts" if isinstance(bins.column, CategoricalColumn) else "numbers"
    if name not in part.table.column_names:
        everything = numpy.full(part.rows, part.has_schema)
        into.faults.add(part, everything, name, ABSENT, expected)
        return None
    found = values_of(part, name, bins.column)
    for kind, rows in found.strange.items():
        into.faults.add(part, rows, name, kind, expected)
    return found.fitting


def _expect(into: _Unit, placed: Mapping[str, Whole]) -> None:
    for model in into.expected:
        if not set(model.columns) <= set(placed):
            into.losses.pop(model.metric, None)
        elif model.metric in into.losses:
            into.losses[model.metric].append(float(model.of_rows(placed).sum()))


def _slice_name(of: str, names: Sequence[str]) -> str:
    """What a slice's column is called in the log; empty if it is not there."""
    return next((name for name in (SLICE + of, FEATURE + of) if name in names), "")
