"""How the values of a column are spread: numbers between edges, levels by their frequency."""

import math
from itertools import pairwise
from typing import NamedTuple

import msgspec

from gitmlops.catalog.plots.drawing import WIDTH, Drawing, Mark, Scale, characters, line, number, rect, words
from gitmlops.report import Cell

_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 200, 30, 30, 30, 44
_ROW, _NAMES, _SHARES = 24, 140, 66
_FEW = 0.1
"""The largest share of rows at an end whose bar may be cut off."""


class _Bin(NamedTuple):
    low: float
    high: float
    share: float

    @property
    def density(self) -> float:
        return self.share / (self.high - self.low)


class Histogram(msgspec.Struct, frozen=True, tag=True):
    """Shares of rows (0 to 1) between edges (finite, ascending, one more than shares). unit: what the values are."""

    title: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    unit: str = ""

    def drawing(self) -> Drawing:
        """The bars in their places: a bar's area is its share, as edges need not lie evenly.

        A long first or last bar of few rows, which would leave the others no room, is cut off; the plot says how far it
        goes.
        """
        bins = _bins(self)
        floor = _HEIGHT - _BOTTOM
        marks: list[Mark] = [line("axis", _LEFT, floor, WIDTH - _RIGHT, floor)]
        if bins:
            across = Scale(*_seen(bins), _LEFT, WIDTH - _RIGHT)
            down = Scale(0.0, max(bin_.density for bin_ in bins) or 1.0, floor, _TOP)
            marks += (_bar(bin_, across, down) for bin_ in bins)
            marks += (words(number(tick), across.place(tick), floor + 17, "middle", room=9) for tick in across.ticks())
            marks.append(words(_reach(bins, across), 4, _HEIGHT - 6))
        marks += (
            words("share of rows, as the area of a bar", 4, 14),
            words(self.unit, WIDTH - 4, _HEIGHT - 6, "end", room=10),
        )
        rows: tuple[tuple[Cell, ...], ...] = tuple((bin_.low, bin_.high, _percent(bin_.share)) for bin_ in bins)
        return Drawing(self.title, _said(bins), _HEIGHT, tuple(marks), (), ("from", "to", "share of rows"), rows)


class Levels(msgspec.Struct, frozen=True, tag=True):
    """Shares of rows (0 to 1) of each level, in the order in which they are drawn."""

    title: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]

    def drawing(self) -> Drawing:
        """A bar for each level, as long as its share of all rows."""
        most = max(self.shares, default=0.0) or 1.0
        marks: list[Mark] = []
        for index, (level, share) in enumerate(zip(self.levels, self.shares, strict=True)):
            y = 6 + _ROW * index
            long = share / most * (WIDTH - _NAMES - _SHARES)
            marks += (
                words(level, _NAMES - 10, y + 16, "end", "label", characters(_NAMES - 10)),
                rect("bar s0", _NAMES, y + 3, max(long, 0.5), _ROW - 6, f"{level}: {_percent(share)}"),
                words(_percent(share), round(_NAMES + long + 6, 1), y + 16),
            )
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (level, _percent(share)) for level, share in zip(self.levels, self.shares, strict=True)
        )
        height = 12 + _ROW * len(self.levels)
        return Drawing(
            self.title, f"{len(self.levels)} values.", height, tuple(marks), (), ("value", "share of rows"), rows
        )


def _bins(histogram: Histogram) -> list[_Bin]:
    pairs = zip(pairwise(histogram.edges), histogram.shares, strict=True)
    return [
        _Bin(low, high, share) for (low, high), share in pairs if low < high and math.isfinite(share / (high - low))
    ]


def _seen(bins: list[_Bin]) -> tuple[float, float]:
    """From where to where bars are drawn: a few rows at an end get half the width of the bars between the ends."""
    low, high = bins[0].low, bins[-1].high
    if len(bins) < 3:
        return low, high
    room = (bins[-2].high - bins[1].low) / 2
    return (
        max(low, bins[1].low - room) if bins[0].share <= _FEW else low,
        min(high, bins[-2].high + room) if bins[-1].share <= _FEW else high,
    )


def _reach(bins: list[_Bin], across: Scale) -> str:
    """How far values go, where bars are cut off."""
    low, high = bins[0].low, bins[-1].high
    return "" if (low, high) == (across.low, across.high) else f"cut off: {number(low)} to {number(high)} in all"


def _bar(bin_: _Bin, across: Scale, down: Scale) -> Mark:
    left, right = across.place(bin_.low), across.place(bin_.high)
    top = down.place(bin_.density)
    said = f"{number(bin_.low)} to {number(bin_.high)}: {_percent(bin_.share)} of rows"
    return rect("bar s0", left, top, max(right - left - 0.8, 0.4), down.start - top, said)


def _said(bins: list[_Bin]) -> str:
    if not bins:
        return "No values are known."
    densest = max(bins, key=lambda bin_: bin_.density)
    return (
        f"From {number(bins[0].low)} to {number(bins[-1].high)};"
        f" values lie densest between {number(densest.low)} and {number(densest.high)}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
