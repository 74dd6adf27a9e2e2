"""The profile of data files: bins chosen from a sample, every row counted on them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters import data_files
from gitmlops.errors import InputError
from gitmlops.monitor.files.scan import Plan, Scan, is_number, scan
from gitmlops.monitor.profiles.columns import (
    MIN_LEVEL_ROWS,
    Summary,
    filled,
    levels_column,
    numbers_column,
    origin,
    personal_numbers_column,
)
from gitmlops.monitor.profiles.values import floats, is_text, places
from gitmlops.records.baseline import CategoricalColumn, Column, Dtype, Moments, NumericColumn, Period, Subset
from gitmlops.records.profile import Profile
from gitmlops.specs.hints import nearest

SAMPLE = 1 << 20
"""Values from which bins are chosen, evenly over the files: their ranks are known to 0.002. Counts are of all rows."""
_LEVELS = 10_000


@dataclass(frozen=True)
class Wanted:
    """What a profile is asked for, by the names of columns."""

    time: str = ""
    period: Period = ""
    slices: tuple[str, ...] = ()
    prediction: str = ""
    target: str = ""
    personal: Collection[str] = ()
    left_out: Collection[str] = ()


def profile(paths: Sequence[Path], wanted: Wanted) -> Profile:
    """The profile of all rows of the files; columns that are neither numbers nor text are left out.

    Raises InputError for files that cannot be read or have no rows, and for names that no file has.
    """
    types = data_files.types(paths[0])
    _require(wanted, types)
    names = [name for name, type_ in types.items() if _is_counted(name, type_, wanted)]
    columns = tuple(_chosen(paths, name, types[name], personal=name in wanted.personal) for name in names)
    found = _counted(paths, columns, wanted, {})
    counted = _record(found.columns, found, wanted)
    kept = {column.name: _frequent(column) for column in counted.columns if isinstance(column, CategoricalColumn)}
    return msgspec.structs.replace(
        counted,
        columns=tuple(_without_rare(column, kept.get(column.name)) for column in counted.columns),
        subsets=tuple(
            _folded(subset, counted.columns, kept)
            for subset in counted.subsets
            if not subset.of or subset.rows >= MIN_LEVEL_ROWS
        ),
    )


def part(paths: Sequence[Path], base: Profile) -> Profile:
    """The profile of files on the bins of another one, so that parts add up. Raises InputError as `profile` does."""
    labels = {name: [one.label for one in base.subsets if one.of == name] for name in base.slices}
    wanted = Wanted(base.time, base.period, base.slices, base.prediction, base.target)
    found = _counted(paths, base.columns, wanted, labels)
    if found.scan.wrong:
        name, type_ = next(iter(found.scan.wrong.items()))
        raise InputError(f"{name} is {type_}, in the profile it is not", where=str(paths[0]), mend="write it as it was")
    return _record(found.columns, found, wanted, known=labels)


@dataclass(frozen=True)
class _Counted:
    scan: Scan
    columns: tuple[Column, ...]


def _counted(
    paths: Sequence[Path], columns: Sequence[Column], wanted: Wanted, labels: Mapping[str, Sequence[str]]
) -> _Counted:
    numeric = [column for column in columns if isinstance(column, NumericColumn)]
    summaries = {column.name: Summary(column.moments.origin if column.moments else 0.0) for column in numeric}
    plan = Plan(tuple(columns), wanted.time, wanted.period, wanted.slices, summaries, labels=labels)
    found = scan(paths, plan)
    if not found.rows:
        raise InputError("no rows", where=str(paths[0]), mend="profile a table that has some")
    full = tuple(filled(column, found.tallies[column.name], summaries.get(column.name)) for column in columns)
    return _Counted(found, full)


def _record(
    columns: tuple[Column, ...], found: _Counted, wanted: Wanted, *, known: Mapping[str, Sequence[str]] | None = None
) -> Profile:
    parts = [found.scan.periods, *found.scan.slices]
    return Profile(
        rows=found.scan.rows,
        columns=columns,
        time=wanted.time,
        first=_moment(found.scan.first),
        last=_moment(found.scan.last),
        prediction=wanted.prediction,
        target=wanted.target,
        period=wanted.period,
        slices=wanted.slices,
        subsets=tuple(
            subset
            for one in parts
            for subset in one.records()
            if known is None or not subset.of or subset.label in known[subset.of]
        ),
    )


def _moment(microseconds: int | None) -> str:
    if microseconds is None:
        return ""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat().replace("+00:00", "Z")


def _is_counted(name: str, type_: pyarrow.DataType, wanted: Wanted) -> bool:
    return name not in (*wanted.left_out, wanted.time) and (is_number(type_) or is_text(type_))


def _require(wanted: Wanted, types: Mapping[str, pyarrow.DataType]) -> None:
    named = {wanted.time, *wanted.slices, wanted.prediction, wanted.target, *wanted.personal, *wanted.left_out} - {""}
    if missing := sorted(named - set(types)):
        raise InputError(f"there is no column {missing[0]!r}", where="--data", mend=nearest(missing[0], types))


def _chosen(paths: Sequence[Path], name: str, type_: pyarrow.DataType, *, personal: bool) -> Column:
    if is_text(type_):
        return levels_column(name, _frequencies(paths, name), "string", fewest=1)
    dtype: Dtype = "float64"
    if pyarrow.types.is_boolean(type_):
        dtype = "boolean"
    elif pyarrow.types.is_integer(type_) and type_ != pyarrow.uint64():
        dtype = "int64"
    values = _sample(paths, name, pyarrow.float64() if dtype == "float64" else pyarrow.int64())
    choose = personal_numbers_column if personal else numbers_column
    return msgspec.structs.replace(choose(name, values, dtype), moments=Moments(origin(values)))


def _sample(paths: Sequence[Path], name: str, type_: pyarrow.DataType) -> NDArray[Any]:
    """At most SAMPLE values: every second, fourth ... of those that are there, in their order."""
    taken: list[NDArray[Any]] = []
    step, seen = 1, 0
    for values in _values(paths, name):
        there = values.drop_null()
        known = floats(there) if type_ == pyarrow.float64() else places(there, missing=0)
        taken.append(known[-seen % step :: step])
        seen += len(known)
        while sum(map(len, taken)) > SAMPLE:
            taken, step = [numpy.concatenate(taken)[::2]], step * 2
    return numpy.concatenate(taken) if taken else numpy.empty(0)


def _frequencies(paths: Sequence[Path], name: str) -> Mapping[str, int]:
    """The most frequent levels, and how often they are there, about; levels that are rare everywhere may be missed."""
    found: Counter[str] = Counter()
    for values in _values(paths, name):
        counted = values.cast(pyarrow.string()).drop_null().value_counts()
        rows = places(counted.field("counts"), missing=0)
        most = numpy.argsort(-rows, kind="stable")[:_LEVELS]
        names = counted.field("values").to_pylist()
        found.update({names[place]: int(rows[place]) for place in most.tolist()})
        if len(found) > 2 * _LEVELS:
            found = Counter(dict(found.most_common(_LEVELS)))
    return found


def _values(paths: Sequence[Path], name: str) -> Iterator[pyarrow.Array]:
    for path in paths:
        types = data_files.types(path)
        if name in types:
            for rows in data_files.rows(path, types):
                yield from rows.column(name)


def _frequent(column: CategoricalColumn) -> NDArray[numpy.bool_]:
    """Which levels have enough rows to be named."""
    return numpy.array(column.counts, dtype=numpy.int64) >= MIN_LEVEL_ROWS


def _without_rare(column: Column, kept: NDArray[numpy.bool_] | None) -> Column:
    if kept is None or not isinstance(column, CategoricalColumn):
        return column
    named = [pair for pair, keep in zip(zip(column.levels, column.counts, strict=True), kept, strict=True) if keep]
    return msgspec.structs.replace(
        column,
        levels=tuple(level for level, _ in named),
        counts=tuple(rows for _, rows in named),
        other=column.rows - column.missing - sum(rows for _, rows in named),
        coarse=int(kept[: column.coarse].sum()),
    )


def _folded(subset: Subset, columns: Sequence[Column], kept: Mapping[str, NDArray[numpy.bool_]]) -> Subset:
    """The subset with the rows of levels that are no longer named among the others."""
    counts = dict(subset.counts)
    for column in columns:
        if isinstance(column, CategoricalColumn):
            *levels, other, missing = subset.counts[column.name]
            named = kept[column.name][: column.coarse]
            rest = sum(rows for rows, keep in zip(levels, named, strict=True) if not keep)
            counts[column.name] = (
                *(rows for rows, keep in zip(levels, named, strict=True) if keep), other + rest, missing
            )  # fmt: skip
    return msgspec.structs.replace(subset, counts=counts)
