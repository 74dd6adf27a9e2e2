"""One pass over data files: each column counted on its bins, as a whole and within parts of the rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import pyarrow
import pyarrow.compute
from numpy.typing import NDArray

from gitmlops.adapters.data import data_files
from gitmlops.errors import InputError
from gitmlops.monitor.profiles.columns import Summary
from gitmlops.monitor.profiles.counting import Bins, Tally, add, bins_of, empty
from gitmlops.monitor.profiles.subsets import Subsets, period_labels, text_labels
from gitmlops.monitor.profiles.values import cast, floats, is_text, places, present
from gitmlops.records.baseline import Column, Period
from gitmlops.records.prediction_log import FEATURE, SLICE

_UTC = pyarrow.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Plan:
    """What to count: columns; by periods of `time`, if it has a name, and within each level of `slices`.

    summaries: of the columns whose mean and deviation are wanted. until: microseconds since 1970 after which a row is
    from the future; labels: of slices, those that have a place before any row is seen.
    """

    columns: tuple[Column, ...]
    time: str = ""
    period: Period = ""
    slices: tuple[str, ...] = ()
    summaries: Mapping[str, Summary] = field(default_factory=dict)
    until: int = 2**62
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass
class Scan:
    """What was counted. types: of each column as the first file that has it says; found: columns of the plan that a
    file has; wrong: those that are of another kind somewhere -> the type there.

    first, last: times in microseconds since 1970; undated, future: rows without a time, and after `until`; left_out:
    what of the files is no row, in words; bad: how many lines are none.
    """

    tallies: dict[str, Tally]
    periods: Subsets
    slices: tuple[Subsets, ...]
    rows: int = 0
    types: dict[str, pyarrow.DataType] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    undated: int = 0
    future: int = 0
    left_out: tuple[str, ...] = ()
    bad: int = 0


def scan(paths: Sequence[Path], plan: Plan) -> Scan:
    """What every row of the files adds up to. Raises InputError for files that cannot be read or lack time or slice."""
    found = _nothing(plan)
    for path in paths:
        types = data_files.types(path)
        fit = _fit(found, types, plan, path)
        texts = {fit.named[name]: pyarrow.string() for name, one in fit.bins.items() if one.levels is not None}
        for rows in data_files.rows(path, {**types, **texts} if path.suffix == ".csv" else {}):
            _scan_rows(found, rows, fit)
    return found


def scan_batches(
    batches: Iterable[pyarrow.RecordBatch], types: Mapping[str, pyarrow.DataType], plan: Plan, where: Path
) -> Scan:
    """What the rows of one table add up to that somebody else reads, such as an engine. Raises InputError as `scan`."""
    found = _nothing(plan)
    fit = _fit(found, types, plan, where)
    for batch in batches:
        _scan_rows(found, data_files.BatchRows(batch), fit)
    return found


def columns_read(plan: Plan, types: Iterable[str]) -> list[str]:
    """The columns of a table that a scan by the plan reads."""
    named = {_source(name, types) for name in (*(column.name for column in plan.columns), *plan.slices, plan.time)}
    return [name for name in types if name in named]


def _nothing(plan: Plan) -> Scan:
    """The scan of no rows."""
    slices = tuple(_subsets(name, plan.labels.get(name, ())) for name in plan.slices)
    return Scan({column.name: empty(bins_of(column)) for column in plan.columns}, Subsets(""), slices)


def repeated(paths: Sequence[Path], name: str) -> int:
    """How many rows have a value that an earlier row has. All values of the column are in memory at once.

    Raises InputError if a file has not the column or cannot be read.
    """
    parts = []
    for path in paths:
        types = data_files.types(path)
        _require([name] if name not in types else [], path)
        parts += [part for rows in data_files.rows(path, types) for part in rows.column(name)]
    if not parts:
        return 0
    values = pyarrow.chunked_array([part.cast(parts[0].type) for part in parts])
    distinct: int = pyarrow.compute.count_distinct(values).as_py()
    return int(len(values) - values.null_count - distinct)


def is_number(type_: pyarrow.DataType) -> bool:
    """Whether a type is one of numbers or of booleans."""
    is_a = pyarrow.types
    return bool(is_a.is_integer(type_) or is_a.is_floating(type_) or is_a.is_decimal(type_) or is_a.is_boolean(type_))


def _subsets(name: str, labels: Sequence[str]) -> Subsets:
    return Subsets(name, {label: place for place, label in enumerate(labels)})


@dataclass(frozen=True)
class _Fit:
    """How a plan fits a table. named: what its columns are called there; bins: of those that can be counted."""

    plan: Plan
    where: Path
    named: Mapping[str, str]
    bins: Mapping[str, Bins]


def _fit(found: Scan, types: Mapping[str, pyarrow.DataType], plan: Plan, where: Path) -> _Fit:
    """How it fits; the scan has noted which columns the table has, and which are of another kind."""
    bins = {column.name: bins_of(column) for column in plan.columns}
    named = {name: _source(name, types) for name in (*bins, *plan.slices, plan.time)}
    _require([name for name in (*plan.slices, plan.time) if name and named[name] not in types], where)
    for name, type_ in types.items():
        found.types.setdefault(name, type_)
    found.found |= {name for name in bins if named[name] in types}
    fits = {name: one for name, one in bins.items() if named[name] in types and _fits(one, types[named[name]])}
    found.wrong |= {name: str(types[named[name]]) for name in bins if named[name] in types and name not in fits}
    return _Fit(plan, where, named, fits)


def _scan_rows(found: Scan, rows: data_files.Rows, fit: _Fit) -> None:
    if not rows.rows:
        return
    found.rows += rows.rows
    parts = _parts(found, rows, fit)
    for name, tally in found.tallies.items():
        if one := fit.bins.get(name):
            _count(tally, rows.column(fit.named[name]), one, parts, fit.plan.summaries.get(name))
        else:
            tally.missing += rows.rows


def _source(name: str, types: Iterable[str]) -> str:
    """What a column is called in a file: its name, or in a prediction log `feature.` or `slice.` before it."""
    names = (name, FEATURE + name, SLICE + name)
    return next((known for known in names if known in types), name)


def _fits(bins: Bins, type_: pyarrow.DataType) -> bool:
    if bins.levels is None:
        return is_number(type_) or pyarrow.types.is_null(type_)
    return is_text(type_) or pyarrow.types.is_null(type_)


def _require(missing: Sequence[str], path: Path) -> None:
    if missing:
        raise InputError(f"no column {', '.join(missing)}", where=str(path), mend="name one that it has")


def _parts(found: Scan, rows: data_files.Rows, fit: _Fit) -> list[tuple[Subsets, NDArray[numpy.int64]]]:
    """The part of each row, for each way to part them."""
    parts, plan, named = [], fit.plan, fit.named
    if plan.time:
        times, known = _times(rows, named[plan.time], fit.where)
        _see(found, times[known], plan.until)
        found.undated += int((~known).sum())
        if plan.period:
            parts.append((found.periods, found.periods.codes(period_labels(times, known, plan.period))))
    for name, subsets in zip(plan.slices, found.slices, strict=True):
        labels = pyarrow.chunked_array([*rows.column(named[name])]).cast(pyarrow.string())
        parts.append((subsets, subsets.codes(text_labels(labels))))
    return parts


def _times(rows: data_files.Rows, name: str, path: Path) -> tuple[NDArray[numpy.int64], NDArray[numpy.bool_]]:
    """Microseconds since 1970 and which are known."""
    values = pyarrow.chunked_array([*rows.column(name)])
    if not (is_text(values.type) or pyarrow.types.is_temporal(values.type) or pyarrow.types.is_null(values.type)):
        raise InputError(
            f"{name} is {values.type}", where=str(path), mend="name a column of timestamps, or RFC 3339 text"
        )
    if pyarrow.types.is_date(values.type):
        values = values.cast(pyarrow.timestamp("us"))
    times = cast(values, _UTC, name, path, mend="write timestamps, or RFC 3339 text in UTC").cast(pyarrow.int64())
    return places(times, missing=0), present(times)


def _see(found: Scan, times: NDArray[numpy.int64], until: int) -> None:
    if len(times):
        first, last = int(times.min()), int(times.max())
        found.first = first if found.first is None else min(found.first, first)
        found.last = last if found.last is None else max(found.last, last)
        found.future += int((times >= until).sum())


def _count(
    tally: Tally,
    values: Iterator[pyarrow.Array],
    bins: Bins,
    parts: Sequence[tuple[Subsets, NDArray[numpy.int64]]],
    summary: Summary | None,
) -> None:
    start = 0
    for part in values:
        numbers = part if bins.levels is not None else part.cast(pyarrow.float64(), safe=False)
        places = add(tally, numbers, bins)
        for subsets, codes in parts:
            subsets.add(bins.column, codes[start : start + len(places)], places)
        if summary:
            summary.add(floats(numbers))
        start += len(places)
