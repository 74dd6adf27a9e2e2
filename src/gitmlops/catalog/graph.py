"""A graph from left to right with everything in its place: boxes in columns, arrows as curves."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitmlops.catalog.page import Graph, Node
from gitmlops.plain_text import cut

_GLYPH, _HEIGHT, _ROW, _GAP, _MARGIN, _PADDING = 7.0, 30, 44, 56, 8, 20
_LONGEST = 34


@dataclass(frozen=True)
class Box:
    """A node in its place. left, top, width, height: in units of the drawing."""

    node: Node
    label: str
    left: float
    top: float
    width: float
    height: float = _HEIGHT

    @property
    def middle(self) -> float:
        """Where its text is, from the left."""
        return self.left + self.width / 2

    @property
    def baseline(self) -> float:
        """Where its text stands, from the top."""
        return self.top + _HEIGHT / 2 + 4


@dataclass(frozen=True)
class Drawing:
    """A graph as it is drawn; curves: SVG paths."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[str, ...]


def placed(graph: Graph) -> Drawing:
    """The graph with its columns beside each other, each as wide as its widest box and centred on its height."""
    columns = sorted({node.column for node in graph.nodes})
    tallest = max((sum(node.column == column for node in graph.nodes) for column in columns), default=0)
    boxes: dict[int, Box] = {}
    left = float(_MARGIN)
    for column in columns:
        members = [index for index, node in enumerate(graph.nodes) if node.column == column]
        width = max(_width(graph.nodes[index]) for index in members)
        top = _MARGIN + (tallest - len(members)) * _ROW / 2
        for row, index in enumerate(members):
            node = graph.nodes[index]
            boxes[index] = Box(node, cut(node.label, _LONGEST), left, top + row * _ROW, width)
        left += width + _GAP
    curves = tuple(_curve(boxes[source], boxes[target]) for source, target in graph.edges)
    height = 2 * _MARGIN + max(0, tallest * _ROW - (_ROW - _HEIGHT))
    return Drawing(left - _GAP + _MARGIN, height, tuple(_in_order(boxes)), curves)


def _in_order(boxes: dict[int, Box]) -> Sequence[Box]:
    return [boxes[index] for index in sorted(boxes)]


def _width(node: Node) -> float:
    return len(cut(node.label, _LONGEST)) * _GLYPH + _PADDING


def _curve(source: Box, target: Box) -> str:
    begin, end = source.left + source.width, target.left
    y, to, bend = source.top + _HEIGHT / 2, target.top + _HEIGHT / 2, (begin + end) / 2
    return f"M{begin:g} {y:g}C{bend:g} {y:g} {bend:g} {to:g} {end:g} {to:g}"
