"""The history of monitoring: lines that are added to `<model>/<yyyy-mm>.jsonl` on the branch gitmlops-monitoring."""

from typing import Literal

import msgspec

from gitmlops.records.canonical import Record

RetrainingState = Literal[
    "trained",
    "pushing",
    "proposed",
    "refused",
    "kept",
    "muted",
    "merged",
    "already there",
    "no alarm",
    "nothing new",
    "no labels",
    "broken feed",
    "failed",
    "not pushed",
]


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What served the newest prediction of the log, and when: RFC 3339, UTC.

    outcome: when the newest prediction was made whose outcome is known, empty if there is none.
    """

    version: str
    time: str
    outcome: str = ""


class Moved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column beyond its threshold. effect: 0..1; direction: in words, as `up: median 812 to 1,040`."""

    column: str
    kind: str
    effect: float
    direction: str
    state: str


class JudgedWindow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version in one window, as the run saw it. start, end: days, `end` is the first one after it.

    metrics: by name, of the rows whose outcome is known; moved: what to look at first first.
    """

    window: str
    start: str
    end: str
    version: str
    rows: int
    outcomes: int
    performance: str
    metrics: dict[str, float] = {}
    moved: tuple[Moved, ...] = ()


class _Line(Record, frozen=True, kw_only=True):
    # previous: SHA-256 of the line before, of any month, with its line break; empty in the first line of a model.
    # time: when it was written; run: address of the workflow's run, empty elsewhere.
    model: str
    time: str
    previous: str = ""
    run: str = ""


class MonitoringRun(_Line, frozen=True, kw_only=True, tag_field="schema", tag="gitmlops/monitoring-run/1"):
    """A run of `monitor run --record`: what was thought of the version in production, and which windows are new.

    until: the moment up to which predictions counted; incident: the window in which the alarm began that still stands,
    empty without one; ended: what came and comes no more, `predictions` or `outcomes`, with the time of the newest
    prediction (of which the outcome is known), empty if none ever came; windows: those that no line before has, or has
    otherwise.
    """

    until: str
    commit: str
    version: str
    state: str
    incident: str = ""
    alarms: tuple[str, ...] = ()
    reason: str = ""
    next_action: str = ""
    seen: Seen | None = None
    ended: dict[str, str] = {}
    windows: tuple[JudgedWindow, ...] = ()


class AlertTold(_Line, frozen=True, kw_only=True, tag_field="schema", tag="gitmlops/alert-told/1"):
    """Something that a channel took. subject: what it was about; what: what was said of it, that it is over, too."""

    channel: str
    subject: str
    what: str


class Retraining(_Line, frozen=True, kw_only=True, tag_field="schema", tag="gitmlops/retraining/1"):
    """How a retraining ended, or that its branch is about to be pushed. head: the commit that we made for `window`.

    A retraining that is handed over to `gitmlops github retraining` is the same: `trained`, or why it was not.
    """

    incident: str
    window: str
    branch: str
    state: RetrainingState
    message: str
    head: str = ""
    pull_request: str = ""


HistoryLine = MonitoringRun | AlertTold | Retraining
HISTORY_VERSIONS = HistoryLine
