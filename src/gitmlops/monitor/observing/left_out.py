"""Rows of a window that are in no count, because the log has them twice or lacks what makes a prediction of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.monitor.observing.log import Predictions, microseconds
from gitmlops.monitor.observing.windows import Window, midnight


@dataclass(frozen=True)
class LeftOut:
    """repeated: rows whose id was there before; incomplete: rows without an id, a version or a prediction."""

    repeated: int = 0
    incomplete: int = 0


def by_window(predictions: Predictions, windows: Sequence[Window]) -> Mapping[Window, LeftOut]:
    """What was left out of each window. Rows without a time are in none."""
    repeated = _counts(predictions.times[predictions.repeated], windows)
    incomplete = _counts(predictions.times[predictions.lacking], windows)
    return {
        window: LeftOut(twice, part)
        for window, twice, part in zip(windows, repeated.tolist(), incomplete.tolist(), strict=True)
    }


def _counts(times: NDArray[numpy.int64], windows: Sequence[Window]) -> NDArray[numpy.int64]:
    starts = [microseconds(midnight(window.start)) for window in windows]
    ends = [microseconds(midnight(window.end)) for window in windows]
    found: NDArray[numpy.int64] = numpy.diff(numpy.searchsorted(numpy.sort(times), [starts, ends]), axis=0)[0]
    return found
