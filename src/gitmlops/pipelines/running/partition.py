"""Which stages each shard of a run makes: by the graph alone, so that every clone of a commit comes to the same answer.

A shard takes whole branches: stages together with all that they need, so that it needs nothing of another shard. What
several branches need, each of their shards makes for itself; what needs several branches is left to the join.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol


class Stage(Protocol):
    """What the partition wants to know of a stage."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The stages before it."""

    @property
    def runs(self) -> bool:
        """Whether it has a command, which takes time."""

    @property
    def travels(self) -> bool:
        """Whether the join can have its result without running it."""


def partition(stages: Iterable[Stage], shards: int) -> tuple[frozenset[str], ...]:
    """The stages of each shard with all that they need; some shards may have none.

    Every command counts as one, whatever it takes. Branches begin as the last stages with all that they need; the
    largest are cut shorter, stage by stage, as long as the longest shard and the join after it have less to do
    together. Nothing hangs on the order of the stages.
    """
    graph = _Graph(tuple(sorted(stages, key=lambda stage: stage.name)))
    left = graph.all_after(graph.mask(not stage.travels and stage.runs for stage in graph.stages))
    best, least = [0] * shards, graph.effort(graph.everything) + 1
    while graph.effort(left) < least and (branches := graph.branches(left)):
        dealt = _dealt(graph, list(branches.values()), shards)
        total = max(map(graph.effort, dealt)) + graph.effort(left)
        if total < least:
            best, least = dealt, total
        largest = max(map(graph.effort, branches.values()))
        left |= sum(1 << last for last, branch in branches.items() if graph.effort(branch) == largest)
    return tuple(graph.names(part) for part in best)


@dataclass(frozen=True)
class _Graph:
    """Sets of stages are whole numbers with a bit for each: unions and sizes of hundreds of sets cost little."""

    stages: tuple[Stage, ...]

    def mask(self, chosen: Iterable[bool]) -> int:
        return sum(1 << number for number, is_in in enumerate(chosen) if is_in)

    def names(self, part: int) -> frozenset[str]:
        return frozenset(stage.name for number, stage in enumerate(self.stages) if part >> number & 1)

    def effort(self, part: int) -> int:
        return (part & self._running).bit_count()

    def branches(self, left: int) -> Mapping[int, int]:
        """Of what is not left to the join: each stage that nothing else needs, with all that it needs."""
        rest = self.everything & ~left
        needed = 0
        for number in self._numbers(rest):
            needed |= self._needs[number]
        return {number: self._with_all_needs[number] for number in self._numbers(rest & ~needed)}

    def all_after(self, part: int) -> int:
        """These stages and all that need one of them."""
        return self.mask(bool(part & whole) for whole in self._with_all_needs)

    @property
    def everything(self) -> int:
        return (1 << len(self.stages)) - 1

    @cached_property
    def _running(self) -> int:
        return self.mask(stage.runs for stage in self.stages)

    @cached_property
    def _needs(self) -> Sequence[int]:
        bits = {stage.name: 1 << number for number, stage in enumerate(self.stages)}
        return [sum(bits[name] for name in set(stage.needs)) for stage in self.stages]

    @cached_property
    def _with_all_needs(self) -> Sequence[int]:
        whole = [1 << number | needs for number, needs in enumerate(self._needs)]
        while True:
            wider = [self._union(whole, part) for part in whole]
            if wider == whole:
                return whole
            whole = wider

    def _union(self, whole: Sequence[int], part: int) -> int:
        union = 0
        for number in self._numbers(part):
            union |= whole[number]
        return union

    def _numbers(self, part: int) -> Iterable[int]:
        return (number for number in range(len(self.stages)) if part >> number & 1)


def _dealt(graph: _Graph, branches: Sequence[int], shards: int) -> list[int]:
    """Branches dealt to shards so that the longest shard is short: packed into bins, of the least size that does."""
    ordered = sorted(branches, key=graph.effort, reverse=True)
    low, high = graph.effort(ordered[0]), graph.effort(graph.everything)
    best = _packed(graph, ordered, shards, high) or []
    while low < high:
        middle = (low + high) // 2
        if packed := _packed(graph, ordered, shards, middle):
            best, high = packed, middle
        else:
            low = middle + 1
    return best


def _packed(graph: _Graph, branches: Sequence[int], shards: int, size: int) -> list[int] | None:
    """Each branch where it adds least, then where least is, and nowhere beyond the size; None if one does not fit."""
    parts = [0] * shards
    for branch in branches:
        fitting = [number for number in range(shards) if graph.effort(parts[number] | branch) <= size]
        if not fitting:
            return None
        chosen = min(fitting, key=lambda number: (graph.effort(branch & ~parts[number]), graph.effort(parts[number])))
        parts[chosen] |= branch
    return parts
