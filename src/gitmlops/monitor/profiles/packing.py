"""Tallies and subsets of a part of the rows, as values that travel and that another process adds to what it has."""

from collections import Counter
from typing import TypeVar

import msgspec
import numpy

from gitmlops.monitor.profiles.counting import MAX_NAMED, Tally
from gitmlops.monitor.profiles.subsets import Subsets

Name = TypeVar("Name")


class PackedTally(msgspec.Struct, array_like=True):
    """A tally; counts: its bytes."""

    counts: bytes
    missing: int
    others: dict[str, int]
    outside: int
    extremes: dict[float, int]


class PackedSubsets(msgspec.Struct, array_like=True):
    """Subsets. counts: by column, how many coarse bins it has, and a row of them for each label."""

    of: str
    labels: list[str]
    rows: bytes
    counts: dict[str, tuple[int, bytes]]


def packed_tally(tally: Tally) -> PackedTally:
    """A tally that can travel."""
    return PackedTally(tally.counts.tobytes(), tally.missing, dict(tally.others), tally.outside, dict(tally.extremes))


def add_tally(into: Tally, part: PackedTally) -> None:
    """Count what a part has counted; of names and values outside as many as a tally has room for."""
    into.counts += numpy.frombuffer(part.counts, dtype=numpy.int64)
    into.missing += part.missing
    into.outside += part.outside
    into.others = _most(into.others + Counter(part.others))
    into.extremes = _most(into.extremes + Counter(part.extremes))


def packed_subsets(subsets: Subsets) -> PackedSubsets:
    """Subsets that can travel."""
    counts = {name: (found.shape[1], found.tobytes()) for name, found in subsets.counts.items()}
    return PackedSubsets(subsets.of, list(subsets.places), subsets.rows.tobytes(), counts)


def add_subsets(into: Subsets, part: PackedSubsets) -> None:
    """Count what a part has counted of the same slice."""
    places = {label: place for place, label in enumerate(part.labels)}
    counts = {
        name: numpy.frombuffer(found, dtype=numpy.int64).reshape(-1, width)
        for name, (width, found) in part.counts.items()
    }
    into.add_rows_of(Subsets(part.of, places, numpy.frombuffer(part.rows, dtype=numpy.int64), counts))


def _most(named: Counter[Name]) -> Counter[Name]:
    return named if len(named) <= MAX_NAMED else Counter(dict(named.most_common(MAX_NAMED)))
