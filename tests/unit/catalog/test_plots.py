"""Plots of the catalogue: everything has its place within the drawing, and the same numbers stand in a table."""

import math
from itertools import pairwise

import pytest

from gitmlops.catalog.plots.drawing import WIDTH, Drawing, Mark, scale
from gitmlops.catalog.plots.graph import Graph, Node
from gitmlops.catalog.plots.histogram import Histogram, Levels
from gitmlops.catalog.plots.intervals import Group, Intervals
from gitmlops.catalog.plots.stages import Span, StageTimeline
from gitmlops.catalog.plots.windows import Line, Windows

WINDOWS = Windows(
    "AUC by window",
    ("w1", "w2", "w3", "w4", "w5"),
    (Line("auc", (0.8, 0.7, None, 0.6, 0.65), (0.7, 0.6, None, 0.5, 0.6), (0.9, 0.8, None, 0.7, 0.7)),),
    limit=0.62,
    limit_name="at least",
)
GROUPS = Intervals("Recall", (Group("UA", 0.8, 0.7, 0.9, 300, "passed"), Group("HA", None)), unit="recall", limit=0.75)
HISTOGRAM = Histogram("Delay", (-10, 0, 1, 100), (0.2, 0.5, 0.3), "minutes")
LEVELS = Levels("Origin", ("JFK", "LGA"), (0.75, 0.25))
DAY = 86_400
STAGES = StageTimeline(
    "Stages", (Span("prod", "v1", 0, 10 * DAY), Span("prod", "v2", 10 * DAY), Span("staging", "v2", 5 * DAY))
)
EMPTY = (
    Windows("none", (), ()), Windows("one", ("w",), (Line("a", (math.pi,), (3.0,), (4.0,)),)),
    Windows("nothing known", ("w", "x"), (Line("a", (None, None)),)), Intervals("none", ()),
    Intervals("unknown", (Group("a", None),), limit=0.5), Histogram("none", (), ()),
    Histogram("point", (1.0, 1.0), (1.0,)),
    Histogram("narrow", (0.0, 5e-324, 1.0), (0.5, 0.5)), Levels("none", (), ()), StageTimeline("none", ()),
    StageTimeline("now", (Span("prod", "v1", 7),)),
)  # fmt: skip


def marks(drawing: Drawing, shape: str, kind: str = "") -> list[Mark]:
    return [mark for mark in drawing.marks if mark.shape == shape and kind in mark.kind]


def place(mark: Mark, name: str) -> float:
    return float(dict(mark.places)[name])


@pytest.mark.parametrize("plot", [WINDOWS, GROUPS, HISTOGRAM, LEVELS, STAGES, *EMPTY], ids=lambda plot: plot.title)
def test_every_shape_stands_within_its_drawing(plot):
    drawing = plot.drawing()
    for mark in drawing.marks:
        for name, text in mark.places:
            numbers = [float(part) for part in text.replace(",", " ").split()] if name != "text-anchor" else []
            assert all(math.isfinite(number) and 0 <= number <= max(WIDTH, drawing.height) for number in numbers), mark
    assert all(len(row) == len(drawing.columns) for row in drawing.rows)
    assert drawing.said


def test_a_line_breaks_where_a_window_has_no_value():
    drawing = WINDOWS.drawing()
    assert len(marks(drawing, "polyline", "curve")) == 2
    assert len(marks(drawing, "polygon", "band")) == 2
    assert drawing.rows[2] == ("w3", None, None, None)
    assert drawing.columns == ("window", "auc", "auc, from", "auc, to")
    assert drawing.said == "5 points; last: auc was 0.65 in w5."


def test_a_limit_is_drawn_between_the_values_it_lies_between():
    drawing = WINDOWS.drawing()
    [limit] = marks(drawing, "line", "limit")
    y = {mark.text.partition(",")[2].split(":")[0].strip(): place(mark, "cy") for mark in marks(drawing, "circle")}
    assert y["w5"] < place(limit, "y1") < y["w4"]
    assert "at least 0.62" in [key.name for key in drawing.keys]


def test_labels_of_many_windows_do_not_run_into_each_other():
    labels = tuple(f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 8, 15, 22))
    drawing = Windows("a", labels, (Line("a", tuple(map(float, range(48)))),)).drawing()
    shown = [mark for mark in marks(drawing, "text") if mark.text in labels]
    assert shown[-1].text == labels[-1]
    assert all(place(b, "x") - place(a, "x") > 100 for a, b in pairwise(shown))


def test_an_interval_reaches_from_its_low_to_its_high_end_around_the_value():
    drawing = GROUPS.drawing()
    [whisker] = marks(drawing, "line", "whisker")
    [dot] = marks(drawing, "circle")
    assert place(whisker, "x1") < place(dot, "cx") < place(whisker, "x2")
    assert drawing.rows == (("UA", 0.8, 0.7, 0.9, 300, "passed"), ("HA", None, None, None, None, ""))
    assert drawing.said == "2 groups, from 0.8 (UA) to 0.8 (UA)."


def test_a_long_name_of_a_group_is_not_cut_but_stands_above_its_row():
    long = Intervals("Recall", (Group("sex=female & age_band=over 25", 0.8), Group("sex=male & age_band=over 25", 0.7)))
    drawing = long.drawing()
    names = [mark for mark in marks(drawing, "text", "label") if "sex" in mark.text]
    assert [name.text for name in names] == ["sex=female & age_band=over 25", "sex=male & age_band=over 25"]
    assert all(place(name, "y") < place(dot, "cy") for name, dot in zip(names, marks(drawing, "circle"), strict=True))


def test_the_area_of_a_bar_is_its_share_of_the_rows():
    bars = marks(HISTOGRAM.drawing(), "rect")
    heights = [place(bar, "height") for bar in bars]
    assert heights[1] == max(heights)
    assert heights[0] / heights[1] == pytest.approx((0.2 / 10) / (0.5 / 1), abs=0.01)
    assert HISTOGRAM.drawing().rows[1] == (0, 1, "50 %")


def test_shares_have_no_room_beyond_0_and_1():
    within = scale((0.01, 0.99), 0, 100)
    assert (within.low, within.high) == (0, 1)
    assert within.ticks() == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3, 17), (1e-9, 3e-9), (1e12, 3e12), (0.1, 0.30000000000000004), (5, 5)]
)
def test_ticks_are_few_and_within_the_scale(low, high):
    within = scale((low, high), 0, 100)
    ticks = within.ticks()
    assert 2 <= len(ticks) <= 6
    assert all(within.low - 1e-12 <= tick <= within.high * (1 + 1e-12) for tick in ticks)


def test_a_version_has_one_colour_in_every_stage():
    bars = {mark.text[:11]: mark.kind for mark in marks(STAGES.drawing(), "rect")}
    assert bars["v2 in prod,"] == bars["v2 in stagi"] != bars["v1 in prod,"]
    assert "v2 in prod, 1970-01-11T00:00:00Z to now" in [mark.text for mark in marks(STAGES.drawing(), "rect")]


def test_a_graph_stands_in_columns_and_its_arrows_end_at_boxes():
    nodes = (Node("a", "view", 0), Node("b", "view", 0), Node("x", "set", 3), Node("y", "set", 3))
    placed = Graph("g", nodes, ((0, 3), (1, 2))).drawing()
    x, y = [box.x for box in placed.boxes], [box.y for box in placed.boxes]
    assert x[0] == x[1] < x[2] == x[3]
    # What is joined stands side by side: arrows do not cross.
    assert (y[0] < y[1]) == (y[3] < y[2])
    assert placed.arrows[0].startswith(f"M{x[0] + placed.boxes[0].width} {y[0] + placed.boxes[0].height // 2}C")
    assert placed.said == "4 boxes; arrows from a to y, b to x."


def test_names_of_strangers_hide_nothing_in_a_drawing():
    hostile = "a\u202eb\u200b<script>"
    plots = (
        Windows("t", (hostile,), (Line("a", (1.0,)),)),
        Intervals("t", (Group(hostile, 1.0),)),
        Levels("t", (hostile,), (1.0,)),
        StageTimeline("t", (Span(hostile, "v1", 0),)),
    )
    for plot in plots:
        shown = [mark.text for mark in marks(plot.drawing(), "text")]
        assert any(text.startswith("a\\u202eb") for text in shown), plot
        assert not any("\u202e" in text or "\u200b" in text for text in shown)


def test_a_group_that_fails_is_seen_without_reading():
    failed = Intervals("Recall", (Group("HA", 0.5, outcome="failed", tone="error"),)).drawing()
    assert [mark.kind for mark in marks(failed, "circle")] == ["dot error"]


def test_a_long_tail_of_few_rows_is_cut_off_and_told():
    delays = Histogram("Delay", (-43, -9, -5, -2, 11, 91, 1301), (0.05, 0.2, 0.25, 0.25, 0.2, 0.05), "min")
    bars = marks(delays.drawing(), "rect")
    assert [bar.text for bar in bars][-1] == "91 to 1301: 5 % of rows"
    assert place(bars[0], "x") + place(bars[-1], "x") > 300
    assert "cut off: -43 to 1301 in all" in [mark.text for mark in delays.drawing().marks]
    assert delays.drawing().rows[-1] == (91, 1301, "5 %")


def test_a_long_bar_of_many_rows_is_drawn_whole():
    marks_of_text = [mark.text for mark in HISTOGRAM.drawing().marks if mark.shape == "text"]
    assert not [text for text in marks_of_text if text.startswith("cut off")]


def test_a_group_that_was_not_judged_says_why():
    plot = Intervals("Recall", (Group("UA", 0.8, 0.7, 0.9), Group("HA", None, outcome="too little evidence")))
    assert "too little evidence" in [mark.text for mark in plot.drawing().marks]
