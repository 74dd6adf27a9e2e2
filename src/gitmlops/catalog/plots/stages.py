"""Which version was in which deployment stage, and when: a lane for each stage."""

from collections.abc import Iterator

import msgspec

from gitmlops.catalog.plots.drawing import (
    WIDTH,
    Anchor,
    Drawing,
    Mark,
    Scale,
    characters,
    colour,
    line,
    rect,
    wide,
    words,
)
from gitmlops.registry.tags.moments import shown

_LANE, _TOP, _BOTTOM, _LEFT, _RIGHT, _NOW = 40, 8, 30, 100, 12, 48
_ANCHORS: tuple[Anchor, ...] = ("start", "middle", "end")
"""Of the dates below the lanes, from the first change to the last."""


class Span(msgspec.Struct, frozen=True):
    """A version in a stage between two moments (seconds since 1970); None: it is still there."""

    stage: str
    version: str
    since: int
    until: int | None = None


class StageTimeline(msgspec.Struct, frozen=True, tag=True):
    """Spans by their stages' lanes; how long ago the last change was is not drawn, as pages have no clock."""

    title: str
    spans: tuple[Span, ...]

    def drawing(self) -> Drawing:
        """The spans in their lanes."""
        stages = list(dict.fromkeys(span.stage for span in self.spans))
        versions = list(dict.fromkeys(span.version for span in sorted(self.spans, key=lambda span: span.since)))
        across = self._scale()
        bottom = _TOP + _LANE * len(stages)
        marks = [*_dates(across, bottom)]
        for index, stage in enumerate(stages):
            y = _TOP + _LANE * index
            marks.append(words(stage, _LEFT - 12, y + 24, "end", "label", characters(_LEFT - 12)))
            for span in (one for one in self.spans if one.stage == stage):
                marks += _bar(span, across, y, colour(versions.index(span.version)))
        said = f"{len(self.spans)} times a version was in one of {len(stages)} deployment stages."
        # Its page has a table of everything that happened: a second one would say it again.
        return Drawing(self.title, said, bottom + _BOTTOM, tuple(marks), (), (), ())

    def _scale(self) -> Scale:
        """From the first change to the last one; after it there is room for what still stands."""
        times = [time for span in self.spans for time in (span.since, span.until) if time is not None] or [0]
        first, last = min(times), max(times)
        return Scale(first, max(last, first + 1), _LEFT, WIDTH - _RIGHT - _NOW)


def _bar(span: Span, across: Scale, y: float, kind: str) -> Iterator[Mark]:
    left = across.place(span.since)
    right = WIDTH - _RIGHT if span.until is None else across.place(span.until)
    said = f"{span.version} in {span.stage}, {shown(span.since)} to {_end(span)}"
    yield rect(f"span {kind}", left, y + 6, max(right - left, 1.5), _LANE - 12, said)
    if wide(span.version) <= right - left:
        yield words(span.version, round((left + right) / 2, 1), y + 24, "middle", "inside")


def _end(span: Span) -> str:
    return "now" if span.until is None else shown(span.until)


def _dates(across: Scale, bottom: float) -> Iterator[Mark]:
    before = ""
    for number, anchor in enumerate(_ANCHORS):
        moment = across.low + (across.high - across.low) * number / (len(_ANCHORS) - 1)
        x, date = across.place(moment), shown(int(moment))[:10]
        yield line("grid", x, _TOP, x, bottom)
        if date != before:
            yield words(date, x, bottom + 18, anchor)
        before = date
    yield words("now", WIDTH - _RIGHT, bottom + 18, "end")
