"""What is counted in each block of a stream: shares of its rows that would rise if a column drifted."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy

from gitmlops.monitor.drift.thresholds import limits
from gitmlops.monitor.profiles.tallies import SCORE, log_columns
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn
from gitmlops.specs.alarm import AlarmRules

_TAILS = (0.1, 0.5)
"""Shares of the reference beyond a cut: a shift by one standard deviation brings .39 of the rows beyond the first."""
_MOST_LEVELS = 10
_CERTAIN = 0.98
"""A share that may be so large cannot rise by anything that is worth an alarm."""


@dataclass(frozen=True)
class Bet:
    """A share of a block's rows. reference: what it was in the baseline; limit: what it may be on average.

    words: what the rows have in common, as `above 1,040`.
    """

    column: str
    words: str
    reference: float
    limit: float


@dataclass(frozen=True)
class WatchedColumn:
    """A column of the log, under its name there, and the bets on it.

    cuts: ascending edges of numbers, none for levels; levels: those that have a bet; hits: for each cell (numbers: the
    place among the cuts; levels: their place, then any other one; then no value) the places of its bets.
    """

    name: str
    numeric: bool
    cuts: tuple[float, ...]
    levels: Mapping[str, int]
    bets: tuple[Bet, ...]
    hits: tuple[tuple[int, ...], ...]

    @property
    def cells(self) -> int:
        """How many cells a value may fall into."""
        return len(self.hits)

    def cell(self, value: object) -> int:
        """The cell of a value; the last one for none, and for what is no number where there were numbers."""
        if not self.numeric:
            return self.cells - 1 if value is None else self.levels.get(_level(value), self.cells - 2)
        return bisect_left(self.cuts, value) if isinstance(value, int | float) else self.cells - 1


def columns_of(baseline: Baseline) -> Mapping[str, Column]:
    """The columns of a stream that has this baseline, by their names there: what the model saw, slices, its score."""
    return {SCORE: baseline.score, **log_columns(baseline)}


def watched_columns(columns: Mapping[str, Column], rules: AlarmRules) -> tuple[WatchedColumn, ...]:
    """What is counted of the columns of a stream. columns: of its reference, by their names in the stream."""
    return tuple(_watched(name, column, _tolerance(column, rules)) for name, column in columns.items())


def _tolerance(column: Column, rules: AlarmRules) -> float:
    """By how much a share may be above the reference: the threshold of windows, which knows what periods do."""
    effects = numpy.asarray(column.effects) if column.effects else None
    return limits(column.name, rules, effects).threshold


def _watched(name: str, column: Column, tolerance: float) -> WatchedColumn:
    if isinstance(column, NumericColumn):
        return _numbers(name, column, tolerance)
    return _levels(name, column, tolerance)


def _numbers(name: str, column: NumericColumn, tolerance: float) -> WatchedColumn:
    rows = sum(column.counts) + column.missing
    below = list(accumulate(column.counts))[:-1]
    present = sum(column.counts)
    wanted = [
        *((share, _nearest([present - count for count in below], share * present)) for share in _TAILS),
        *((share, _nearest(below, share * present)) for share in _TAILS),
    ]
    places = [place for _, place in wanted if place is not None]
    cuts = tuple(sorted({column.edges[place] for place in places}))
    found: list[tuple[Bet, range]] = []
    for number, (_, place) in enumerate(wanted):
        if place is None:
            continue
        edge, cell = column.edges[place], cuts.index(column.edges[place])
        if number < len(_TAILS):
            share, words, cells = (present - below[place]) / rows, f"above {edge:,.6g}", range(cell + 1, len(cuts) + 1)
        else:
            share, words, cells = below[place] / rows, f"at or below {edge:,.6g}", range(cell + 1)
        found.append((_bet(column.name, words, share, tolerance), cells))
    found.append((_missing(column, rows, tolerance), range(len(cuts) + 1, len(cuts) + 2)))
    return _column(name, cuts, {}, found, cells=len(cuts) + 2, numeric=True)


def _nearest(counts: Sequence[int], wanted: float) -> int | None:
    return min(range(len(counts)), key=lambda place: abs(counts[place] - wanted), default=None)


def _levels(name: str, column: CategoricalColumn, tolerance: float) -> WatchedColumn:
    rows = sum(column.counts) + column.other + column.missing
    ranked = sorted(zip(column.levels, column.counts, strict=True), key=lambda item: (-item[1], item[0]))
    kept = ranked[:_MOST_LEVELS]
    levels = {level: place for place, (level, _) in enumerate(kept)}
    found = [
        (_bet(column.name, f"{level!r}", count / rows, tolerance), range(levels[level], levels[level] + 1))
        for level, count in kept
    ]
    others = rows - column.missing - sum(count for _, count in kept)
    words = "of another level than the most frequent ones"
    found.append((_bet(column.name, words, others / rows, tolerance), range(len(kept), len(kept) + 1)))
    found.append((_missing(column, rows, tolerance), range(len(kept) + 1, len(kept) + 2)))
    return _column(name, (), levels, found, cells=len(kept) + 2, numeric=False)


def _missing(column: Column, rows: int, tolerance: float) -> Bet:
    return _bet(column.name, "without a value", column.missing / rows, tolerance)


def _bet(column: str, words: str, share: float, tolerance: float) -> Bet:
    return Bet(column, words, share, min(1.0, share + tolerance))


def _column(
    name: str,
    cuts: tuple[float, ...],
    levels: Mapping[str, int],
    found: Sequence[tuple[Bet, range]],
    *,
    cells: int,
    numeric: bool,
) -> WatchedColumn:
    kept = [(bet, reached) for bet, reached in found if bet.limit < _CERTAIN]
    hits = tuple(tuple(_reaching(kept, cell)) for cell in range(cells))
    return WatchedColumn(name, numeric, cuts, levels, tuple(bet for bet, _ in kept), hits)


def _reaching(found: Sequence[tuple[Bet, range]], cell: int) -> Iterator[int]:
    return (place for place, (_, reached) in enumerate(found) if cell in reached)


def _level(value: object) -> str:
    """A level as text, as a table would have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
