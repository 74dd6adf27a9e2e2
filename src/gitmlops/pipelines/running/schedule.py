"""Which stage may start: those it needs have ended well, and there is room beside those that run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class Stage(Protocol):
    """What the schedule wants to know of a stage."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The stages before it."""

    @property
    def cpus(self) -> int:
        """How many places it takes."""


class End(Enum):
    """How a stage ended."""

    CLEAN = "up to date"
    RESTORED = "restored from the cache"
    CHECKED = "checked"
    RAN = "run"
    FAILED = "failed"
    SKIPPED = "not run, as one that it needs failed"


NEW = (End.RESTORED, End.CHECKED, End.RAN)
"""A stage ended well and dvc.lock, or its .dvc file, is to say something new of it."""
GOOD = (End.CLEAN, *NEW)


@dataclass
class Schedule:
    """Stages in an order in which each comes after those that it needs.

    places: how many CPUs may be in use; a stage that asks for more gets all of them.
    """

    stages: Mapping[str, Stage]
    places: int
    keep_going: bool
    ends: dict[str, End] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)

    def next(self) -> str | None:
        """The first stage that may start now, or None."""
        if self.failed and not self.keep_going:
            return None
        return next((name for name in self.stages if self._may_start(name)), None)

    def start(self, name: str) -> None:
        """A stage takes its place."""
        self.running.add(name)

    def end(self, name: str, end: End) -> None:
        """A stage has ended and gives its place back; when it failed, those that need it are skipped."""
        self.running.discard(name)
        self.ends[name] = end
        if end is End.FAILED:
            self._skip_those_after(name)

    def with_end(self, *ends: End) -> tuple[str, ...]:
        """The stages that ended in one of these ways, in order."""
        return tuple(name for name in self.stages if self.ends.get(name) in ends)

    @property
    def failed(self) -> tuple[str, ...]:
        """The stages that failed, in order."""
        return self.with_end(End.FAILED)

    def _may_start(self, name: str) -> bool:
        stage = self.stages[name]
        if name in self.ends or name in self.running or not self._ended_well(stage.needs):
            return False
        return not self.running or self._cpus(self.running) + self._cpus([name]) <= self.places

    def _ended_well(self, names: Iterable[str]) -> bool:
        return all(self.ends.get(name) in GOOD for name in names)

    def _cpus(self, names: Iterable[str]) -> int:
        return sum(min(self.stages[name].cpus, self.places) for name in names)

    def _skip_those_after(self, failed: str) -> None:
        lost = {failed}
        for name, stage in self.stages.items():
            if lost & set(stage.needs):
                lost.add(name)
                self.ends[name] = End.SKIPPED
