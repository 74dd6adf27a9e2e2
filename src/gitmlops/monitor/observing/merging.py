"""Little traffic: windows with few rows, put together until there are enough."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy
from numpy.typing import NDArray

from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.fields import seconds


def merged(units: Sequence[Unit], rules: AlarmRules) -> tuple[Unit, ...]:
    """The units, those with few rows put together with the next ones of their version.

    A unit of several windows ends with enough rows, before a window that has enough of its own, or where it would be
    longer than `max_wait`. In the order of their last windows.
    """
    found = [unit for version in {unit.version for unit in units} for unit in _of_version(units, version, rules)]
    return tuple(sorted(found, key=lambda unit: (unit.window.end, unit.version)))


def _of_version(units: Sequence[Unit], version: str, rules: AlarmRules) -> Iterable[Unit]:
    longest = timedelta(seconds=seconds(rules.max_wait))
    waiting: list[Unit] = []
    for unit in units:
        if unit.version != version:
            continue
        enough = unit.rows >= rules.minimum_rows
        if waiting and (enough or unit.window.end - waiting[0].window.start > longest):
            yield _together(waiting)
            waiting = []
        if enough:
            yield unit
            continue
        waiting.append(unit)
        if sum(item.rows for item in waiting) >= rules.minimum_rows:
            yield _together(waiting)
            waiting = []
    if waiting:
        yield _together(waiting)


def _together(units: Sequence[Unit]) -> Unit:
    first, last = units[0], units[-1]
    if first is last:
        return first
    window = Window(f"{first.window.label}-to-{last.window.label}", first.window.start, last.window.end)
    rows = sum(unit.rows for unit in units)
    return replace(
        last,
        window=window,
        rows=rows,
        mean_score=sum(unit.mean_score * unit.rows for unit in units) / rows,
        score=_sum([unit.score for unit in units]),
        columns=_columns([unit.columns for unit in units]),
        labels=numpy.concatenate([unit.labels for unit in units]),
        scores=numpy.concatenate([unit.scores for unit in units]),
        mature=all(unit.mature for unit in units),
        slices=(),
        entities=_concatenated([unit.entities for unit in units]),
        probabilities=_concatenated([unit.probabilities for unit in units]),
        losses={metric: sum(unit.losses[metric] for unit in units) for metric in last.losses
                if all(metric in unit.losses for unit in units)},
    )  # fmt: skip


def _concatenated(parts: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    known = [part for part in parts if part is not None]
    return numpy.concatenate(known) if len(known) == len(parts) else None


def _columns(columns: Sequence[Mapping[str, Tally]]) -> Mapping[str, Tally]:
    return {name: _sum([tallies[name] for tallies in columns if name in tallies]) for name in columns[-1]}


def _sum(tallies: Sequence[Tally]) -> Tally:
    others: Counter[str] = sum((tally.others for tally in tallies), Counter())
    extremes: Counter[float] = sum((tally.extremes for tally in tallies), Counter())
    return Tally(
        counts=numpy.sum([tally.counts for tally in tallies], axis=0),
        missing=sum(tally.missing for tally in tallies),
        others=others,
        outside=sum(tally.outside for tally in tallies),
        extremes=extremes,
    )
