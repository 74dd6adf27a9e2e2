"""Where a watch was when it was stopped, however that was: in one file, which is replaced as a whole."""

import msgspec

from gitmlops.records.canonical import Record


class ReadUpTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a log was read. head: digest of its first `headed` bytes."""

    offset: int
    head: str
    headed: int


class WatchAlarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alarm of a watch. number: from 1 on, the same if it is told again; events: how many were read until then."""

    number: int
    time: str
    column: str
    message: str
    events: int


class WatchState(Record, frozen=True, tag_field="schema", tag="gitmlops/watch-state/1"):
    """watched: digest of what is counted; files: by device and number; rows, block: of the one that is not full yet.

    detectors, counts: what they know, row by row; quiet_until: by column, no other alarm before;
    dispatched: when a workflow was started last; to_dispatch: whether one has still to be; untold: alarms that nobody
    was told yet.
    """

    model: str
    version: str
    watched: str
    files: dict[str, ReadUpTo] = {}
    events: int = 0
    others: int = 0
    unreadable: int = 0
    rows: int = 0
    block: dict[str, tuple[int, ...]] = {}
    detectors: tuple[tuple[float | None, ...], ...] = ()
    counts: tuple[tuple[int, int], ...] = ()
    quiet_until: dict[str, str] = {}
    dispatched: str = ""
    to_dispatch: bool = False
    alarms: int = 0
    untold: tuple[WatchAlarm, ...] = ()


WATCH_STATE_VERSIONS = WatchState
