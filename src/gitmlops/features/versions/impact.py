"""Who is touched by a change of a feature: feature sets, models, released versions, and who answers for them.

A release pins what its own commit says: the set of the model there, and what that set draws on there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.definitions import Definitions, kind_of, load
from gitmlops.features.versions import hashes
from gitmlops.features.versions.hashes import Described
from gitmlops.features.wiring.selection import Selected, resolve
from gitmlops.specs.feature import FeatureSet
from gitmlops.specs.model import Model

_PINNING = ("entity", "source", "feature_view", "on_demand", "feature_set", "model")


@dataclass(frozen=True)
class Release:
    """A version of a model by its tag, and the deployment stages that it is in now."""

    model: str
    tag: str
    commit: str
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Use:
    """A feature set and one who learns from it: a model as it is defined, a release of it, or nobody yet.

    pins: the features of the set, and those that they are computed from. owner: the model's, else the set's.
    """

    feature_set: str
    owner: str
    pins: frozenset[str]
    model: str = ""
    release: Release | None = None

    @property
    def live(self) -> bool:
        """Whether it is a release that is deployed."""
        return self.release is not None and bool(self.release.stages)


def uses(definitions: Definitions, described: Mapping[str, Described]) -> tuple[Use, ...]:
    """Every set with each model that learns from it, sorted; a set without a model stands for itself."""
    found = []
    for name, placed in sorted(definitions.all(FeatureSet).items()):
        pins = _pins(definitions, name, described)
        models = [model.spec for _, model in sorted(definitions.all(Model).items()) if model.spec.feature_set == name]
        found += [Use(name, model.owner, pins, model.name) for model in models]
        found += [] if models else [Use(name, placed.spec.owner, pins)]
    return tuple(found)


def uses_of_releases(
    repository: Repository, releases: Sequence[Release]
) -> tuple[tuple[Use, ...], tuple[Release, ...]]:
    """What each release pins, and the releases whose own definitions do not tell it: they are missing, or wrong."""
    known: dict[frozenset[tuple[str, str]], tuple[Use, ...]] = {}
    found, silent = [], []
    for release in releases:
        tree = CommitTree(repository, release.commit)
        # Most releases differ in data and model files alone: the same definitions are read once.
        same = frozenset((path, tree.digest(path)) for path in tree.paths() if kind_of(path) in _PINNING)
        if same not in known:
            definitions = load(tree)
            known[same] = uses(definitions, hashes.describe(definitions, tree)[0])
        mine = [use for use in known[same] if use.model == release.model]
        found += [replace(use, release=release) for use in mine]
        silent += [] if mine else [release]
    return tuple(found), tuple(silent)


def touched(pin: str, users: Iterable[Use]) -> tuple[Use, ...]:
    """Those of the users that pin a feature, or pin what is computed from it."""
    return tuple(use for use in users if pin in use.pins)


def downstream(pins: Iterable[str], described: Mapping[str, Described]) -> tuple[str, ...]:
    """These features and every one that is computed from them, sorted."""
    found = set(pins)
    while more := {pin for pin, one in described.items() if pin not in found and not found.isdisjoint(one.upstream)}:
        found |= more
    return tuple(sorted(found))


def _pins(definitions: Definitions, feature_set: str, described: Mapping[str, Described]) -> frozenset[str]:
    chosen, _ = resolve(definitions, definitions.get(FeatureSet, feature_set))
    found, waiting = set[str](), [one.pin for one in chosen]
    waiting += [one.pin for each in chosen if not isinstance(each, Selected) for one in each.inputs]
    while waiting:
        pin = waiting.pop()
        if pin not in found:
            found.add(pin)
            waiting += described[pin].upstream if pin in described else ()
    return frozenset(found)
