"""Charts as numbers: characters for a terminal, points for a drawing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitmlops.report import Chart

_BARS = "▁▂▃▄▅▆▇█"
WIDTH, HEIGHT = 440, 190
LEFT, TOP, RIGHT, BOTTOM = 70, 12, 12, 30


@dataclass(frozen=True)
class Range:
    """Smallest and largest value that a chart shows, limit included; never empty."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the bottom, 1 at the top."""
        return (value - self.low) / (self.high - self.low)


def value_range(chart: Chart) -> Range | None:
    """The range of a chart, None if it has no value."""
    values = [value for series in chart.series for value in series.values if value is not None]
    if not values:
        return None
    if chart.limit is not None:
        values.append(chart.limit)
    low, high = min(values), max(values)
    margin = abs(low) * 0.1 or 1.0
    return Range(low, high) if low < high else Range(low - margin, high + margin)


def sparkline(values: Sequence[float | None], within: Range) -> str:
    """One character a value, a space where there is none."""
    top = len(_BARS) - 1
    return "".join(" " if value is None else _BARS[round(within.share(value) * top)] for value in values)


def lines(values: Sequence[float | None], within: Range) -> tuple[str, ...]:
    """SVG `points` of each unbroken run of values."""
    return tuple(" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in _runs(values, within))


def height(value: float, within: Range) -> float:
    """The y of a value in the drawing, from the top."""
    return round(TOP + (1 - within.share(value)) * (HEIGHT - TOP - BOTTOM), 1)


def position(index: int, count: int) -> float:
    """The x of a point in the drawing; a single point stands in the middle."""
    share = index / (count - 1) if count > 1 else 0.5
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _runs(values: Sequence[float | None], within: Range) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for index, value in enumerate((*values, None)):
        if value is not None:
            run.append((position(index, len(values)), height(value, within)))
        elif run:
            yield run
            run = []
