"""What runs after what: steps, the data that come from outside, and the files that connect them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gitmlops.pipelines.planning.plan import PlannedStep


@dataclass(frozen=True)
class Node:
    """A step with all its runs, or data from outside; level: how many steps come before it at most, data from 0."""

    label: str
    is_step: bool
    level: int


@dataclass(frozen=True)
class Edge:
    """Files that one node gives to another, by the positions of the two; label: the outputs' names."""

    source: int
    target: int
    label: str


@dataclass(frozen=True)
class Graph:
    """Nodes by level, within it in the order of the plan, and the edges between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph_of(steps: Sequence[PlannedStep]) -> Graph:
    """The graph of planned steps, each after those that it needs; pipelines are connected by the files they share."""
    several = len({step.pipeline for step in steps}) > 1
    runs: dict[str, list[PlannedStep]] = {}
    for step in steps:
        runs.setdefault(f"{step.pipeline}/{step.step}" if several else step.step, []).append(step)
    written = {
        path: (name, output) for name, every in runs.items() for run in every for output, path in run.outputs.items()
    }
    labels: dict[tuple[str, str], list[str]] = {}
    for name, every in runs.items():
        for path in dict.fromkeys(path for run in every for path in run.reads):
            source, output = _producer(path, written)
            known = labels.setdefault((source, name), [])
            known += [output] if output and output not in known else []
    return _placed(runs, labels)


def _producer(path: str, written: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """The step and output that a path, or a folder around it, is; the path itself if it is from outside."""
    parts = path.split("/")
    around = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((written[place] for place in around if place in written), (path, ""))


def _placed(runs: Mapping[str, Sequence[PlannedStep]], labels: Mapping[tuple[str, str], Sequence[str]]) -> Graph:
    levels = _levels(runs, labels)
    outside = dict.fromkeys(source for source, _ in labels if source not in runs)
    nodes = {path: Node(path, is_step=False, level=0) for path in outside}
    for name, every in runs.items():
        times = f" ({len(every)} runs)" if every[0].item else ""
        nodes[name] = Node(name + times, is_step=True, level=levels[name])
    for path in outside:  # beside the first step that reads it, not at the top of everything
        first = min(levels[target] for source, target in labels if source == path)
        nodes[path] = replace(nodes[path], level=first - 1)
    names = sorted(nodes, key=lambda name: nodes[name].level)
    at = {name: index for index, name in enumerate(names)}
    edges = (Edge(at[source], at[target], ", ".join(words)) for (source, target), words in labels.items())
    return Graph(
        tuple(nodes[name] for name in names), tuple(sorted(edges, key=lambda edge: (edge.target, edge.source)))
    )


def _levels(runs: Mapping[str, Sequence[PlannedStep]], labels: Mapping[tuple[str, str], object]) -> Mapping[str, int]:
    """Steps from 1 on. Pipelines by name may read from one that comes later: until nothing moves."""
    levels = dict.fromkeys(runs, 1)
    for _ in runs:
        for source, target in labels:
            if source in runs:
                levels[target] = max(levels[target], levels[source] + 1)
    return levels
