"""One repository as the catalogue finds it: everything that its pages are made from, read once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from gitmlops.adapters.git import notes, side_branch
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.catalog import addresses
from gitmlops.catalog.page import Link, Shown
from gitmlops.definitions import Definitions, load
from gitmlops.errors import InputError
from gitmlops.monitor.recording import history as monitoring
from gitmlops.records import statement
from gitmlops.records.receipt import Receipt
from gitmlops.registry import history, suspicion
from gitmlops.registry.contents import sha256
from gitmlops.registry.history import History
from gitmlops.specs.base import Spec
from gitmlops.specs.component import Component
from gitmlops.specs.feature import FeatureSet, FeatureView, OnDemand
from gitmlops.specs.kept import Kept
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline
from gitmlops.specs.policy import Policy

_ORIGIN = "origin"
_KINDS: Mapping[str, type[Spec]] = {
    "model": Model, "feature view": FeatureView, "on-demand feature": OnDemand, "feature set": FeatureSet,
    "policy": Policy, "pipeline": Pipeline, "component": Component,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A repository that is shown. name: its folder in the site; origin: its address, empty for the one here.

    commit: the tip of the branch that others build on; stale: why it may be older than what is there now.
    """

    name: str
    origin: str
    repository: Repository
    commit: str
    stale: str = ""


@dataclass(frozen=True)
class Shelf:
    """What a repository holds. day: the one by which days left are counted; kept: definitions that were read before."""

    place: Place
    day: date
    kept: Kept

    @property
    def name(self) -> str:
        """The folder of its pages."""
        return self.place.name

    @property
    def repository(self) -> Repository:
        """The clone that all of it is read from."""
        return self.place.repository

    @cached_property
    def tree(self) -> CommitTree:
        """The files of the tip."""
        return CommitTree(self.repository, self.place.commit)

    @cached_property
    def definitions(self) -> Definitions:
        """The definitions of the tip; what is wrong with them is a finding."""
        return load(self.tree, self.kept)

    @cached_property
    def then(self) -> Callable[[str], Definitions]:
        """The definitions of a commit; what is wrong in an old one is left out."""
        return cache(lambda commit: load(CommitTree(self.repository, commit), self.kept))

    @property
    def title(self) -> str:
        """What the project is called, else the name of its folder."""
        project = self.definitions.project
        return project.project if project else self.name

    @cached_property
    def made_from(self) -> str:
        """What its pages tell of: the project, its commit and the day of that."""
        day = self.repository.git("show", "-s", "--format=%cs", self.place.commit).strip()
        return f"{self.title} @ {self.place.commit[:12]}, {day}"

    @cached_property
    def history(self) -> History:
        """What its tags tell."""
        return history.read(self.repository)

    @cached_property
    def doubts(self) -> Mapping[str, str]:
        """Tag -> why it is not believed."""
        return suspicion.of_all(self.repository, *self.history.artifacts.values())

    @cached_property
    def receipts(self) -> Mapping[str, Receipt]:
        """Every receipt that can be read, by its SHA-256: what somebody has broken is worth nothing."""
        found = {}
        for line in notes.everything(self.repository, notes.RECEIPTS):
            with suppress(InputError):
                found[sha256(line)] = statement.read(line, path="a receipt")
        return found

    @cached_property
    def _watched(self) -> tuple[monitoring.Files, ...]:
        tips = side_branch.tips(self.repository, monitoring.BRANCH, _ORIGIN)
        return tuple(side_branch.read(self.repository, tip) for tip in sorted(tips))

    def watched(self, model: str) -> monitoring.History | None:
        """What monitoring remembers of a model: of what is here and at origin the longer history; None without one."""
        found = [monitoring.read(files, model) for files in self._watched]
        return max((one for one in found if one.lines), key=lambda one: len(one.lines), default=None)

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Every model that is defined or was ever tagged."""
        return tuple(sorted({*self.definitions.all(Model), *self.history.artifacts}))

    def to(self, kind: str, name: str) -> str:
        """The page of a definition; empty if there is none of this name."""
        known = self.models if kind == "model" else self.definitions.all(_KINDS[kind])
        return addresses.page(self.name, kind, name) if name in known else ""

    def link(self, kind: str, name: str, text: str = "") -> Shown:
        """The name of a definition, leading to its page if it has one."""
        to = self.to(kind, name)
        return Link(text or name, to) if to else text or name

    def crumbs(self, *more: Link) -> tuple[Link, ...]:
        """The way from the overview to a page of this repository."""
        return (Link("Overview", "index.html"), Link(self.title, f"{self.name}/index.html"), *more)

    def linked(self, names: Iterator[tuple[str, str]]) -> tuple[Shown, ...]:
        """Kinds and names as links."""
        return tuple(self.link(kind, name) for kind, name in names)
