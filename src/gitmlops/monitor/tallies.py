"""The log's columns as counts on the bins of their version's baseline: one pass, a row group in memory at a time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters import tables
from gitmlops.monitor.counting import Bins, Tally, add, bins_of, empty
from gitmlops.monitor.values import numbers
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column
from gitmlops.records.prediction_log import FEATURE, SLICE

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
    wanted = {
        unit: {name: bins_of(column) for name, column in log_columns(baseline).items()}
        for unit, baseline in baselines.items()
    }
    tallies: dict[int, dict[str, Tally]] = {
        unit: {name: empty(bins) for name, bins in columns.items()} for unit, columns in wanted.items()
    }
    seen: set[str] = set()
    names = sorted({name for columns in wanted.values() for name in columns})
    for table, rows in _row_groups(path, names, units):
        seen |= set(table.column_names)
        for unit in numpy.unique(rows[rows >= 0]).tolist():
            of_unit = table.filter(pyarrow.array(rows == unit))
            for name, bins in wanted[unit].items():
                _add(tallies[unit][name], of_unit, name, bins, path)
    return {unit: {name: kept for name, kept in columns.items() if name in seen} for unit, columns in tallies.items()}


def _row_groups(
    path: Path, names: Sequence[str], units: NDArray[numpy.int64]
) -> Iterator[tuple[pyarrow.Table, NDArray[numpy.int64]]]:
    # prediction_id is read along: a table without any column would not know its number of rows.
    start = 0
    for table in tables.row_groups(path, ["prediction_id", *names]):
        yield table, units[start : start + table.num_rows]
        start += table.num_rows


def _add(into: Tally, rows: pyarrow.Table, name: str, bins: Bins, path: Path) -> None:
    """A file that lacks the column has no value for it."""
    if name not in rows.column_names:
        into.missing += rows.num_rows
    elif isinstance(bins.column, CategoricalColumn):
        add(into, rows[name], bins)
    else:
        add(into, numbers(rows[name], name, path), bins)
