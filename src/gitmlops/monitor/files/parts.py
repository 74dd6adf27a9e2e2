"""What was counted of a part of the rows, as bytes that another process adds to what it has."""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar

import msgspec
import numpy

from gitmlops.errors import InputError
from gitmlops.monitor.files.scan import Plan, Scan
from gitmlops.monitor.profiles.columns import Summary
from gitmlops.monitor.profiles.counting import MAX_NAMED, Tally
from gitmlops.monitor.profiles.subsets import Subsets

Name = TypeVar("Name")


class _Tally(msgspec.Struct, array_like=True):
    counts: bytes
    missing: int
    others: dict[str, int]
    outside: int
    extremes: dict[float, int]


class _Subsets(msgspec.Struct, array_like=True):
    """counts: by column, how many coarse bins it has, and a row of them for each label."""

    of: str
    labels: list[str]
    rows: bytes
    counts: dict[str, tuple[int, bytes]]


class _Summary(msgspec.Struct, array_like=True):
    minimum: float
    maximum: float
    total: str
    squares: str
    finite: int


class _Counted(msgspec.Struct, array_like=True, tag=True):
    rows: int
    first: int | None
    last: int | None
    undated: int
    future: int
    tallies: dict[str, _Tally]
    periods: _Subsets
    slices: list[_Subsets]
    summaries: dict[str, _Summary]


class _Refused(msgspec.Struct, array_like=True, tag=True):
    what: str
    mend: str


def packed(scan: Scan, summaries: Mapping[str, Summary]) -> bytes:
    """A scan and the summaries of its plan; of names and values outside as many as a tally has."""
    counted = _Counted(
        scan.rows, scan.first, scan.last, scan.undated, scan.future,
        {name: _packed_tally(tally) for name, tally in scan.tallies.items()},
        _packed_subsets(scan.periods),
        [_packed_subsets(one) for one in scan.slices],
        {name: _packed_summary(one) for name, one in summaries.items()},
    )  # fmt: skip
    return msgspec.msgpack.encode(counted)


def refused(error: InputError) -> bytes:
    """Why a part cannot be counted."""
    return msgspec.msgpack.encode(_Refused(error.what, error.mend))


def add(scan: Scan, plan: Plan, part: bytes) -> None:
    """Add a part to a scan by the same plan, and to the plan's summaries. Raises InputError for one that refused."""
    found = msgspec.msgpack.decode(part, type=_Counted | _Refused)
    if isinstance(found, _Refused):
        raise InputError(found.what, mend=found.mend)
    scan.rows += found.rows
    scan.undated += found.undated
    scan.future += found.future
    scan.first = min((one for one in (scan.first, found.first) if one is not None), default=None)
    scan.last = max((one for one in (scan.last, found.last) if one is not None), default=None)
    for name, tally in found.tallies.items():
        _add_tally(scan.tallies[name], tally)
    for into, subsets in zip((scan.periods, *scan.slices), (found.periods, *found.slices), strict=True):
        into.add_rows_of(_unpacked(subsets))
    for name, summary in found.summaries.items():
        _add_summary(plan.summaries[name], summary)


def _packed_tally(tally: Tally) -> _Tally:
    return _Tally(tally.counts.tobytes(), tally.missing, dict(tally.others), tally.outside, dict(tally.extremes))


def _add_tally(into: Tally, part: _Tally) -> None:
    into.counts += numpy.frombuffer(part.counts, dtype=numpy.int64)
    into.missing += part.missing
    into.outside += part.outside
    into.others = _most(into.others + Counter(part.others))
    into.extremes = _most(into.extremes + Counter(part.extremes))


def _most(named: Counter[Name]) -> Counter[Name]:
    return named if len(named) <= MAX_NAMED else Counter(dict(named.most_common(MAX_NAMED)))


def _packed_subsets(subsets: Subsets) -> _Subsets:
    counts = {name: (found.shape[1], found.tobytes()) for name, found in subsets.counts.items()}
    return _Subsets(subsets.of, list(subsets.places), subsets.rows.tobytes(), counts)


def _unpacked(part: _Subsets) -> Subsets:
    return Subsets(
        part.of,
        {label: place for place, label in enumerate(part.labels)},
        numpy.frombuffer(part.rows, dtype=numpy.int64),
        {
            name: numpy.frombuffer(found, dtype=numpy.int64).reshape(-1, width)
            for name, (width, found) in part.counts.items()
        },
    )


def _packed_summary(summary: Summary) -> _Summary:
    return _Summary(summary.minimum, summary.maximum, str(summary.total), str(summary.squares), summary.finite)


def _add_summary(into: Summary, part: _Summary) -> None:
    into.minimum, into.maximum = min(into.minimum, part.minimum), max(into.maximum, part.maximum)
    into.total += Fraction(part.total)
    into.squares += Fraction(part.squares)
    into.finite += part.finite
