"""What was counted of a part of the rows, as bytes that another process adds to what it has."""

from collections.abc import Mapping
from fractions import Fraction

import msgspec

from gitmlops.errors import InputError
from gitmlops.monitor.files.scan import Plan, Scan
from gitmlops.monitor.profiles.columns import Summary
from gitmlops.monitor.profiles.packing import (
    PackedSubsets,
    PackedTally,
    add_subsets,
    add_tally,
    packed_subsets,
    packed_tally,
)


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
    tallies: dict[str, PackedTally]
    periods: PackedSubsets
    slices: list[PackedSubsets]
    summaries: dict[str, _Summary]


class _Refused(msgspec.Struct, array_like=True, tag=True):
    what: str
    mend: str


def packed(scan: Scan, summaries: Mapping[str, Summary]) -> bytes:
    """A scan and the summaries of its plan; of names and values outside as many as a tally has."""
    counted = _Counted(
        scan.rows, scan.first, scan.last, scan.undated, scan.future,
        {name: packed_tally(tally) for name, tally in scan.tallies.items()},
        packed_subsets(scan.periods),
        [packed_subsets(one) for one in scan.slices],
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
        add_tally(scan.tallies[name], tally)
    for into, subsets in zip((scan.periods, *scan.slices), (found.periods, *found.slices), strict=True):
        add_subsets(into, subsets)
    for name, summary in found.summaries.items():
        _add_summary(plan.summaries[name], summary)


def _packed_summary(summary: Summary) -> _Summary:
    return _Summary(summary.minimum, summary.maximum, str(summary.total), str(summary.squares), summary.finite)


def _add_summary(into: Summary, part: _Summary) -> None:
    into.minimum, into.maximum = min(into.minimum, part.minimum), max(into.maximum, part.maximum)
    into.total += Fraction(part.total)
    into.squares += Fraction(part.squares)
    into.finite += part.finite
