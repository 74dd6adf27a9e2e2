"""Change seen while it happens: e-detectors on blocks of rows, with a bound on how often they alarm without reason."""

from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array

Places = NDArray[numpy.intp]

LEVELS = 5
TOGETHER = 4
"""So many blocks are one of the next level: 200, 800, 3,200, 12,800, 51,200 rows."""
CORRELATION = 0.3
"""Blocks that are more alike than that are judged on the next level alone. A rule of thumb: benchmarks/watch.py."""
LEAST_BLOCKS = 100
"""Before, it is not known how much alike blocks are: the error of a correlation of so many is 0.1."""
UNCALM_BLOCKS = 500
"""So many it takes where the value was never low: a stream that began high may come down again by itself."""
_MEMORY = 500
_LARGEST = 1e100
_CLIP = 3.0
_CALM = 20.0
"""Up to this value a detector has seen nothing: how much alike blocks are is told by what was before it rose."""
_FIELDS = ("value", "total", "mean", "variance", "product", "last", "calm")


@dataclass
class Level:
    """Detectors on blocks of one length, arrays of shape (bets,).

    value: of the Shiryaev-Roberts e-detector; total: of the shares of `parts` blocks that are not one of the next level
    yet; mean, variance, product, last: of the shares and of their deviations from the mean, one block and the next,
    with a memory of 500 blocks and outliers cut to three deviations, those of independent rows at least; calm: their
    correlation when the value was low last, the largest of the column's bets, NaN as long as that is not known.
    """

    value: Array
    total: Array
    mean: Array
    variance: Array
    product: Array
    last: Array
    calm: Array
    rows: int = 0
    parts: int = 0
    count: int = 0

    @classmethod
    def empty(cls, bets: int, rows: int) -> "Level":
        """Detectors that have seen nothing. rows: of a block."""
        value, total, mean, variance, product, last = numpy.zeros((6, bets))
        return cls(value, total, mean, variance, product, last, numpy.full(bets, numpy.nan), rows)

    def take(self, shares: Array, limits: Array, alarm_at: float, columns: Places) -> NDArray[numpy.bool_]:
        """Which bets alarm at a block with these shares. columns: of each bet the place of its column."""
        self.value = numpy.minimum((1.0 + self.value) * shares / limits, _LARGEST)
        correlation = self._correlation(shares, limits)
        if self.count < LEAST_BLOCKS:
            return numpy.zeros(len(shares), dtype=bool)
        # Nobody is ever in a tail that the stream has not been to yet: a constant share says nothing, its column does.
        correlation = numpy.maximum.reduceat(correlation, _starts(columns))[columns]
        self.calm = numpy.where(self.value <= _CALM, correlation, self.calm)
        alarms: NDArray[numpy.bool_] = (self.value >= alarm_at) & self.may_alarm(correlation)
        return alarms

    def may_alarm(self, correlation: Array) -> NDArray[numpy.bool_]:
        """Whether blocks are so little alike that evidence counts. correlation: of now, for want of a calm one."""
        unknown = correlation if self.count >= UNCALM_BLOCKS else numpy.inf
        alike = numpy.where(numpy.isnan(self.calm), unknown, self.calm)
        few: NDArray[numpy.bool_] = alike <= CORRELATION
        return few

    def _correlation(self, shares: Array, limits: Array) -> Array:
        """Of a block's share with that of the next one."""
        weight = max(1.0 / (self.count + 1), 1.0 / _MEMORY)
        deviation = shares - self.mean
        if self.count >= LEAST_BLOCKS:
            reach = _CLIP * numpy.sqrt(numpy.maximum(self.variance, limits * (1.0 - limits) / self.rows))
            deviation = numpy.clip(deviation, -reach, reach)
        self.product += weight * (deviation * self.last - self.product)
        self.variance += weight * (deviation * deviation - self.variance)
        self.mean += weight * deviation
        self.last = deviation
        self.count += 1
        return numpy.divide(self.product, self.variance, out=numpy.zeros(len(shares)), where=self.variance > 0)


def _starts(columns: Places) -> Places:
    """The first bet of each column."""
    return numpy.flatnonzero(numpy.diff(columns, prepend=-1))


class Detectors:
    """An e-detector for each bet: that a share of a stream's rows is no larger than a limit, block after block.

    A detector's value becomes (1 + value) * share / limit with each block. As long as the share is on average no larger
    than the limit, whatever came before, the value less the number of blocks does not rise on average, so that a value
    of c is first reached after c blocks or more, on average; rows within a block may depend on each other as they like.
    Detectors of all bets and levels together alarm on average once in `blocks` blocks at most: each one alarms from
    blocks * bets * levels on, of its own blocks; `rows` is how many a block has. Where blocks follow each other that
    are alike, as with rows that are correlated over more than a block, the promise does not hold for these blocks:
    there only longer ones alarm, by the bet of the column whose blocks are most alike.
    Idea: Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential change detection" (abstract).
    """

    def __init__(self, limits: Array, columns: Places, *, blocks: int, rows: int) -> None:
        """columns: of each bet the place of the column that it is on, from 0 on, none left out, ascending."""
        self.limits, self.columns, self.blocks = limits, columns, blocks
        self.levels = [Level.empty(len(limits), rows * TOGETHER**number) for number in range(LEVELS)]

    def add(self, shares: Array) -> NDArray[numpy.bool_]:
        """Which bets alarm now. shares: of one more block, shape (bets,), in [0, 1]."""
        alarms = numpy.zeros(len(shares), dtype=bool)
        for number, level in enumerate(self.levels):
            alarm_at = self.blocks / TOGETHER**number * len(shares) * LEVELS
            alarms |= level.take(shares, self.limits, alarm_at, self.columns)
            level.total = level.total + shares
            level.parts += 1
            if level.parts < TOGETHER:
                break
            shares = level.total / TOGETHER
            level.total, level.parts = numpy.zeros(len(shares)), 0
        return alarms

    def forget(self, bets: NDArray[numpy.bool_]) -> None:
        """Let these bets begin anew."""
        for level in self.levels:
            level.value = numpy.where(bets, 0.0, level.value)

    def kept(self) -> tuple[tuple[tuple[float | None, ...], ...], tuple[tuple[int, int], ...]]:
        """All that it knows: per level a row of each field, None where nothing is known; and its counts."""
        rows = tuple(
            tuple(None if numpy.isnan(value) else float(value) for value in getattr(level, name))
            for level in self.levels
            for name in _FIELDS
        )
        return rows, tuple((level.parts, level.count) for level in self.levels)

    def resume(self, rows: tuple[tuple[float | None, ...], ...], counts: tuple[tuple[int, int], ...]) -> None:
        """Go on from what was kept."""
        for number, (level, (parts, count)) in enumerate(zip(self.levels, counts, strict=True)):
            for place, name in enumerate(_FIELDS):
                row = rows[number * len(_FIELDS) + place]
                setattr(level, name, numpy.array([numpy.nan if one is None else one for one in row], dtype=float))
            level.parts, level.count = parts, count
