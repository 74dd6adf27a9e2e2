"""What may be thought of a metric, a column or a window."""

from enum import Enum


class State(Enum):
    """What is thought of a metric, a column or a unit."""

    OK = "ok"
    WARNING = "warning"
    FIRST = "watch"
    """Beyond the threshold, in this window but not in those before it."""
    ALARM = "alarm"
    PARTIAL = "partial outcomes"
    """No loss in the outcomes that came, of rows that may be a selection: that says nothing of the others."""
    PROVISIONAL = "provisional"
    """Outcomes may still come."""
    SLOW = "slow drift"
    """Under the threshold, but to the same side for many windows."""
    INSUFFICIENT = "insufficient data"
    UNKNOWN = "no outcomes"

    @property
    def breach(self) -> bool:
        """Whether it is beyond the threshold."""
        return self in (State.FIRST, State.ALARM)

    @property
    def decided(self) -> bool:
        """Whether anything could be said at all: all went well, or not."""
        return self in (State.OK, State.WARNING, State.FIRST, State.ALARM, State.SLOW)


def of_breach(breach: bool, *, certain: bool) -> State:
    """certain: it lasts, or is so large that it need not."""
    if not breach:
        return State.OK
    return State.ALARM if certain else State.FIRST
