"""What the tags tell: which versions there are, and which one is in which deployment stage, now or at a past moment.

The rules are GTO's, so that `gto show` says the same: tags count in the order of their tagger's time; in a stage is,
of the versions that were not taken out of it since, the one that was promoted into it last.
"""

import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter

from msgspec import Struct

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.tag_reading import Tag, read_all, read_beginning
from gitmlops.errors import InputError
from gitmlops.registry.tags import grammar, trailers
from gitmlops.registry.tags.grammar import Action, TagName
from gitmlops.registry.tags.trailers import Trailers
from gitmlops.specs.hints import nearest

CLOCKS_APART = 300
"""Seconds by which a tag may be ahead of our clock."""

_REMOVALS = (Action.DEREGISTER, Action.REMOVE)
_TIME, _NUMBER = attrgetter("tag.time"), attrgetter("name.counter")


class Event(Struct, frozen=True, gc=False):
    """One tag and what it says; doubt: why it cannot be true, and so counts for nothing."""

    name: TagName
    tag: Tag
    doubt: str = ""

    @property
    def trailers(self) -> Trailers:
        """The trailers of the tag's message."""
        return trailers.read(self.tag.message)

    @property
    def order(self) -> tuple[int, int]:
        """What orders events: the tagger's time; in one second a removal comes last and a deprecation first."""
        rank = 2 if self.name.action in _REMOVALS else 0 if self.name.action is Action.DEPRECATE else 1
        return (self.tag.time, rank)


class Version(Struct, frozen=True, gc=False):
    """A registered version; `tag` is its registration's.

    A commit that was promoted without being registered (GTO allows it) has its SHA in place of a version.
    """

    name: str
    version: str
    commit: str
    tag: str
    time: int
    author: str
    message: str = ""

    @property
    def trailers(self) -> Trailers:
        """The trailers of its registration's message; none of a commit that was never registered."""
        return trailers.read(self.message)

    @property
    def gated(self) -> bool:
        """Whether its tag names the receipt of a gate."""
        return bool(self.trailers.one("Receipt"))


@dataclass(frozen=True)
class Artifact:
    """One model's events, oldest first, and what follows from them; apart from them those that cannot be true."""

    name: str
    events: tuple[Event, ...]
    unverified: tuple[Event, ...] = ()

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """Registered versions that were not deregistered, in the order of their registration."""
        latest = {(event.name.version, event.tag.commit): event for event in self._registering}
        return tuple(_version(event) for event in latest.values() if event.name.action is Action.REGISTER)

    @cached_property
    def latest(self) -> Version | None:
        """The highest version by semantic versioning."""
        return max(self.versions, key=lambda version: grammar.version_key(version.version), default=None)

    @property
    def deprecated(self) -> bool:
        """Whether the last thing that was said is that it is deprecated."""
        return self.deprecation is not None

    @property
    def deprecation(self) -> Event | None:
        """What says that it is deprecated, unless something was said since."""
        last = self.events[-1] if self.events else None
        return last if last and last.name.action is Action.DEPRECATE else None

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Every stage that something was ever promoted to, sorted."""
        return tuple(sorted({event.name.stage for event in self._placing if event.name.action is Action.PROMOTE}))

    def until(self, at: int | None) -> "Artifact":
        """The artifact as it was at a moment (seconds since 1970); as it is now for None."""
        if at is None:
            return self
        kept = (tuple(one for one in events if one.tag.time <= at) for events in (self.events, self.unverified))
        return Artifact(self.name, *kept)

    def in_stage(self, stage: str, at: int | None = None) -> Version | None:
        """The version that is in a stage, or was at a moment (seconds since 1970)."""
        promotion = self.promotion(stage, at)
        return self.until(at).version_at(promotion.tag.commit, promotion) if promotion else None

    def promotion(self, stage: str, at: int | None = None) -> Event | None:
        """The event that put the version into the stage that is in it."""
        standing = self.until(at).standing(stage)
        return standing[-1] if standing else None

    def grounds(self, stage: str) -> Event | None:
        """The promotion on which what is in a stage rests: where a rollback went back to it, the one before that."""
        found = self.promotion(stage)
        while found and found.trailers.one("Rollback-From") and (before := self._promoted_before(found)):
            found = before
        return found

    def _promoted_before(self, event: Event) -> Event | None:
        """The promotion of the same commit into the same stage, unless it was taken out of it since."""
        said = [
            one
            for one in self._placing
            if (one.name.stage, one.tag.commit) == (event.name.stage, event.tag.commit) and one.order < event.order
        ]
        return said[-1] if said and said[-1].name.action is Action.PROMOTE else None

    def standing(self, stage: str) -> tuple[Event, ...]:
        """Promotions into a stage that nothing undid, one a version, the latest of each, oldest first."""
        return self._standing.get(stage, ())

    def version(self, name: str) -> Version:
        """The version of this name. Raises InputError with the nearest one if there is none."""
        known = {version.version: version for version in self.versions}
        if name not in known:
            gone = any(event.name.version == name for event in self._registering)
            mend = "choose another one" if gone else nearest(name, known)
            what = f"{name} of {self.name} was deregistered" if gone else f"there is no version {name!r} of {self.name}"
            raise InputError(what, mend=mend)
        return known[name]

    def version_at(self, commit: str, otherwise: Event) -> Version:
        """The version that is registered on a commit, else the commit itself, as `otherwise` promoted it."""
        return self._version_on.get(commit) or _version(otherwise, version=commit)

    def before(self, event: Event) -> Event | None:
        """Of the events with a lower number the one with the highest."""
        number = event.name.counter
        lower = 0 if number is None else bisect_left(self._numbered, number, key=_NUMBER)
        if not lower:
            return None
        highest = _NUMBER(self._numbered[lower - 1])
        return self._numbered[bisect_left(self._numbered, highest, key=_NUMBER)]

    def registrations(self) -> tuple[Event, ...]:
        """Every registration there ever was, oldest first."""
        return tuple(event for event in self._registering if event.name.action is Action.REGISTER)

    @cached_property
    def _registering(self) -> tuple[Event, ...]:
        """Registrations, and what took one back."""
        return tuple(event for event in self.events if event.name.version)

    @cached_property
    def _placing(self) -> tuple[Event, ...]:
        """Promotions, and removals from a stage."""
        return tuple(event for event in self.events if event.name.stage)

    @cached_property
    def _placed(self) -> Mapping[str, Mapping[str, Event]]:
        """Stage -> commit -> what was said last of the commit in the stage."""
        said: dict[str, dict[str, Event]] = {}
        for event in self._placing:
            said.setdefault(event.name.stage, {})[event.tag.commit] = event
        return said

    @cached_property
    def _standing(self) -> Mapping[str, tuple[Event, ...]]:
        """Stage -> what `standing` says of it."""
        return {stage: tuple(self._active(last.values())) for stage, last in self._placed.items()}

    def _active(self, said: Iterable[Event]) -> Iterable[Event]:
        registered, registered_at = self._registered, self._registered_at
        active = (
            event
            for event in said
            if event.name.action is Action.PROMOTE
            and registered.get(event.tag.commit, event).name.action not in _REMOVALS
        )
        # Two promotions in one second: GTO shows the older version.
        return sorted(active, key=lambda event: (event.tag.time, -registered_at.get(event.tag.commit, 0)))

    @cached_property
    def _numbered(self) -> tuple[Event, ...]:
        return tuple(sorted((one for one in self.events if one.name.counter is not None), key=_NUMBER))

    @cached_property
    def _version_on(self) -> Mapping[str, Version]:
        """Commit -> the version that it is, the last one where it is several."""
        return {version.commit: version for version in self.versions}

    @cached_property
    def _registered(self) -> Mapping[str, Event]:
        """Commit -> what was said last of the version on it."""
        return {event.tag.commit: event for event in self._registering}

    @cached_property
    def _registered_at(self) -> Mapping[str, int]:
        return {event.tag.commit: event.tag.time for event in self.registrations()}


@dataclass(frozen=True)
class History:
    """Every artifact by name, sorted, and the tags from which it was told."""

    artifacts: Mapping[str, Artifact]
    tags: tuple[Tag, ...] = field(repr=False, default=())
    _pasts: dict[int | None, "History"] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was asked for before: several parts of a command ask for the same moment."""

    def artifact(self, name: str) -> Artifact:
        """One artifact. Raises InputError with the nearest name if nothing was ever tagged for it."""
        if name not in self.artifacts:
            mend = nearest(name, self.artifacts) if self.artifacts else "no model has a tag here; `git fetch --tags`?"
            raise InputError(f"no version of a model {name!r} was ever registered", mend=mend)
        return self.artifacts[name]

    def until(self, at: int | None) -> "History":
        """The history as it was at a moment (seconds since 1970); as it is now for None."""
        if at not in self._pasts:
            past = {name: artifact.until(at) for name, artifact in self.artifacts.items()}
            kept = {name: artifact for name, artifact in past.items() if artifact.events}
            self._pasts[at] = replace(self, artifacts=kept)
        return self._pasts[at]


def read(repository: Repository) -> History:
    """The history of a repository. Raises ToolError."""
    return replay(read_all(repository), now=int(time.time()))


def read_artifact(repository: Repository, name: str) -> Artifact:
    """One artifact of a repository; tags of others are not read. Raises InputError like `History.artifact`."""
    told = replay(read_beginning(repository, grammar.fence(name).prefixes), now=int(time.time()))
    return told.artifacts.get(name) or read(repository).artifact(name)


def replay(tags: Sequence[Tag], *, now: int) -> History:
    """The history that tags tell at a moment (seconds since 1970).

    Tags that are not annotated, not on a commit or not of GTO's grammar say nothing; those that cannot be true stand
    apart: GTO believes them.
    """
    events: dict[str, list[Event]] = {}
    unverified: dict[str, list[Event]] = {}
    for event in _events(tags, now + CLOCKS_APART):
        (unverified if event.doubt else events).setdefault(event.name.artifact, []).append(event)
    names = sorted({*events, *unverified})
    artifacts = {name: Artifact(name, _ordered(events.get(name)), _ordered(unverified.get(name))) for name in names}
    return History(artifacts, tuple(tags))


def _ordered(events: Iterable[Event] | None) -> tuple[Event, ...]:
    by_time = sorted(events or (), key=_TIME)
    in_one_second = len({event.tag.time for event in by_time}) < len(by_time)
    return tuple(sorted(by_time, key=lambda event: event.order) if in_one_second else by_time)


def _events(tags: Sequence[Tag], latest: int) -> Iterable[Event]:
    for tag in tags:
        name = grammar.parse(tag.name) if tag.annotated and tag.commit else None
        if name is not None and name.action is not Action.CREATE:
            yield Event(name, tag, _doubt(tag, latest))


def _doubt(tag: Tag, latest: int) -> str:
    if tag.named_otherwise:
        return "the tag carries another name inside, under which it was written and perhaps signed"
    if tag.time > latest:
        return "its date lies in the future, where it would outlast every tag that is written later"
    return ""


def _version(event: Event, *, version: str = "") -> Version:
    name, tag = event.name, event.tag
    message = "" if version else tag.message
    return Version(name.artifact, version or name.version, tag.commit, tag.name, tag.time, tag.tagger, message)
