"""The profile of rows: bins chosen from a sample, every row counted on them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.errors import InputError
from gitmlops.monitor.files.scan import Plan, Scan, is_number
from gitmlops.monitor.files.tables import Table
from gitmlops.monitor.profiles.columns import (
    MIN_LEVEL_ROWS,
    Summary,
    filled,
    levels_column,
    numbers_column,
    origin,
    personal_numbers_column,
)
from gitmlops.monitor.profiles.values import is_text
from gitmlops.records.baseline import CategoricalColumn, Column, Dtype, Moments, NumericColumn, Period, Subset
from gitmlops.records.prediction_log import NAMING_COLUMNS
from gitmlops.records.profile import Profile
from gitmlops.specs.hints import nearest

_LEAST_TOLD_APART = 1_000
"""With fewer values a column of amounts may look like one of identifiers."""
_ID = NAMING_COLUMNS[0]
_SPREAD = 2
"""Numbers without a repetition in a range of at most so many for each: amounts, drawn from it, would repeat."""


def is_countable(type_: pyarrow.DataType) -> bool:
    """Whether a column of a type can be in a profile."""
    return is_number(type_) or is_text(type_)


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


def profile(table: Table, wanted: Wanted) -> Profile:
    """The profile of all rows of a table; columns that are neither numbers nor text are left out.

    Raises InputError for what cannot be read or has no rows, and for names that no column has.
    """
    types = table.types
    _require(wanted, types)
    names = [name for name, type_ in types.items() if _is_counted(name, type_, wanted)]
    chosen = tuple(_chosen(table, names, wanted))
    found = _counted(table, tuple(column for column, _ in chosen), wanted, {})
    distinct = {column.name for column, is_distinct in chosen if is_distinct}
    counted = _without_identifiers(_record(found.columns, found, wanted), distinct, wanted)
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


def part(table: Table, base: Profile) -> Profile:
    """The profile of rows on the bins of another one, so that parts add up. Raises InputError as `profile` does."""
    labels = {name: [one.label for one in base.subsets if one.of == name] for name in base.slices}
    wanted = Wanted(base.time, base.period, base.slices, base.prediction, base.target)
    found = _counted(table, base.columns, wanted, labels)
    if found.scan.wrong:
        name, type_ = next(iter(found.scan.wrong.items()))
        raise InputError(
            f"{name} is {type_}, in the profile it is not", where=str(table.where), mend="write it as it was"
        )
    return _record(found.columns, found, wanted, known=labels)


@dataclass(frozen=True)
class _Counted:
    scan: Scan
    columns: tuple[Column, ...]


def _counted(table: Table, columns: Sequence[Column], wanted: Wanted, labels: Mapping[str, Sequence[str]]) -> _Counted:
    numeric = [column for column in columns if isinstance(column, NumericColumn)]
    summaries = {column.name: Summary(column.moments.origin if column.moments else 0.0) for column in numeric}
    plan = Plan(tuple(columns), wanted.time, wanted.period, wanted.slices, summaries, labels=labels)
    found = table.scan(plan)
    if not found.rows:
        raise InputError("no rows", where=str(table.where), mend="profile a table that has some")
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
    return name not in (*wanted.left_out, wanted.time) and is_countable(type_)


def _require(wanted: Wanted, types: Mapping[str, pyarrow.DataType]) -> None:
    named = {wanted.time, *wanted.slices, wanted.prediction, wanted.target, *wanted.personal, *wanted.left_out} - {""}
    if missing := sorted(named - set(types)):
        raise InputError(f"there is no column {missing[0]!r}", where="--data", mend=nearest(missing[0], types))


def _without_identifiers(profile: Profile, distinct: Collection[str], wanted: Wanted) -> Profile:
    """Without columns whose rows each have a value of their own: of these nothing can be said but that they differ.

    distinct: names of columns whose values are not there twice, as of `_chosen`.
    """
    asked = {wanted.prediction, wanted.target, *wanted.slices}
    names = {column.name for column in profile.columns if column.name not in asked and _identifies(column, distinct)}
    return msgspec.structs.replace(
        profile,
        columns=tuple(column for column in profile.columns if column.name not in names),
        subsets=tuple(
            msgspec.structs.replace(
                subset, counts={name: counts for name, counts in subset.counts.items() if name not in names}
            )
            for subset in profile.subsets
        ),
    )


def _identifies(column: Column, distinct: Collection[str]) -> bool:
    """Texts of which none comes often enough to be a level; whole numbers that number the rows, or are a log's ids."""
    values = column.rows - column.missing
    if values < _LEAST_TOLD_APART or column.name not in distinct:
        return False
    if isinstance(column, CategoricalColumn):
        return max(column.counts, default=0) < MIN_LEVEL_ROWS
    if column.minimum is None or column.maximum is None:
        return False
    return column.name == _ID or column.maximum - column.minimum < _SPREAD * values


def _chosen(table: Table, names: Sequence[str], wanted: Wanted) -> Iterator[tuple[Column, bool]]:
    """The columns of these names, with bins for their values and no rows in them.

    With each whether it has texts of which most come once, or whole numbers of which no two in the sample are equal.
    """
    types = table.types
    dtypes = {name: _dtype(types[name]) for name in names}
    texts = [name for name in names if dtypes[name] == "string"]
    whole = {name: pyarrow.float64() if dtypes[name] == "float64" else pyarrow.int64() for name in names}
    found: dict[str, tuple[Column, bool]] = {
        name: (levels_column(name, frequencies, "string", fewest=1), _is_distinct(frequencies))
        for name, frequencies in table.frequencies(texts)
    }
    for name, values in table.samples({name: type_ for name, type_ in whole.items() if name not in texts}):
        choose = personal_numbers_column if name in wanted.personal else numbers_column
        column = choose(name, values, dtypes[name])
        distinct = dtypes[name] != "boolean" and _are_whole_and_distinct(values)
        found[name] = msgspec.structs.replace(column, moments=Moments(origin(values))), distinct
    yield from (found[name] for name in names)


def _is_distinct(frequencies: Mapping[str, int]) -> bool:
    return sum(frequencies.values()) < 2 * len(frequencies)


def _are_whole_and_distinct(values: NDArray[Any]) -> bool:
    """Also of floats, as which numbers of CSV and JSON Lines are read."""
    return len(numpy.unique(values)) == len(values) and bool((numpy.floor(values) == values).all())


def _dtype(type_: pyarrow.DataType) -> Dtype:
    if is_text(type_):
        return "string"
    if pyarrow.types.is_boolean(type_):
        return "boolean"
    return "int64" if pyarrow.types.is_integer(type_) and type_ != pyarrow.uint64() else "float64"


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
