"""Whether the log has broken: columns of another type than they should be, in the windows that speak for a version."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitmlops.monitor.observing.breaks import Break
from gitmlops.monitor.observing.log import microseconds
from gitmlops.monitor.observing.observation import Observation, Unit
from gitmlops.monitor.observing.windows import midnight
from gitmlops.monitor.profiles.faults import Fault
from gitmlops.records.prediction_log import FEATURE, SLICE

SCHEMA = "schema"


@dataclass(frozen=True)
class Broken:
    """What is wrong with the types of the log. standing: in so many rows of the latest window that it is an alarm;
    few: in fewer of its rows; earlier: in so many rows of windows before; unnamed: of columns without which no row can
    be placed, and of lines that are no row.
    """

    standing: tuple[Break, ...] = ()
    few: tuple[Break, ...] = ()
    earlier: tuple[Break, ...] = ()
    unnamed: tuple[Fault, ...] = ()

    @property
    def alarms(self) -> bool:
        """Whether somebody has to do something now."""
        return bool(self.standing or self.unnamed)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that broke in the latest window, as the log and as the baseline call them."""
        names = [one.fault.column for one in self.standing]
        return frozenset([*names, *(name.removeprefix(FEATURE).removeprefix(SLICE) for name in names)])


def broken(observation: Observation, own: Sequence[Unit], version: str, share: float) -> Broken:
    """The breaks of a version. own: its units; share: of a window's rows, from which on a break is an alarm.

    The latest window alone speaks, be it of rows that could be judged or of rows that could not: a type that is right
    again is. Columns that say whose a row is are of no window: they alarm as long as the log has so many of these rows
    as that share of the latest window is. So do lines that are no row, of those written since that window began.
    """
    of_version = [one for one in observation.breaks if one.version == version]
    starts = [unit.window.start for unit in own[-1:]] + [one.window.start for one in of_version[-1:]]
    latest = [one for one in of_version if one.window.end > max(starts)]
    unnamed = observation.unnamed
    in_a_window = own[-1].rows if own else observation.logged
    if sum(fault.rows for fault in unnamed) < share * in_a_window:
        unnamed = ()
    lines = _lines(observation, own)
    if lines and lines.rows >= share * in_a_window:
        unnamed = (*unnamed, lines)
    return Broken(
        standing=tuple(one for one in latest if one.share >= share),
        few=tuple(one for one in latest if one.share < share),
        earlier=tuple(one for one in of_version if one not in latest and one.share >= share),
        unnamed=unnamed,
    )


def _lines(observation: Observation, own: Sequence[Unit]) -> Fault | None:
    since = microseconds(midnight(own[-1].window.start)) if own else 0
    return observation.unread.since(since) if observation.unread else None
