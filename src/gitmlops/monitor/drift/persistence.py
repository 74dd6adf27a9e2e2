"""Whether a breach is one that lasts: in one window alone, chance or a holiday explains it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitmlops.monitor.observing.windows import Window

_OF_THE_LAST = 3
_WEEK = 7


@dataclass(frozen=True)
class Past:
    """One window that could be judged, and whether it was beyond the threshold."""

    window: Window
    breached: bool


def persists(past: Sequence[Past], window: Window) -> bool:
    """Whether a breach in `window` is not the first: past is what was decided before it, oldest first.

    The window before breached too, or one of the two before, or the last one of the same phase: a drift of weekends
    is never in two windows of a row of days.
    """
    lately = any(item.breached for item in past[1 - _OF_THE_LAST :])
    same_phase = [item.breached for item in past if phase(window) is not None and phase(item.window) == phase(window)]
    return lately or same_phase[-1:] == [True]


def phase(window: Window) -> int | None:
    """The day of the week on which a window begins, 0 for Monday; None if it has all days of a week in it."""
    return window.start.weekday() if (window.end - window.start).days < _WEEK else None
