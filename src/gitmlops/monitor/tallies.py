"""The log's columns as counts on the bins of their version's baseline: one pass, a row group in memory at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters import tables
from gitmlops.monitor.log import floats, numbers
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn
from gitmlops.records.prediction_log import FEATURE, SLICE
from gitmlops.statistics import histogram
from gitmlops.statistics.histogram import Counts

MAX_OTHERS = 1_000
"""Levels that a baseline does not know and that are counted by name."""


@dataclass
class Tally:
    """Rows of one column in one unit, on its baseline's bins, or levels and a last entry for all others."""

    counts: Counts
    missing: int = 0
    others: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Rows with a value."""
        return int(self.counts.sum())


Tallies = Mapping[int, Mapping[str, Tally]]
"""Unit -> column as named in the log -> its counts. A column that no file of the log has is not there."""


def log_columns(baseline: Baseline) -> Mapping[str, Column]:
    """The columns that the log may have, under their names there: features, and slices that are not features."""
    features = {f"{FEATURE}{column.name}": column for column in baseline.columns}
    slices = {f"{SLICE}{column.name}": column for column in baseline.slices}
    return {**features, **{name: column for name, column in slices.items() if FEATURE + column.name not in features}}


def tally(path: Path, units: NDArray[numpy.int64], baselines: Mapping[int, Baseline]) -> Tallies:
    """The counts of every feature and slice column.

    units: shape (rows of the log,), the unit that a row belongs to, below 0 for none; baselines: by unit.
    Raises InputError if a column is text where the baseline has numbers.
    """
    wanted = {unit: log_columns(baseline) for unit, baseline in baselines.items()}
    tallies: dict[int, dict[str, Tally]] = {
        unit: {name: empty(column) for name, column in columns.items()} for unit, columns in wanted.items()
    }
    seen: set[str] = set()
    names = sorted({name for columns in wanted.values() for name in columns})
    for table, rows in _row_groups(path, names, units):
        seen |= set(table.column_names)
        for unit in numpy.unique(rows[rows >= 0]).tolist():
            of_unit = table.filter(pyarrow.array(rows == unit))
            for name, column in wanted[unit].items():
                _add(tallies[unit][name], of_unit, name, column, path)
    return {unit: {name: kept for name, kept in columns.items() if name in seen} for unit, columns in tallies.items()}


def empty(column: Column) -> Tally:
    """A tally of no rows."""
    bins = len(column.edges) if isinstance(column, NumericColumn) else len(column.levels)
    return Tally(numpy.zeros(bins + 1, dtype=numpy.int64))


def _row_groups(
    path: Path, names: Sequence[str], units: NDArray[numpy.int64]
) -> Iterator[tuple[pyarrow.Table, NDArray[numpy.int64]]]:
    # prediction_id is read along: a table without any column would not know its number of rows.
    start = 0
    for table in tables.row_groups(path, ["prediction_id", *names]):
        yield table, units[start : start + table.num_rows]
        start += table.num_rows


def _add(into: Tally, rows: pyarrow.Table, name: str, column: Column, path: Path) -> None:
    """A file that lacks the column has no value for it."""
    if name not in rows.column_names:
        into.missing += rows.num_rows
    elif isinstance(column, CategoricalColumn):
        _add_levels(into, rows[name], column)
    else:
        counts = histogram.count(floats(numbers(rows[name], name, path)), numpy.asarray(column.edges))
        into.counts += counts
        into.missing += rows.num_rows - int(counts.sum())


def _add_levels(into: Tally, values: pyarrow.ChunkedArray, column: CategoricalColumn) -> None:
    places = {level: index for index, level in enumerate(column.levels)}
    for entry in values.cast(pyarrow.string()).value_counts().to_pylist():
        level, rows = entry["values"], entry["counts"]
        if level is None:
            into.missing += rows
            continue
        into.counts[places.get(level, -1)] += rows
        if level not in places and (level in into.others or len(into.others) < MAX_OTHERS):
            into.others[level] += rows
