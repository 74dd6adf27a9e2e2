"""Where the log is no longer what the contract or a baseline says: columns of another type, by window and version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy

from gitmlops.monitor.observing.log import Predictions
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.faults import Fault
from gitmlops.statistics.resampling import Whole

Places = Sequence[tuple[Window, str]]
"""Window and version of each unit."""


@dataclass(frozen=True)
class Break:
    """A fault of one version in one window. fault: with the rows that have it there; rows: all of that version there;
    last: time of the last of them, in microseconds since 1970.
    """

    window: Window
    version: str
    fault: Fault
    rows: int
    last: int

    @property
    def share(self) -> float:
        """Of the rows, those that have the fault."""
        return self.fault.rows / self.rows


def breaks(
    predictions: Predictions,
    predicted: tuple[Whole, Places],
    counted: tuple[Whole, Places],
    faults: Mapping[int, Sequence[Fault]],
) -> tuple[Break, ...]:
    """Every break, by window. predicted: the unit of each row that lacks its prediction alone, -1 elsewhere, and what
    the units are; counted: the same of the rows that were counted; faults: those of features, by unit there.
    """
    rows: dict[tuple[Window, str], int] = {}
    last: dict[tuple[Window, str], int] = {}
    for units, places in (predicted, counted):
        counts, newest = _of_units(units, predictions.times, len(places))
        for place, count, time in zip(places, counts.tolist(), newest.tolist(), strict=True):
            rows[place] = rows.get(place, 0) + count
            last[place] = max(last.get(place, 0), time)
    found = [(places, fault) for unit, places in enumerate(counted[1]) for fault in faults.get(unit, ())]
    found += [(places, fault) for unit, places in enumerate(predicted[1])
              for fault in _of_predictions(predictions, predicted[0] == unit)]  # fmt: skip
    ordered = sorted(found, key=lambda item: (item[0][0].end, item[0][1], item[1].column, item[1].where))
    return tuple(Break(*place, fault, rows[place], last[place]) for place, fault in ordered)


def _of_units(units: Whole, times: Whole, many: int) -> tuple[Whole, Whole]:
    """How many rows each unit has, and the time of the last of them."""
    inside = units >= 0
    newest = numpy.zeros(many, dtype=numpy.int64)
    numpy.maximum.at(newest, units[inside], times[inside])
    return numpy.bincount(units[inside], minlength=many), newest


def _of_predictions(predictions: Predictions, own: numpy.typing.NDArray[numpy.bool_]) -> list[Fault]:
    kinds, first, counts = numpy.unique(predictions.broken[own], return_index=True, return_counts=True)
    rows = numpy.flatnonzero(own)
    return [
        replace(predictions.faults[kind], where=predictions.where(int(rows[start])), rows=count)
        for kind, start, count in zip(kinds.tolist(), first.tolist(), counts.tolist(), strict=True)
    ]
