"""Rows of a time that no window is for: long before the model was, or before the newest windows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy
from numpy.typing import NDArray

from gitmlops.monitor.observing.log import Predictions
from gitmlops.records.baseline import Baseline

LONG = timedelta(days=366)
"""A model may be tried on the year before its training data end; a row from before that has a wrong time."""


@dataclass(frozen=True)
class OldRows:
    """How many there are before a day, when the first of them is, as its time says, and where it is in the log."""

    rows: int
    before: date
    time: str
    where: str


def old_rows(predictions: Predictions, chosen: NDArray[numpy.bool_], before: date | None) -> OldRows | None:
    """What is to be told of rows before a day, None if there are none."""
    if before is None or not chosen.any():
        return None
    first = int(numpy.where(chosen, predictions.times, numpy.iinfo(numpy.int64).max).argmin())
    # As text by numpy: a time of the year -4000 is none of Python's.
    time = str(numpy.datetime64(int(predictions.times[first]), "us"))[:19]
    return OldRows(int(chosen.sum()), before, time, predictions.where(first))


def earliest(baselines: Iterable[Baseline]) -> date | None:
    """The first day of which a prediction can be: a year before any of the versions stopped learning.

    None where a baseline does not say when that was.
    """
    days = [_day(baseline.trained_until) for baseline in baselines]
    known = [day for day in days if day]
    return min(known) - LONG if known and len(known) == len(days) else None


def _day(text: str) -> date | None:
    try:
        return max(date.fromisoformat(text[:10]), date(1970, 1, 1) + LONG)
    except ValueError:
        return None
