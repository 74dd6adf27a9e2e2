"""A graph of steps as text, as Mermaid, which GitHub draws, and as SVG; same graph, same bytes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from gitmlops.pipelines.showing.graph import Graph, Node

_GLYPH, _HEIGHT, _GAP, _ROW, _MARGIN = 7.5, 30, 24, 84, 16


def text(graph: Graph) -> str:
    """One line a step, by level, with what it reads."""
    steps = [(index, node) for index, node in enumerate(graph.nodes) if node.is_step]
    width = max((len(node.label) for _, node in steps), default=0)
    lines = []
    for index, node in steps:
        reads = [graph.nodes[edge.source].label for edge in graph.edges if edge.target == index]
        lines.append(
            f"{node.level}  {node.label:<{width}}  <- {', '.join(reads)}" if reads else f"{node.level}  {node.label}"
        )
    return "\n".join(lines)


def mermaid(graph: Graph) -> str:
    """A flowchart from top to bottom; data from outside are drums."""
    lines = ["flowchart TD"]
    for index, node in enumerate(graph.nodes):
        label = f'"{_quoted(node.label)}"'
        lines.append(f"  n{index}[{label}]" if node.is_step else f"  n{index}[({label})]")
    for edge in graph.edges:
        label = f'|"{_quoted(edge.label)}"|' if edge.label else ""
        lines.append(f"  n{edge.source} -->{label} n{edge.target}")
    return "\n".join(lines)


def svg(graph: Graph) -> str:
    """A drawing from top to bottom that needs nothing else; in a browser it has the reader's own colours."""
    boxes = _boxes(graph)
    width = max((box.left + box.width for box in boxes), default=0) + _MARGIN
    height = max((box.top + _HEIGHT for box in boxes), default=0) + _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="monospace" font-size="12">',
        "<title>Steps and what they read</title>",
        "<style>svg{color:#1f2328;background:#fff}.data{stroke-dasharray:4 3}"
        "@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#0d1117}}</style>",
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>',
    ]
    for edge in graph.edges:
        label = f"<title>{escape(edge.label)}</title>" if edge.label else ""
        path = _curve(boxes[edge.source], boxes[edge.target])
        lines.append(
            f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.5" marker-end="url(#a)">'
            f"{label}</path>"
        )
    lines += [_drawn(node, box) for node, box in zip(graph.nodes, boxes, strict=True)]
    return "\n".join([*lines, "</svg>"])


FORMATS: Mapping[str, Callable[[Graph], str]] = {"text": text, "mermaid": mermaid, "svg": svg}


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    width: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def _boxes(graph: Graph) -> Sequence[_Box]:
    """Where each node is: a row a level, within it near what it reads."""
    places: dict[int, _Box] = {}
    for level in sorted({node.level for node in graph.nodes}):
        row = [index for index, node in enumerate(graph.nodes) if node.level == level]
        above = {index: _above(graph, index, places) for index in row}
        left = float(_MARGIN)
        for index in sorted(row, key=lambda index: (above[index], index)):
            width = len(graph.nodes[index].label) * _GLYPH + 20
            left = max(left, above[index] - width / 2)
            places[index] = _Box(left, _MARGIN + level * _ROW, width)
            left += width + _GAP
    return [places[index] for index in range(len(graph.nodes))]


def _above(graph: Graph, index: int, places: Mapping[int, _Box]) -> float:
    sources = [places[edge.source].middle for edge in graph.edges if edge.target == index and edge.source in places]
    return sum(sources) / len(sources) if sources else 0.0


def _curve(source: _Box, target: _Box) -> str:
    begin, end = source.top + _HEIGHT, target.top
    bend = (begin + end) / 2
    return (
        f"M{source.middle:g} {begin:g}C{source.middle:g} {bend:g} {target.middle:g} {bend:g} {target.middle:g} {end:g}"
    )


def _drawn(node: Node, box: _Box) -> str:
    shape = "" if node.is_step else ' class="data"'
    return (
        f'<rect{shape} x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{_HEIGHT}" rx="5" fill="none" '
        f'stroke="currentColor"/><text x="{box.middle:g}" y="{box.top + 19:g}" text-anchor="middle" '
        f'fill="currentColor">{escape(node.label)}</text>'
    )


def _quoted(label: str) -> str:
    """Inside the quotes of Mermaid, which knows the entities of HTML, written with #."""
    return escape(label).replace("&", "#").replace("\n", " ")
