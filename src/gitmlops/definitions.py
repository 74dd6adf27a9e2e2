"""Every definition file of a repository, from the work tree or from a commit, as typed values with their places."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, partial
from typing import Generic, Protocol, TypeVar

from gitmlops.errors import GitmlopsError, InputError, InputErrors
from gitmlops.report import Finding, Location, Severity, raise_errors
from gitmlops.specs import reader
from gitmlops.specs.base import Spec
from gitmlops.specs.component import Component
from gitmlops.specs.document import Document
from gitmlops.specs.engine import EngineName
from gitmlops.specs.expectations import Expectations
from gitmlops.specs.feature import Entity, FeatureSet, FeatureView, OnDemand, Source
from gitmlops.specs.hints import nearest
from gitmlops.specs.imported import FOLDER, prefixed
from gitmlops.specs.kept import Kept
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline
from gitmlops.specs.policy import Policy
from gitmlops.specs.policy_test import PolicyTest
from gitmlops.specs.project import Project
from gitmlops.specs.waiver import Waiver
from gitmlops.specs.yaml import MappingNode, Node, SequenceNode, compose

PROJECT_FILE = "gitmlops.yaml"
KINDS: Mapping[str, tuple[str, type[Spec]]] = {
    "entity": ("features/entities/*.yaml", Entity),
    "source": ("features/sources/*.yaml", Source),
    "feature_view": ("features/views/*.yaml", FeatureView),
    "on_demand": ("features/on_demand/*.yaml", OnDemand),
    "feature_set": ("features/sets/*.yaml", FeatureSet),
    "expectations": ("features/expectations/*.yaml", Expectations),
    "pipeline": ("pipelines/*.yaml", Pipeline),
    "component": ("components/*/component.yaml", Component),
    "model": ("models/*.yaml", Model),
    "document": ("models/documents/*.yaml", Document),
    "policy": ("policies/*.yaml", Policy),
    "policy_test": ("policies/tests/*.yaml", PolicyTest),
    "waiver": ("policies/waivers/*.yaml", Waiver),
}
"""Kind -> where its files are, and its type: one kind a folder, one definition a file."""
IMPORTED_KINDS = ("entity", "source", "feature_view", "on_demand")
"""What is read of another repository, below `imports/NAME/`. Its models, pipelines and policies are its own affair."""

S = TypeVar("S", bound=Spec)


class Tree(Protocol):
    """Files of a repository at one moment: the work tree, or a commit."""

    def paths(self) -> tuple[str, ...]:
        """Every file's path, relative to the root, sorted."""
        ...

    def read(self, path: str) -> bytes:
        """The content of a file. Raises InputError if there is none."""
        ...


@dataclass(frozen=True)
class Files:
    """Files in memory, as a tree."""

    contents: Mapping[str, bytes]

    def paths(self) -> tuple[str, ...]:
        """Every path, sorted."""
        return tuple(sorted(self.contents))

    def read(self, path: str) -> bytes:
        """The content of a file. Raises InputError if there is none."""
        if path not in self.contents:
            raise InputError("no such file", where=path)
        return self.contents[path]


@dataclass(frozen=True)
class Placed(Generic[S]):
    """A definition and where it stands. root: gives the node of its file."""

    spec: S
    path: str
    root: Callable[[], Node] = field(repr=False, compare=False)

    def at(self, *keys: str | int) -> Location:
        """The place of the value under these keys, or of the nearest parent that exists."""
        node = self.root()
        for key in keys:
            child = _child(node, key)
            if child is None:
                break
            node = child
        return Location(self.path, node.line, node.column)


@dataclass(frozen=True)
class Definitions:
    """All of them, by name; `findings` says what could not be read."""

    project_file: Placed[Project] | None
    by_kind: Mapping[str, Mapping[str, Placed[Spec]]]
    findings: tuple[Finding, ...] = ()

    @property
    def project(self) -> Project | None:
        """What `gitmlops.yaml` says; None if it is not there or wrong."""
        return self.project_file.spec if self.project_file else None

    @property
    def engine(self) -> EngineName:
        """What data are computed on, if nobody asks for another one."""
        return self.project.engine if self.project else "duckdb"

    def all(self, type_: type[S]) -> Mapping[str, Placed[S]]:
        """Every definition of a type by its name (of feature views and on-demand features by `name@vN`)."""
        return self.by_kind.get(_kind(type_), {})  # type: ignore[return-value]

    def get(self, type_: type[S], name: str) -> Placed[S]:
        """One definition. Raises InputError with the nearest name if there is none."""
        known = self.all(type_)
        if name not in known:
            raise InputError(f"there is no {_kind(type_).replace('_', ' ')} {name!r}", mend=nearest(name, known))
        return known[name]


def load(tree: Tree, kept: Kept | None = None) -> Definitions:
    """Read every definition file of a tree; what is wrong becomes findings, never an exception.

    kept: has what was read before, and is given what is read now.
    """
    paths = tree.paths()
    findings = [_misnamed(path) for path in paths if _is_misnamed(path)]
    by_kind: dict[str, dict[str, Placed[Spec]]] = {}
    for path, kind, type_ in _definition_files(paths):
        placed = _read_one(tree, path, type_, findings, kept)
        if placed is None:
            continue
        name = name_of(placed.spec)
        known = by_kind.setdefault(kind, {})
        if name in known:
            message = f"the {kind.replace('_', ' ')} {name!r} is defined in {known[name].path} too"
            findings.append(Finding("definition", Severity.ERROR, message, placed.at("name"), "rename one of them"))
        known.setdefault(name, placed)
    project = _read_one(tree, PROJECT_FILE, Project, findings, kept)
    return Definitions(project, by_kind, tuple(findings))


def load_valid(tree: Tree, kept: Kept | None = None) -> Definitions:
    """Like `load`. Raises InputErrors with everything that is wrong."""
    definitions = load(tree, kept)
    raise_errors(definitions.findings)
    return definitions


def load_project(tree: Tree) -> Project:
    """`gitmlops.yaml` alone, whatever else is wrong. Raises InputErrors if it is wrong or not there."""
    findings: list[Finding] = []
    placed = _read_one(tree, PROJECT_FILE, Project, findings, None)
    if placed is None:
        raise InputErrors([finding.error() for finding in findings])
    return placed.spec


def kind_of(path: str) -> str | None:
    """The kind of definition that a path holds, or None."""
    if not path.endswith(".yaml"):
        return None
    origin, inside = within_import(path)
    kind = next((kind for kind, (pattern, _) in KINDS.items() if _matches(inside, pattern)), None)
    # No import has a name that begins so: what lies there are components, each from a commit of its own.
    known = ("component",) if origin.startswith("_") else IMPORTED_KINDS
    return kind if not origin or kind in known else None


def within_import(path: str) -> tuple[str, str]:
    """The import that a path belongs to, and the path in its own repository; an empty name for this repository."""
    parts = path.split("/", 2)
    return (parts[1], parts[2]) if parts[0] == FOLDER and len(parts) == 3 else ("", path)


def name_of(spec: Spec) -> str:
    """What others call the definition: its id, for a policy, a feature view or an on-demand feature, else its name."""
    return str(getattr(spec, "id", None) or getattr(spec, "name", ""))


def _kind(type_: type[Spec]) -> str:
    return next(kind for kind, (_, known) in KINDS.items() if known is type_)


def _is_misnamed(path: str) -> bool:
    stem, dot, suffix = path.rpartition(".")
    return suffix.lower() in ("yml", "yaml") and suffix != "yaml" and kind_of(f"{stem}{dot}yaml") is not None


def _misnamed(path: str) -> Finding:
    """A file that nobody would read: a policy in it would silently not hold."""
    message = "a definition file ends in .yaml, this one would be passed over"
    return Finding("definition", Severity.ERROR, message, Location(path), "rename it")


def _definition_files(paths: Iterable[str]) -> Iterable[tuple[str, str, type[Spec]]]:
    for path in paths:
        if kind := kind_of(path):
            yield path, kind, KINDS[kind][1]


def _matches(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)


def _read_one(tree: Tree, path: str, type_: type[S], findings: list[Finding], kept: Kept | None) -> Placed[S] | None:
    try:
        content = tree.read(path)
        # Of a thousand definitions that are kept and fit together, nobody asks for a place.
        root = cache(partial(_root, content, path))
        spec = kept.recall(content, type_) if kept else None
        if spec is None:
            spec, wrong = reader.read(root(), type_, path=path)
            findings.extend(wrong)
            if kept and spec:
                kept.note(content, spec)
    except GitmlopsError as error:
        findings.append(_finding(error, path))
        return None
    origin, _ = within_import(path)
    return Placed(prefixed(spec, origin) if origin else spec, path, root) if spec else None


def _root(content: bytes, path: str) -> Node:
    roots = compose(content, path=path)
    if len(roots) != 1:
        raise InputError(f"{len(roots)} documents, a definition file has one", where=path, mend="one object a file")
    return roots[0]


def _finding(error: GitmlopsError, path: str) -> Finding:
    """An error in a file as a finding; its place is the path, or `path:line:column`."""
    place = re.fullmatch(r":(\d+):(\d+)", error.where.removeprefix(path))
    location = Location(path, int(place[1]), int(place[2])) if place else Location(path)
    return Finding("definition", Severity.ERROR, error.what, location, error.mend)


def _child(node: Node, key: str | int) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    if isinstance(node, MappingNode) and isinstance(key, str):
        return node.value[key][1] if key in node.value else None
    return None
