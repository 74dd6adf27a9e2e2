"""Two reference profiles: how far each column has moved from the data of one version to that of another."""

from collections.abc import Iterator

from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn
from gitmlops.report import Cell

_MOST = 30


def rows(before: Baseline, after: Baseline) -> tuple[tuple[Cell, ...], ...]:
    """(what, before, after, moved) of all that differs: the rows as a whole, then columns, the most moved first."""
    whole = ((name, getattr(before, key), getattr(after, key), None) for name, key in _WHOLE)
    columns = sorted(_columns(before, after), key=lambda row: -(row[3] if isinstance(row[3], float) else 2.0**60))
    return (*(row for row in whole if row[1] != row[2]), *columns[:_MOST])


_WHOLE = (("trained until", "trained_until"), ("reference rows", "rows"))


def _columns(before: Baseline, after: Baseline) -> Iterator[tuple[Cell, ...]]:
    old, new = ({column.name: column for column in side.columns} for side in (before, after))
    for name in dict.fromkeys((*old, *new)):
        one, two = old.get(name), new.get(name)
        if one and two and one == two:
            continue
        yield (name, _described(one), _described(two), moved(one, two) if one and two else None)


def moved(before: Column, after: Column) -> float | None:
    """How far a column has moved: >= 0, 0 for one that is where it was.

    Of numbers the difference of the means in standard deviations of the one before; of levels the share of rows that
    would have to be others, 1 at most (total variation). None where the kinds differ, or no deviation is known.
    """
    if isinstance(before, NumericColumn) and isinstance(after, NumericColumn):
        if before.mean is None or after.mean is None or not before.sd:
            return None
        return abs(after.mean - before.mean) / before.sd
    if isinstance(before, CategoricalColumn) and isinstance(after, CategoricalColumn):
        old, new = _shares(before), _shares(after)
        return sum(abs(old.get(level, 0.0) - new.get(level, 0.0)) for level in {*old, *new}) / 2
    return None


def _shares(column: CategoricalColumn) -> dict[str | None, float]:
    counts: dict[str | None, int] = {None: column.other}
    counts.update(zip(column.levels, column.counts, strict=True))
    total = sum(counts.values())
    return {level: count / total for level, count in counts.items()} if total else {}


def _described(column: Column | None) -> str | None:
    if column is None:
        return None
    missing = f", {column.missing / column.rows:.1%} missing" if column.missing and column.rows else ""
    if isinstance(column, NumericColumn):
        return (f"mean {column.mean:.4g}" if column.mean is not None else "no value") + missing
    shares = sorted(zip(column.counts, column.levels, strict=True), key=lambda pair: (-pair[0], pair[1]))[:3]
    return ", ".join(f"{level} {count / column.rows:.0%}" for count, level in shares if column.rows) + missing
