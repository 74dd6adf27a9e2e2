"""Parts of the rows: levels of a slice, or periods of time, counted on coarse bins."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.monitor.profiles.columns import coarse_bins
from gitmlops.monitor.profiles.values import places
from gitmlops.records.baseline import CategoricalColumn, Column, NumericColumn, Period, Subset
from gitmlops.statistics import drift
from gitmlops.statistics.histogram import Counts

MIN_ROWS = 500
"""Of a period or a level that something is said of: from so many on, chance alone moves less than a tenth."""
MAX_SUBSETS = 400
_DAY = 86_400_000_000
_LENGTHS: Mapping[Period, int] = {"day": 1, "week": 7}
_MONDAY = 4
"""1970 began on a Thursday."""


@dataclass(frozen=True)
class Labels:
    """The label of each row: its place among the distinct ones, below 0 for none."""

    distinct: tuple[str, ...]
    indices: NDArray[numpy.int64]


def text_labels(values: pyarrow.Array | pyarrow.ChunkedArray) -> Labels:
    """A column's values as labels, null as none."""
    if isinstance(values, pyarrow.ChunkedArray):
        values = values.combine_chunks()
    encoded = values.cast(pyarrow.string()).dictionary_encode()
    return Labels(tuple(map(str, encoded.dictionary.to_pylist())), places(encoded.indices, missing=-1))


@dataclass
class Subsets:
    """Rows by part. of: the slice's column, empty for periods; places: of each label; counts: by column."""

    of: str
    places: dict[str, int] = field(default_factory=dict)
    rows: NDArray[numpy.int64] = field(default_factory=lambda: numpy.zeros(0, dtype=numpy.int64))
    counts: dict[str, NDArray[numpy.int64]] = field(default_factory=dict)

    def codes(self, labels: Labels) -> NDArray[numpy.int64]:
        """The part of each row by its label, -1 for none; the rows are counted. Labels beyond MAX_SUBSETS are none."""
        known = [self._place(label) for label in labels.distinct]
        indices = numpy.where(labels.indices < 0, len(known), labels.indices)
        codes: NDArray[numpy.int64] = numpy.array([*known, -1], dtype=numpy.int64)[indices]
        self.rows = _widened(self.rows, len(self.places))
        self.rows += numpy.bincount(codes[codes >= 0], minlength=len(self.places))
        return codes

    def add(self, column: Column, codes: NDArray[numpy.int64], places: NDArray[numpy.int64]) -> None:
        """Count a column's rows. codes, places: shape (rows,), the part and the (full) bin of each."""
        coarse = coarse_bins(column)
        width = int(coarse[-1]) + 1
        inside = codes >= 0
        found = numpy.bincount(codes[inside] * width + coarse[places[inside]], minlength=len(self.places) * width)
        before = self.counts.get(column.name, numpy.zeros((0, width), dtype=numpy.int64))
        self.counts[column.name] = _widened(before, len(self.places)) + found.reshape(-1, width)

    def add_rows_of(self, other: "Subsets") -> None:
        """Count what was counted of other rows by the same labels."""
        known = numpy.array([self._place(label) for label in other.places], dtype=numpy.int64)
        self.rows = _widened(self.rows, len(self.places))
        _add_at(self.rows, known, other.rows)
        for name, found in other.counts.items():
            before = self.counts.get(name, numpy.zeros((0, found.shape[1]), dtype=numpy.int64))
            self.counts[name] = _widened(before, len(self.places))
            _add_at(self.counts[name], known, found)

    def records(self) -> tuple[Subset, ...]:
        """The parts, by label."""
        return tuple(
            Subset(
                of=self.of,
                label=label,
                rows=int(self.rows[place]),
                counts={
                    name: tuple(found[place].tolist()) for name, found in self.counts.items() if place < len(found)
                },
            )
            for label, place in sorted(self.places.items())
        )

    def _place(self, label: str) -> int:
        if label not in self.places and len(self.places) >= MAX_SUBSETS:
            return -1
        return self.places.setdefault(label, len(self.places))


def period_labels(microseconds: NDArray[numpy.int64], known: NDArray[numpy.bool_], period: Period) -> Labels:
    """The first day of each row's period, none where its time is not known. microseconds: since 1970, UTC."""
    days = (microseconds // _DAY).astype("datetime64[D]")
    if period == "month":
        days = days.astype("datetime64[M]").astype("datetime64[D]")
    else:
        length = _LENGTHS[period]
        numbers = days.astype(numpy.int64)
        days = (numbers - (numbers - _MONDAY) % length).astype("datetime64[D]")
    distinct, places = numpy.unique(days, return_inverse=True)
    text = tuple(map(str, numpy.datetime_as_string(distinct, unit="D").tolist()))
    return Labels(text, numpy.where(known, places, -1))


def leave_one_out(column: Column, periods: Sequence[Subset]) -> tuple[float, ...]:
    """How far each period is from all others together: KS distance or total variation, on coarse bins, 4 digits."""
    return tuple(round(_distance(column, others, one), 4) for others, one in _against_others(column, periods))


def leave_one_out_shifts(column: Column, periods: Sequence[Subset]) -> tuple[float, ...]:
    """By how much the mean rank of each period is above that of all others together, on coarse bins, 4 digits."""
    return tuple(round(drift.rank_shift(others, one) or 0.0, 4) for others, one in _against_others(column, periods))


def _against_others(column: Column, periods: Sequence[Subset]) -> Iterator[tuple[Counts, Counts]]:
    rows = numpy.array([period.counts.get(column.name, ()) for period in periods], dtype=numpy.int64)
    if rows.size:
        present = rows[:, :-1]
        whole = present.sum(axis=0)
        yield from ((whole - one, one) for one in present)


def large(subsets: Iterable[Subset]) -> tuple[Subset, ...]:
    """Those of which something can be said."""
    return tuple(subset for subset in subsets if subset.rows >= MIN_ROWS)


def _distance(column: Column, others: Counts, one: Counts) -> float:
    if isinstance(column, NumericColumn):
        return drift.kolmogorov_smirnov(others, one)
    return drift.total_variation(others, one)


def _widened(array: NDArray[numpy.int64], length: int) -> NDArray[numpy.int64]:
    missing = [(0, max(length - len(array), 0)), *[(0, 0)] * (array.ndim - 1)]
    return numpy.pad(array, missing)


def _add_at(into: NDArray[numpy.int64], places: NDArray[numpy.int64], found: NDArray[numpy.int64]) -> None:
    """Add each row of `found` to the one at its place, to none at -1; places are distinct, the last may have no row."""
    places = places[: len(found)]
    into[places[places >= 0]] += found[places >= 0]


def subset_column(column: Column, counts: Sequence[int]) -> Column:
    """A column's coarse counts as a column of its own, so that a part is measured as a whole is."""
    rows = sum(counts)
    if isinstance(column, CategoricalColumn):
        return CategoricalColumn(
            column.name, rows, counts[-1], column.levels[: column.coarse], tuple(counts[:-2]), counts[-2],
            importance=column.importance, dtype=column.dtype,
        )  # fmt: skip
    return NumericColumn(
        column.name, rows, counts[-1], column.minimum, column.maximum, None, None,
        tuple(column.edges[place] for place in column.coarse), tuple(counts[:-1]),
        importance=column.importance, dtype=column.dtype,
    )  # fmt: skip
