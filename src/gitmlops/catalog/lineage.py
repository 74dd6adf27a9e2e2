"""From the source of the data to the deployment stage: what a model is made of, as a graph."""

from collections.abc import Sequence

from gitmlops.catalog import addresses
from gitmlops.catalog.plots.graph import Graph, Node
from gitmlops.catalog.shelf import Shelf
from gitmlops.registry.tags.history import Artifact
from gitmlops.specs.feature import FeatureSet, FeatureView
from gitmlops.specs.model import Model

_SOURCE, _VIEW, _SET, _PIPELINE, _MODEL, _VERSION, _STAGE = range(7)


class _Drawing:
    """Boxes as they are found, each once, and the arrows between them."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], Node] = {}
        self._edges: dict[tuple[tuple[str, str], tuple[str, str]], None] = {}

    def node(self, kind: str, label: str, column: int, to: str = "", *, this: bool = False) -> tuple[str, str]:
        self._nodes.setdefault((kind, label), Node(label, kind, column, to, this))
        return kind, label

    def arrow(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        self._edges[source, target] = None

    def graph(self, title: str) -> Graph:
        order = sorted(self._nodes, key=lambda key: (self._nodes[key].column, key))
        at = {key: index for index, key in enumerate(order)}
        edges = sorted((at[source], at[target]) for source, target in self._edges)
        return Graph(title, tuple(self._nodes[key] for key in order), tuple(edges))


def lineage(shelf: Shelf, name: str, spec: Model | None, artifact: Artifact | None) -> Graph:
    """Sources, views, the set and the pipeline by the definitions of the tip; versions in stages by the tags."""
    drawing = _Drawing()
    model = drawing.node("model", name, _MODEL, this=True)
    if spec and spec.feature_set:
        set_ = drawing.node("feature set", spec.feature_set, _SET, shelf.to("feature set", spec.feature_set))
        _features(shelf, drawing, set_, spec.feature_set)
        drawing.arrow(set_, model)
    if spec and spec.pipeline:
        pipeline = drawing.node("pipeline", spec.pipeline, _PIPELINE, shelf.to("pipeline", spec.pipeline))
        drawing.arrow(pipeline, model)
    for stage in artifact.stages if artifact else ():
        _stage(shelf, drawing, model, artifact, stage)
    return drawing.graph("From source to stage")


def _features(shelf: Shelf, drawing: _Drawing, set_: tuple[str, str], name: str) -> None:
    placed = shelf.definitions.all(FeatureSet).get(name)
    views = dict.fromkeys(pin.partition(":")[0] for pin in placed.spec.features) if placed else {}
    for view in views:
        kind = "feature view" if shelf.to("feature view", view) else "on-demand feature"
        drawing.arrow(drawing.node("feature", view, _VIEW, shelf.to(kind, view)), set_)
        _sources(shelf, drawing, view)


def _sources(shelf: Shelf, drawing: _Drawing, view: str) -> None:
    """A view reads a source, or another view: then the sources of that."""
    known, seen = shelf.definitions.all(FeatureView), set[str]()
    target = ("feature", view)
    while view in known and view not in seen:
        seen.add(view)
        view = known[view].spec.source
    if view and view not in known and seen:
        drawing.arrow(drawing.node("source", view, _SOURCE), target)


def _stage(shelf: Shelf, drawing: _Drawing, model: tuple[str, str], artifact: Artifact | None, stage: str) -> None:
    version = artifact.in_stage(stage) if artifact else None
    if artifact is None or version is None:
        return
    registered: Sequence[str] = [one.version for one in artifact.versions]
    to = addresses.version_page(shelf.name, artifact.name, version.version) if version.version in registered else ""
    box = drawing.node("version", version.version, _VERSION, to)
    drawing.arrow(model, box)
    drawing.arrow(box, drawing.node("stage", stage, _STAGE))
