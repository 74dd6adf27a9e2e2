"""A graph from left to right: boxes that lead somewhere, and arrows between them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from gitmlops.catalog.plots.drawing import wide
from gitmlops.plain_text import cut, visible

_TALL, _ACROSS, _DOWN, _EDGE, _INSIDE = 46, 34, 14, 4, 10
_LONGEST = 28
_SWEEPS = 4


class Node(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A box of a graph. column: how far right it stands; to: where it leads, empty for nowhere.

    this: whether it is what the page is about.
    """

    label: str
    kind: str
    column: int
    to: str = ""
    this: bool = False


class Graph(msgspec.Struct, frozen=True, tag=True):
    """Boxes and the arrows between them, by their positions."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]

    def drawing(self) -> "Placed":
        """Every box and arrow in its place."""
        at = _boxes(self)
        boxes = tuple(at[index] for index in range(len(self.nodes)))
        width = max((box.x + box.width for box in boxes), default=0) + _EDGE
        height = max((box.y + box.height for box in boxes), default=0) + _EDGE
        arrows = tuple(_arrow(at[one], at[other]) for one, other in self.edges)
        return Placed(width, height, boxes, arrows, self._said())

    def _said(self) -> str:
        lines = (f"{self.nodes[one].label} to {self.nodes[other].label}" for one, other in self.edges[:40])
        return visible(f"{len(self.nodes)} boxes; arrows from {', '.join(lines)}.") if self.edges else "No arrows."


@dataclass(frozen=True)
class Box:
    """A node with its corner above on the left; label: as far as it has room."""

    node: Node
    label: str
    x: int
    y: int
    width: int
    height: int = _TALL


@dataclass(frozen=True)
class Placed:
    """A graph in its places; arrows as SVG paths; said: what it shows, in a sentence."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    said: str


def _boxes(graph: Graph) -> Mapping[int, Box]:
    """Columns from left to right, each as wide as its longest label and in the middle of the height."""
    columns = _ordered(graph)
    highest = max(map(len, columns), default=0)
    x, placed = _EDGE, {}
    for column in columns:
        labels = {index: cut(visible(graph.nodes[index].label), _LONGEST) for index in column}
        width = 2 * _INSIDE + max(wide(text) for index in column for text in (labels[index], graph.nodes[index].kind))
        y = _EDGE + (highest - len(column)) * (_TALL + _DOWN) // 2
        for row, index in enumerate(column):
            placed[index] = Box(graph.nodes[index], labels[index], x, y + row * (_TALL + _DOWN), width)
        x += width + _ACROSS
    return placed


def _ordered(graph: Graph) -> Sequence[Sequence[int]]:
    """The nodes of each column that has any, each near the middle of those that it is joined with."""
    by_column: dict[int, list[int]] = defaultdict(list)
    for index, node in enumerate(graph.nodes):
        by_column[node.column].append(index)
    columns = [by_column[column] for column in sorted(by_column)]
    joined: dict[int, list[int]] = defaultdict(list)
    for one, other in graph.edges:
        joined[one].append(other)
        joined[other].append(one)
    for _ in range(_SWEEPS):
        for column in columns:
            rows = {index: place / len(nodes) for nodes in columns for place, index in enumerate(nodes)}
            middles = {index: _middle([rows[near] for near in joined[index]] or [rows[index]]) for index in column}
            column.sort(key=middles.__getitem__)
    return columns


def _middle(rows: Sequence[float]) -> float:
    return sum(rows) / len(rows)


def _arrow(one: Box, other: Box) -> str:
    x1, y1 = one.x + one.width, one.y + one.height // 2
    x2, y2 = other.x - 6, other.y + other.height // 2
    bend = max((x2 - x1) // 2, 16)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
