"""Which version was in which deployment stage, and when: a lane for each stage."""

from collections.abc import Iterator

import msgspec

from gitmlops.catalog.plots.drawing import WIDTH, Anchor, Drawing, Mark, Scale, characters, colour, line, rect, words
from gitmlops.registry.moments import shown
from gitmlops.report import Cell

_LANE, _TOP, _BOTTOM, _LEFT, _RIGHT = 40, 8, 30, 100, 12
_ANCHORS: tuple[Anchor, ...] = ("start", "middle", "middle", "end")
"""Of the dates below the lanes, from the first to the last."""


class Span(msgspec.Struct, frozen=True):
    """A version in a stage between two moments (seconds since 1970); None: it is still there."""

    stage: str
    version: str
    since: int
    until: int | None = None


class StageTimeline(msgspec.Struct, frozen=True, tag=True):
    """Spans, in the order of their stages' lanes; `now`: the moment at which the drawing ends."""

    title: str
    spans: tuple[Span, ...]
    now: int

    def drawing(self) -> Drawing:
        """The spans in their lanes."""
        stages = list(dict.fromkeys(span.stage for span in self.spans))
        versions = list(dict.fromkeys(span.version for span in sorted(self.spans, key=lambda span: span.since)))
        begin = min((span.since for span in self.spans), default=self.now - 1)
        across = Scale(begin, max(self.now, begin + 1), _LEFT, WIDTH - _RIGHT)
        bottom = _TOP + _LANE * len(stages)
        marks = [*_dates(across, bottom)]
        for index, stage in enumerate(stages):
            y = _TOP + _LANE * index
            marks.append(words(stage, _LEFT - 12, y + 24, "end", "label", characters(_LEFT - 12)))
            for span in (one for one in self.spans if one.stage == stage):
                marks += self._bar(span, across, y, colour(versions.index(span.version)))
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (span.stage, span.version, shown(span.since), shown(span.until) if span.until is not None else "now")
            for span in self.spans
        )
        said = f"{len(self.spans)} times a version was in one of {len(stages)} deployment stages."
        return Drawing(
            self.title, said, bottom + _BOTTOM, tuple(marks), (), ("stage", "version", "since", "until"), rows
        )

    def _bar(self, span: Span, across: Scale, y: float, kind: str) -> Iterator[Mark]:
        left, right = across.place(span.since), across.place(self.now if span.until is None else span.until)
        until = "now" if span.until is None else shown(span.until)
        said = f"{span.version} in {span.stage}, {shown(span.since)} to {until}"
        yield rect(f"span {kind}", left, y + 6, max(right - left, 1.5), _LANE - 12, said)
        room = characters(right - left - 10)
        if room >= len(span.version):
            yield words(span.version, round((left + right) / 2, 1), y + 24, "middle", "inside")


def _dates(across: Scale, bottom: float) -> Iterator[Mark]:
    for number, anchor in enumerate(_ANCHORS):
        moment = across.low + (across.high - across.low) * number / (len(_ANCHORS) - 1)
        x = across.place(moment)
        yield line("grid", x, _TOP, x, bottom)
        yield words(shown(int(moment))[:10], x, bottom + 18, anchor)
