"""A drawing: shapes in their places, what they are called, and the same numbers as a table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gitmlops.plain_text import cut, visible
from gitmlops.render.cells import shown
from gitmlops.report import Cell

WIDTH = 480
COLOURS = 6
Anchor = Literal["start", "middle", "end"]
_WIDE = 9.2
"""Width of a character of the drawing's text, in its units, as on a phone, where letters are larger than elsewhere."""


@dataclass(frozen=True)
class Mark:
    """One element of SVG: its name, its class, its attributes, and its text (of another shape: what it stands for)."""

    shape: Literal["line", "polyline", "polygon", "rect", "circle", "text"]
    kind: str
    places: tuple[tuple[str, str], ...]
    text: str = ""


@dataclass(frozen=True)
class Key:
    """What a class of shapes stands for."""

    kind: str
    name: str


@dataclass(frozen=True)
class Drawing:
    """A plot with everything in its place. said: what can be seen, in a sentence.

    columns and rows: its numbers, none where the page has them anyway.
    """

    title: str
    said: str
    height: float
    marks: tuple[Mark, ...]
    keys: tuple[Key, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    width: int = WIDTH


@dataclass(frozen=True)
class Scale:
    """Values from low to high on a line from `start` to `end`; never empty."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value lies; one outside the scale lies at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Three to six round values within the scale."""
        step = _round_step((self.high - self.low) / 4)
        first = math.ceil(self.low / step - 1e-9)
        return [round(number * step, 12) for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def scale(values: Iterable[float], start: float, end: float) -> Scale:
    """A scale on which every value has its place, with a little room at both ends."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    # A share ends at 0 and 1: room beyond would look as if there could be more.
    floor = 0.0 if low >= 0 else -math.inf
    ceiling = 1.0 if low >= 0 and high <= 1 else math.inf
    below, above = max(low - room, floor), min(high + room, ceiling)
    return Scale(below, above if below < above else below + room, start, end)


def _round_step(width: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least as wide."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9))


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Mark:
    """A straight line."""
    return Mark("line", kind, _places(x1=x1, y1=y1, x2=x2, y2=y2))


def path(shape: Literal["polyline", "polygon"], kind: str, points: Sequence[tuple[float, float]]) -> Mark:
    """A line through points, or the area within them."""
    return Mark(shape, kind, (("points", " ".join(f"{x:g},{y:g}" for x, y in points)),))


def rect(kind: str, x: float, y: float, width: float, height: float, text: str = "") -> Mark:
    """A rectangle."""
    return Mark("rect", kind, _places(x=x, y=y, width=width, height=height), text)


def dot(kind: str, x: float, y: float, text: str = "", radius: float = 2.5) -> Mark:
    """A point."""
    return Mark("circle", kind, _places(cx=x, cy=y, r=radius), text)


def words(text: str, x: float, y: float, anchor: Anchor = "start", kind: str = "", room: int = 40) -> Mark:
    """A text whose beginning, middle or end stands at x, of at most `room` characters."""
    end = () if anchor == "start" else (("text-anchor", anchor),)
    return Mark("text", kind, (*_places(x=x, y=y), *end), cut(visible(text), room))


def _places(**numbers: float) -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{round(number, 1):g}") for name, number in numbers.items())


def characters(width: float) -> int:
    """How many characters have room in a width."""
    return max(1, int(width / _WIDE))


def wide(text: str) -> int:
    """How much room a text takes at most."""
    return math.ceil(len(text) * _WIDE)


def colour(index: int) -> str:
    """The class of the colour of a line or bar."""
    return f"s{index % COLOURS}"


def spread(labels: Sequence[str], width: float) -> list[int]:
    """The places of the labels that have room beside each other, evenly spread, the last one among them."""
    longest = max(map(len, labels), default=1)
    # One and a half times their width: the last one stands left of its place.
    most = max(1, int(width / (1.6 * min(longest, 24) * _WIDE)))
    step = -(-len(labels) // most) or 1
    return list(range(len(labels) - 1, -1, -step))[::-1]


def number(value: float | None) -> str:
    """A number as the drawing shows it: four digits."""
    return "" if value is None else shown(float(f"{value:.4g}"))
