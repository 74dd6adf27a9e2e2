"""A value for each group, with its interval: slices, fairness, versions side by side."""

from collections.abc import Iterator

import msgspec

from gitmlops.catalog.plots.drawing import (
    WIDTH,
    Drawing,
    Key,
    Mark,
    Scale,
    characters,
    dot,
    line,
    number,
    scale,
    wide,
    words,
)

_ROW, _ROW_WITH_NAME, _TOP, _BOTTOM, _RIGHT, _GAP = 26, 44, 12, 44, 72, 12
_NARROWEST, _WIDEST = 80, 200
"""How much of the width names of groups take at least and at most; where they need more, each stands above its row."""


class Group(msgspec.Struct, frozen=True):
    """A value with the ends of its interval (None without one), and from how many rows it comes (None: not known).

    outcome: what was thought of it; tone: that of chips (`error`, `warning`), where it is to be seen.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    rows: int | None = None
    outcome: str = ""
    tone: str = ""


class Intervals(msgspec.Struct, frozen=True, tag=True):
    """Groups under each other on one scale. unit: what the values are; limit: drawn as a line across all groups."""

    title: str
    groups: tuple[Group, ...]
    unit: str = ""
    limit: float | None = None
    limit_name: str = "limit"

    def drawing(self) -> Drawing:
        """The groups in their places."""
        widest = _GAP + max((wide(group.name) for group in self.groups), default=0)
        above = widest > _WIDEST
        left, row = (_GAP, _ROW_WITH_NAME) if above else (max(_NARROWEST, widest), _ROW)
        bottom = _TOP + row * len(self.groups)
        across = scale(self._numbers(), left, WIDTH - _RIGHT)
        marks = [*self._axis(across, bottom)]
        for index, group in enumerate(self.groups):
            y = _TOP + row * (index + (0.75 if above else 0.5))
            marks += (_name_above(group, left, y) if above else _name_beside(group, left, y), *_drawn(group, across, y))
        return Drawing(
            self.title,
            self._said(),
            bottom + _BOTTOM,
            tuple(marks),
            tuple(self._keys()),
            ("group", self.unit or "value", "from", "to", "rows", "outcome"),
            tuple((one.name, one.value, one.low, one.high, one.rows, one.outcome) for one in self.groups),
        )

    def _axis(self, across: Scale, bottom: float) -> Iterator[Mark]:
        for value in across.ticks():
            x = across.place(value)
            yield line("grid", x, _TOP, x, bottom)
            yield words(number(value), x, bottom + 17, "middle", room=9)
        if self.unit:
            yield words(self.unit, (across.start + across.end) / 2, bottom + 36, "middle")
        if self.limit is not None:
            x = across.place(self.limit)
            yield line("limit", x, _TOP, x, bottom)

    def _keys(self) -> Iterator[Key]:
        yield Key("dot s0", "value")
        if any(group.low is not None for group in self.groups):
            yield Key("whisker s0", "interval")
        if self.limit is not None:
            yield Key("limit", f"{self.limit_name} {number(self.limit)}")

    def _numbers(self) -> Iterator[float]:
        for group in self.groups:
            yield from (value for value in (group.value, group.low, group.high) if value is not None)
        if self.limit is not None:
            yield self.limit

    def _said(self) -> str:
        known = [(group.value, group.name) for group in self.groups if group.value is not None]
        if not known:
            return f"{len(self.groups)} groups, none with a value."
        (low, lowest), (high, highest) = min(known), max(known)
        return f"{len(self.groups)} groups, from {number(low)} ({lowest}) to {number(high)} ({highest})."


def _drawn(group: Group, across: Scale, y: float) -> Iterator[Mark]:
    kind = group.tone or "s0"
    if group.low is not None and group.high is not None:
        yield line(f"whisker {kind}", across.place(group.low), y, across.place(group.high), y)
    if group.value is not None:
        yield dot(f"dot {kind}", across.place(group.value), y, f"{group.name}: {number(group.value)}", 4)
    if group.value is None and group.outcome:
        yield words(group.outcome, across.start, y + 4, room=characters(across.end - across.start))
    yield words(number(group.value) or "-", WIDTH - _RIGHT + _GAP, y + 4, kind="label", room=9)


def _name_above(group: Group, left: float, y: float) -> Mark:
    return words(group.name, left, y - 12, "start", "label", characters(WIDTH - left))


def _name_beside(group: Group, left: float, y: float) -> Mark:
    return words(group.name, left - _GAP, y + 4, "end", "label")
