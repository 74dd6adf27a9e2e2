"""Figures that a benchmark found: shown as they come, and kept for the book where BENCHMARK_ROWS names a file."""

import json
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

OURS = "gitmlops"
COSTS = ("CPU s", "s", "MB", "million instructions")
"""Units of which less is better."""


@dataclass(frozen=True)
class Row:
    """What a tool took, each time that it was measured; figures of the same `what` and `unit` can be compared.

    at_most: the design's limit, in `unit`; at_most_times: of other tools, how many times theirs it may be.
    """

    what: str
    tool: str
    unit: str
    values: Sequence[float]
    at_most: float | None = None
    at_most_times: Mapping[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Of all times."""
        return statistics.median(self.values)


def keep(*rows: Row) -> None:
    """Show figures that can be compared, the first one beside each of the others, and add them to the file."""
    first, *others = rows
    limit = "" if first.at_most is None else f", at most {first.at_most:g}"
    print(f"{first.what}\n  {told(first)}{limit}", flush=True)
    for other in others:
        times = first.at_most_times.get(other.tool)
        within = "" if times is None else f", at most {times:g}"
        ratio = f"; ratio {first.median / other.median:.3f}{within}" if other.unit in COSTS else ""
        print(f"  {told(other)}{ratio}", flush=True)
    if path := os.environ.get("BENCHMARK_ROWS"):
        with Path(path).open("a") as file:
            file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)


def told(row: Row) -> str:
    """A figure in words: the median, and the range if it was measured several times."""
    spread = f" ({number(min(row.values))} to {number(max(row.values))})" if len(row.values) > 1 else ""
    return f"{row.tool}: {number(row.median)}{spread} {row.unit}"


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
