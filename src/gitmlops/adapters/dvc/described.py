"""What dvc.yaml files describe: stages, outputs, metrics, artifacts. Strangers may have written them."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from gitmlops.adapters.dvc import pointers
from gitmlops.definitions import Tree
from gitmlops.report import Location
from gitmlops.specs.yaml import MappingNode, Node, ScalarNode, SequenceNode, compose

NAME = "dvc.yaml"
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\\]")
"""What no path of a definition may have."""


@dataclass(frozen=True)
class Artifact:
    """An entry of `artifacts:`. path: relative to the root; empty where its file is not in the repository.

    written: the path as the file has it; labels: what people call it.
    """

    name: str
    kind: str
    path: str
    written: str
    description: str
    labels: tuple[str, ...]
    location: Location


@dataclass(frozen=True)
class DvcFile:
    """One dvc.yaml, paths relative to the root. outputs and metrics: those whose paths are plain, without `${}`."""

    path: str
    stages: tuple[str, ...]
    outputs: tuple[str, ...]
    metrics: tuple[str, ...]
    artifacts: tuple[Artifact, ...]


def read(tree: Tree) -> tuple[DvcFile, ...]:
    """Every dvc.yaml of a tree, by path. Raises InputError at its place for what only DVC could read."""
    return tuple(_file(tree, path) for path in tree.paths() if PurePosixPath(path).name == NAME)


def _file(tree: Tree, path: str) -> DvcFile:
    roots = compose(tree.read(path), path=path, max_bytes=pointers.MAX_BYTES)
    root: Node | None = roots[0] if roots else None
    folder = str(PurePosixPath(path).parent)
    stages = _entries(_child(root, "stages"))
    bodies = [(_child(stage, "do") or stage) for stage in stages.values()]
    outputs = [
        place for body in bodies for key in ("outs", "metrics", "plots") for place in _of_stage(body, key, folder)
    ]
    metrics = [place for body in bodies for place in _of_stage(body, "metrics", folder)]
    metrics += _paths(_child(root, "metrics"), folder)
    artifacts = (_artifact(path, folder, name, node) for name, node in _entries(_child(root, "artifacts")).items())
    return DvcFile(path, tuple(stages), tuple(outputs), tuple(dict.fromkeys(metrics)), tuple(artifacts))


def _artifact(path: str, folder: str, name: str, node: Node) -> Artifact:
    written = _text(_child(node, "path"))
    labels = _child(node, "labels")
    texts = [_text(item) for item in labels.value] if isinstance(labels, SequenceNode) else []
    return Artifact(
        name,
        _text(_child(node, "type")),
        _inside(folder, written),
        written,
        " ".join(_text(_child(node, "desc")).split()),
        tuple(filter(None, texts)),
        Location(path, node.line, node.column),
    )


def _of_stage(body: Node, key: str, folder: str) -> Iterator[str]:
    yield from _paths(_child(body, key), posixpath.join(folder, _text(_child(body, "wdir"))))


def _paths(node: Node | None, folder: str) -> Iterator[str]:
    """The paths of a list of which an entry is a path, or a path with what DVC is to know of it."""
    for item in node.value if isinstance(node, SequenceNode) else ():
        for written in _entries(item) or [_text(item)]:
            if place := _inside(folder, written):
                yield place


def _inside(folder: str, written: str) -> str:
    """Where a path leads, relative to the root; empty where it is none, or leads out of the repository."""
    if not written or "://" in written or "${" in folder + written or _UNWRITABLE.search(written):
        return ""
    place = posixpath.normpath(posixpath.join(folder, written))
    return place if pointers.is_inside(place) else ""


def _child(node: Node | None, key: str) -> Node | None:
    return node.value[key][1] if isinstance(node, MappingNode) and key in node.value else None


def _entries(node: Node | None) -> dict[str, Node]:
    return {key: value for key, (_, value) in node.value.items()} if isinstance(node, MappingNode) else {}


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, ScalarNode) else ""
