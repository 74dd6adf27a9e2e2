"""Profiles of parts of the rows, on the same bins, added up to the profile of the whole."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction

import msgspec

from gitmlops.errors import InputError
from gitmlops.monitor.profiles.columns import Summary, summarised
from gitmlops.records.baseline import CategoricalColumn, Column, NumericColumn, Subset
from gitmlops.records.profile import Profile

_AT_ONCE = 64
"""Parts that are in memory at once: those before them are one profile by then."""


def merge(parts: Iterable[tuple[str, Profile]]) -> Profile:
    """What one profile of all rows on these bins would be, to the last bit. parts: at least one, each with its file.

    Raises InputError if two of them are not on the same bins.
    """
    kept: list[Profile] = []
    for path, part in parts:
        require_alike(kept[0] if kept else part, part, path, of="the first profile")
        kept.append(part)
        if len(kept) == _AT_ONCE:
            kept = [_added(kept)]
    return _added(kept)


def _added(parts: Sequence[Profile]) -> Profile:
    return msgspec.structs.replace(
        parts[0],
        rows=sum(part.rows for part in parts),
        columns=tuple(map(_columns, zip(*(part.columns for part in parts), strict=True))),
        first=min((part.first for part in parts if part.first), key=datetime.fromisoformat, default=""),
        last=max((part.last for part in parts if part.last), key=datetime.fromisoformat, default=""),
        subsets=_subsets(parts),
    )


def require_alike(first: Profile, other: Profile, path: str, *, of: str) -> None:
    """Raises InputError unless the other profile is on the bins of the first one. of: what the first one is called."""
    one, two = _bins(first), _bins(other)
    if one == two:
        return
    differing = [a[0] for a, b in zip(one, two, strict=False) if a != b]
    what = f"the bins of {differing[0]} are others" if differing else "it has other columns"
    mend = "profile each part with --bins-of the same profile"
    raise InputError(f"{what} than in {of}", where=path, mend=mend)


def _bins(profile: Profile) -> list[tuple[object, ...]]:
    """What must be the same in all parts, a tuple a column; the last one is about the rows."""
    about = ("time, period or slices", profile.time, profile.period, profile.slices)
    columns: list[tuple[object, ...]] = []
    for column in profile.columns:
        numeric = isinstance(column, NumericColumn)
        places = column.edges if isinstance(column, NumericColumn) else column.levels
        origin = column.moments.origin if isinstance(column, NumericColumn) and column.moments else 0.0
        columns.append((column.name, numeric, column.dtype, places, column.coarse, origin))
    return [*columns, about]


def _columns(parts: Sequence[Column]) -> Column:
    rows, missing = sum(part.rows for part in parts), sum(part.missing for part in parts)
    counts = _sums([part.counts for part in parts])
    merged = msgspec.structs.replace(parts[0], rows=rows, missing=missing, counts=counts)
    if isinstance(merged, CategoricalColumn):
        other = sum(part.other for part in parts if isinstance(part, CategoricalColumn))
        return msgspec.structs.replace(merged, other=other)
    numeric = [part for part in parts if isinstance(part, NumericColumn)]
    return _summarised(merged, numeric)


def _summarised(merged: NumericColumn, parts: Sequence[NumericColumn]) -> NumericColumn:
    """Without mean and extremes if no part has a finite value."""
    known = [(part, part.moments) for part in parts if part.moments and part.moments.rows]
    if not known:
        return merged
    summary = Summary(
        known[0][1].origin,
        min((part.minimum for part, _ in known if part.minimum is not None), default=0.0),
        max((part.maximum for part, _ in known if part.maximum is not None), default=0.0),
        sum((Fraction(moments.total) for _, moments in known), Fraction(0)),
        sum((Fraction(moments.squares) for _, moments in known), Fraction(0)),
        sum(moments.rows for _, moments in known),
    )
    return summarised(merged, summary)


def _subsets(parts: Sequence[Profile]) -> tuple[Subset, ...]:
    """Periods first, then slices in their order, each by label."""
    found: dict[tuple[str, str], list[Subset]] = {}
    for part in parts:
        for subset in part.subsets:
            found.setdefault((subset.of, subset.label), []).append(subset)
    order = ("", *parts[0].slices)
    return tuple(_subset(found[key]) for key in sorted(found, key=lambda key: (order.index(key[0]), key[1])))


def _subset(parts: Sequence[Subset]) -> Subset:
    counts = {name: _sums([part.counts[name] for part in parts]) for name in parts[0].counts}
    return Subset(parts[0].of, parts[0].label, sum(part.rows for part in parts), counts)


def _sums(counts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True)))
