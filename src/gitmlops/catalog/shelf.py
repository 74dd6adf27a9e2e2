"""One repository as the catalogue finds it: everything that its pages are made from, read once."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from gitmlops.adapters.git import notes, side_branch
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree, at_commits
from gitmlops.catalog import addresses
from gitmlops.catalog.page import Link, Shown
from gitmlops.definitions import Definitions, load
from gitmlops.errors import InputError
from gitmlops.features.discovery import duplicates
from gitmlops.features.discovery.catalogue import words
from gitmlops.features.versions import hashes, impact
from gitmlops.features.versions.canonical_sql import Statements
from gitmlops.features.versions.hashes import Described
from gitmlops.features.versions.impact import Use
from gitmlops.gate.sides.released import releases
from gitmlops.monitor.recording import history as monitoring
from gitmlops.pipelines.wiring import check as pipelines
from gitmlops.records import statement
from gitmlops.records.receipt import Receipt
from gitmlops.registry.files.contents import companion, sha256
from gitmlops.registry.tags import history
from gitmlops.registry.tags.history import History
from gitmlops.registry.verifying import suspicion
from gitmlops.report import Finding
from gitmlops.specs.base import Spec
from gitmlops.specs.component import Component
from gitmlops.specs.feature import FeatureSet, FeatureView, OnDemand
from gitmlops.specs.kept import Kept
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline
from gitmlops.specs.policy import Policy

_ORIGIN, _CARD = "origin", ".card.md"
_LARGEST_CARD = 1 << 18
_NEAR, _MOST_NEAR = 2 / 3, 3
_KINDS: Mapping[str, type[Spec]] = {
    "model": Model, "feature view": FeatureView, "on-demand feature": OnDemand, "feature set": FeatureSet,
    "policy": Policy, "pipeline": Pipeline, "component": Component,
}  # fmt: skip


def told(finding: Finding) -> str:
    """A finding as a line: where, what, and how to mend it."""
    return str(finding.error())


@dataclass(frozen=True)
class Place:
    """A repository that is shown. name: its folder in the site; title: what it is called.

    origin: its address as pages show it, empty for the one here; address: what others know it by, empty for none;
    commit: the tip of the branch that others build on; stale: why there may be more by now.
    """

    name: str
    title: str
    origin: str
    repository: Repository
    commit: str
    address: str = ""
    stale: str = ""


@dataclass(frozen=True)
class Shelf:
    """What a repository holds. day: the one by which days left are counted.

    kept, statements: definitions that were read before, and SQL that was parsed.
    """

    place: Place
    day: date
    kept: Kept
    statements: Statements

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
        """What the repository is called."""
        return self.place.title

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
    def wiring(self) -> tuple[str, ...]:
        """What is wrong with pipelines, components and what models say of them."""
        return tuple(map(told, pipelines.check(self.definitions)))

    @cached_property
    def _hashed(self) -> tuple[Mapping[str, Described], tuple[InputError, ...]]:
        return hashes.describe(self.definitions, self.tree, self.statements)

    @property
    def described(self) -> Mapping[str, Described]:
        """What each feature is, by its pin; those that cannot be told are left out."""
        return self._hashed[0]

    @property
    def untold(self) -> tuple[InputError, ...]:
        """Why some features are missing from `described`."""
        return self._hashed[1]

    @cached_property
    def users(self) -> tuple[Use, ...]:
        """Who learns from which features: the models that are defined, and the releases that are in a stage."""
        try:
            return (*impact.uses(self.definitions, self.described), *self._users_of_releases)
        except InputError:  # a set names what is not there: the wiring says so at its place
            return ()

    @cached_property
    def _users_of_releases(self) -> tuple[Use, ...]:
        return impact.uses_of_releases(self.repository, releases(self.history, live=True))[0]

    @cached_property
    def alike(self) -> Mapping[str, tuple[str, ...]]:
        """Feature -> others of the same definition under another name."""
        return duplicates.alike(self.described)

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        return {pin: frozenset(words(pin.partition(":")[2] or pin.partition("@")[0])) for pin in self.described}

    @cached_property
    def _with(self) -> Mapping[str, tuple[str, ...]]:
        """Word -> the features that have it in their name."""
        found: dict[str, list[str]] = {}
        for pin, said in self._words.items():
            for word in said:
                found.setdefault(word, []).append(pin)
        return {word: tuple(pins) for word, pins in found.items()}

    def near(self, pin: str) -> tuple[str, ...]:
        """Features of other views whose names have most words in common with this one's, at least two thirds of all."""
        mine, view = self._words.get(pin, frozenset()), pin.partition("@")[0]
        others = {other for word in mine for other in self._with[word] if other.partition("@")[0] != view}
        shares = ((len(mine & self._words[other]) / len(mine | self._words[other]), other) for other in others)
        close = sorted((-share, other) for share, other in shares if share >= _NEAR)
        return tuple(other for _, other in close[:_MOST_NEAR])

    @cached_property
    def receipts(self) -> Mapping[str, Receipt]:
        """Every receipt that can be read, by its SHA-256: what somebody has broken is worth nothing."""
        found = {}
        for line in notes.everything(self.repository, notes.RECEIPTS):
            with suppress(InputError):
                found[sha256(line)] = statement.read(line, path="a receipt")
        return found

    @cached_property
    def cards(self) -> Mapping[tuple[str, str], bytes]:
        """The cards of versions that git keeps, by model and commit, read in one call."""
        known = self.definitions.all(Model)
        wanted = {
            (name, version.commit): f"{version.commit}:{companion(known[name].spec.artifact, _CARD)}"
            for name, artifact in self.history.artifacts.items()
            for version in artifact.versions
            if name in known
        }
        found = at_commits(self.repository, wanted.values(), at_most=_LARGEST_CARD)
        return {key: found[place] for key, place in wanted.items() if place in found}

    @cached_property
    def _watched(self) -> tuple[monitoring.Files, ...]:
        tips = side_branch.tips(self.repository, monitoring.BRANCH, _ORIGIN)
        return tuple(side_branch.read(self.repository, tip) for tip in sorted(tips))

    @cached_property
    def histories(self) -> Callable[[str], tuple[monitoring.History, ...]]:
        """What monitoring remembers of a model, here and at origin where that is another history."""
        return cache(lambda model: tuple(monitoring.read(files, model) for files in self._watched))

    def watched(self, model: str) -> monitoring.History | None:
        """The longest of them; None where no line can be read."""
        found = (one for one in self.histories(model) if one.lines)
        return max(found, key=lambda one: len(one.lines), default=None)

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
        """The way from the overview, which every page leads to, to a page of this repository."""
        return (Link(self.title, f"{self.name}/index.html"), *more)
