"""A metric, or several, by window: lines with their intervals, and the limit that is asked of them."""

from collections.abc import Iterator

import msgspec

from gitmlops.catalog.plots.drawing import (
    WIDTH,
    Anchor,
    Drawing,
    Key,
    Mark,
    Scale,
    colour,
    dot,
    line,
    number,
    path,
    scale,
    spread,
    words,
)
from gitmlops.report import Cell

_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 230, 58, 14, 30, 44
_MOST_DOTS = 30
Points = tuple[float | None, ...]


class Line(msgspec.Struct, frozen=True):
    """One value a label, None where there is none; low and high: the ends of their intervals, empty without any."""

    name: str
    values: Points
    low: Points = ()
    high: Points = ()


class Windows(msgspec.Struct, frozen=True, tag=True):
    """Lines over labels. across: what the labels are; unit: what the values are; limit: drawn as a line of its own."""

    title: str
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    unit: str = ""
    across: str = "window"
    limit: float | None = None
    limit_name: str = "limit"

    def drawing(self) -> Drawing:
        """The lines in their places."""
        down = scale(self._numbers(), _HEIGHT - _BOTTOM, _TOP)
        marks = (
            *_axis(down, self.unit),
            *self._labels(),
            *self._limit(down),
            *(mark for index, one in enumerate(self.lines) for mark in self._drawn(one, colour(index), down)),
        )
        keys = [Key(f"curve {colour(index)}", one.name) for index, one in enumerate(self.lines)]
        if any(one.low for one in self.lines):
            keys.append(Key("band s0", "interval"))
        if self.limit is not None:
            keys.append(Key("limit", f"{self.limit_name} {number(self.limit)}"))
        return Drawing(self.title, self._said(), _HEIGHT, marks, tuple(keys), self._columns(), self._rows())

    def _numbers(self) -> Iterator[float]:
        for one in self.lines:
            yield from (value for value in (*one.values, *one.low, *one.high) if value is not None)
        if self.limit is not None:
            yield self.limit

    def _across(self, index: int) -> float:
        share = index / (len(self.labels) - 1) if len(self.labels) > 1 else 0.5
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def _labels(self) -> Iterator[Mark]:
        for index in spread(self.labels, WIDTH - _LEFT - _RIGHT):
            x = self._across(index)
            anchor: Anchor = "start" if x < _LEFT + 40 else "end" if x > WIDTH - _RIGHT - 40 else "middle"
            yield words(self.labels[index], x, _HEIGHT - _BOTTOM + 17, anchor, room=24)
        yield words(self.across, WIDTH - _RIGHT, _HEIGHT - 6, "end")

    def _limit(self, down: Scale) -> Iterator[Mark]:
        if self.limit is not None:
            y = down.place(self.limit)
            yield line("limit", _LEFT, y, WIDTH - _RIGHT, y)

    def _drawn(self, one: Line, kind: str, down: Scale) -> Iterator[Mark]:
        for run in _runs(one.low, one.high):
            below = [(self._across(index), down.place(low)) for index, low, _ in run]
            above = [(self._across(index), down.place(high)) for index, _, high in run]
            # One window alone has no area: its interval is a line.
            band = f"whisker {kind}" if len(run) == 1 else f"band {kind}"
            yield path("polygon", band, [*below, *reversed(above)])
        for run in _runs(one.values, one.values):
            points = [(self._across(index), down.place(value)) for index, value, _ in run]
            if len(points) > 1:
                yield path("polyline", f"curve {kind}", points)
            if len(points) == 1 or len(self.labels) <= _MOST_DOTS:
                for (x, y), (index, value, _) in zip(points, run, strict=True):
                    yield dot(kind, x, y, f"{one.name}, {self.labels[index]}: {number(value)}")

    def _said(self) -> str:
        last = [
            f"{one.name} was {number(value)} in {self.labels[index]}"
            for one in self.lines
            for index, value in [_last(one.values)]
            if value is not None
        ]
        return f"{len(self.labels)} points" + (f"; last: {', '.join(last)}." if last else ".")

    def _columns(self) -> tuple[str, ...]:
        return (self.across, *(name for one in self.lines for name in _names(one)))

    def _rows(self) -> tuple[tuple[Cell, ...], ...]:
        columns = [
            values for one in self.lines for values in ((one.values, one.low, one.high) if one.low else (one.values,))
        ]
        return tuple((label, *(values[index] for values in columns)) for index, label in enumerate(self.labels))


def _axis(down: Scale, unit: str) -> Iterator[Mark]:
    for value in down.ticks():
        y = down.place(value)
        yield line("grid", _LEFT, y, WIDTH - _RIGHT, y)
        yield words(number(value), _LEFT - 8, y + 4, "end", room=9)
    if unit:
        yield words(unit, 4, 14)


def _names(one: Line) -> tuple[str, ...]:
    return (one.name, f"{one.name}, from", f"{one.name}, to") if one.low else (one.name,)


def _last(values: Points) -> tuple[int, float | None]:
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    return known[-1] if known else (0, None)


def _runs(first: Points, second: Points) -> Iterator[list[tuple[int, float, float]]]:
    """The places that follow each other without a gap, with both of their values."""
    run: list[tuple[int, float, float]] = []
    for index, (one, other) in enumerate(zip((*first, None), (*second, None), strict=True)):
        if one is not None and other is not None:
            run.append((index, one, other))
        elif run:
            yield run
            run = []
