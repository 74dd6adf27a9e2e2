"""A value for each group, with its interval: slices, fairness, versions side by side."""

from collections.abc import Iterator

import msgspec

from gitmlops.catalog.plots.drawing import WIDTH, Drawing, Key, Mark, characters, dot, line, number, scale, wide, words
from gitmlops.report import Cell

_ROW, _TOP, _BOTTOM, _RIGHT, _GAP = 26, 12, 44, 74, 12
_NARROWEST, _WIDEST = 90, 250
"""How much of the width names of groups take at least and at most."""


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
        left = min(max(_NARROWEST, _GAP + max((wide(group.name) for group in self.groups), default=0)), _WIDEST)
        bottom = _TOP + _ROW * len(self.groups)
        across = scale(self._numbers(), left, WIDTH - _RIGHT)
        marks: list[Mark] = []
        for value in across.ticks():
            x = across.place(value)
            marks += (line("grid", x, _TOP, x, bottom), words(number(value), x, bottom + 17, "middle", room=9))
        if self.unit:
            marks.append(words(self.unit, (left + WIDTH - _RIGHT) / 2, bottom + 36, "middle"))
        if self.limit is not None:
            x = across.place(self.limit)
            marks.append(line("limit", x, _TOP, x, bottom))
        for index, group in enumerate(self.groups):
            y = _TOP + _ROW * (index + 0.5)
            marks.append(words(group.name, left - _GAP, y + 4, "end", "label", characters(left - _GAP)))
            if group.low is not None and group.high is not None:
                marks.append(
                    line(f"whisker {group.tone or 's0'}", across.place(group.low), y, across.place(group.high), y)
                )
            if group.value is not None:
                marks.append(
                    dot(
                        f"dot {group.tone or 's0'}",
                        across.place(group.value),
                        y,
                        f"{group.name}: {number(group.value)}",
                        4,
                    )
                )
            marks.append(words(number(group.value) or "-", WIDTH - _RIGHT + _GAP, y + 4, kind="label", room=9))
        keys = [Key("dot s0", "value")]
        if any(group.low is not None for group in self.groups):
            keys.append(Key("whisker s0", "interval"))
        if self.limit is not None:
            keys.append(Key("limit", f"{self.limit_name} {number(self.limit)}"))
        return Drawing(
            self.title, self._said(), bottom + _BOTTOM, tuple(marks), tuple(keys), self._columns(), tuple(self._rows())
        )

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

    def _columns(self) -> tuple[str, ...]:
        return ("group", self.unit or "value", "from", "to", "rows", "outcome")

    def _rows(self) -> Iterator[tuple[Cell, ...]]:
        for group in self.groups:
            yield group.name, group.value, group.low, group.high, group.rows, group.outcome
