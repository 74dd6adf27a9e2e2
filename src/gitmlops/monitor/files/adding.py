"""A profile as what was counted: rows that nobody has here any more are judged like rows that are read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy

from gitmlops.monitor.files.scan import Scan
from gitmlops.monitor.profiles.columns import all_counts
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.profiles.subsets import Subsets
from gitmlops.records.baseline import Subset
from gitmlops.records.profile import Profile


def as_scan(profile: Profile) -> Scan:
    """What a scan of the profile's rows on its own bins has counted.

    Only rows themselves know the rest: values outside the range of a reference, names of levels that the profile does
    not name, columns that it does not have, rows without a time.
    """
    return Scan(
        {column.name: Tally(all_counts(column), column.missing) for column in profile.columns},
        _subsets("", [one for one in profile.subsets if not one.of]),
        tuple(_subsets(name, [one for one in profile.subsets if one.of == name]) for name in profile.slices),
        rows=profile.rows,
        found={column.name for column in profile.columns},
        first=_microseconds(profile.first),
        last=_microseconds(profile.last),
    )


def _subsets(of: str, records: Sequence[Subset]) -> Subsets:
    names = records[0].counts if records else ()
    return Subsets(
        of,
        {one.label: place for place, one in enumerate(records)},
        numpy.array([one.rows for one in records], dtype=numpy.int64),
        {name: numpy.array([one.counts[name] for one in records], dtype=numpy.int64) for name in names},
    )


def _microseconds(moment: str) -> int | None:
    if not moment:
        return None
    return (datetime.fromisoformat(moment) - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
