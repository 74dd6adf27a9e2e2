"""A stream of predictions in blocks: counted, and judged by detectors whose false alarms are bounded."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy
from numpy.typing import NDArray

from gitmlops.adapters.data.following import Place
from gitmlops.monitor.profiles.tallies import SCORE
from gitmlops.monitor.streaming.bets import Bet, WatchedColumn
from gitmlops.records.prediction_log import CLASS, FEATURE, SLICE
from gitmlops.records.watch_state import ReadUpTo, WatchAlarm, WatchState
from gitmlops.statistics.sequential import Detectors

BLOCK = 200
"""Rows of a block. Rows within it may depend on each other; it is a fifth of a second at 1,000 a second."""
BLOCKS_A_MONTH = 30 * 86_400 * 1_000 // BLOCK
"""At 1,000 rows a second: at most one false alarm in so many blocks, on average, over all columns together."""
QUIET = timedelta(days=1)
"""A column that has alarmed does not alarm again before."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class _Line(msgspec.Struct):
    """A line of the log, with its features as objects or as flat keys; only what is watched is taken."""

    model: str = ""
    version: str = ""
    score: float | None = None
    prediction: float | None = None
    scores: dict[str, float] = {}
    features: dict[str, Any] = {}
    slices: dict[str, Any] = {}


@dataclass
class Watch:
    """What was counted so far. model, version: empty for any."""

    model: str
    version: str
    columns: tuple[WatchedColumn, ...]
    files: dict[str, Place] = field(default_factory=dict)
    events: int = 0
    others: int = 0
    unreadable: int = 0
    rows: int = 0
    block: dict[str, list[int]] = field(default_factory=dict)
    quiet_until: dict[str, str] = field(default_factory=dict)
    dispatched: str = ""
    to_dispatch: bool = False
    alarms: int = 0
    untold: list[WatchAlarm] = field(default_factory=list)

    def __post_init__(self) -> None:
        for column in self.columns:
            self.block.setdefault(column.name, [0] * column.cells)
        limits = numpy.array([bet.limit for column in self.columns for bet in column.bets])
        bets = [len(column.bets) for column in self.columns if column.bets]
        places = numpy.repeat(numpy.arange(len(bets)), bets)
        self.detectors = Detectors(limits, places, blocks=BLOCKS_A_MONTH, rows=BLOCK)

    def may_dispatch(self, now: datetime) -> bool:
        """Whether the last workflow was started long enough ago."""
        return not self.dispatched or now >= datetime.strptime(self.dispatched, _TIME).replace(tzinfo=UTC) + QUIET

    def dispatch(self, now: datetime) -> None:
        """Remember that a workflow was started."""
        self.dispatched, self.to_dispatch = now.strftime(_TIME), False

    def take(self, lines: Iterable[bytes], now: datetime) -> None:
        """Count lines of the log; alarms are in `untold`."""
        decode = msgspec.json.Decoder(_Line).decode
        flat = msgspec.json.Decoder(dict[str, Any]).decode
        for content in lines:
            if not content.strip():
                continue
            try:
                line = decode(content)
                loose = {} if line.features else flat(content)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                self.unreadable += 1
                continue
            self._count(line, loose, now)

    def _count(self, line: _Line, flat: dict[str, Any], now: datetime) -> None:
        if self.model not in ("", line.model) or self.version not in ("", line.version):
            self.others += 1
            return
        values = {**flat, SCORE: _said(line, flat)}
        for prefix, members in ((FEATURE, line.features), (SLICE, line.slices)):
            for name, value in members.items():
                values[prefix + name] = value
                values.setdefault(name, value)  # as a profile of files may call it
        for column in self.columns:
            self.block[column.name][column.cell(values.get(column.name))] += 1
        self.events += 1
        self.rows += 1
        if self.rows == BLOCK:
            self._judge(now)

    def _judge(self, now: datetime) -> None:
        counts = [count for column in self.columns for count in self._counts(column)]
        alarms = self.detectors.add(numpy.array(counts) / BLOCK)
        if alarms.any():
            self._alarm(alarms, counts, now)
        for column in self.columns:
            self.block[column.name] = [0] * column.cells
        self.rows = 0

    def _counts(self, column: WatchedColumn) -> list[int]:
        """The rows of each bet in this block."""
        rows = [0] * len(column.bets)
        for cell, count in enumerate(self.block[column.name]):
            for place in column.hits[cell]:
                rows[place] += count
        return rows

    def _alarm(self, alarms: NDArray[numpy.bool_], counts: Sequence[int], now: datetime) -> None:
        start, of_alarmed = 0, numpy.zeros(len(alarms), dtype=bool)
        for column in self.columns:
            own = slice(start, start + len(column.bets))
            start = own.stop
            if alarms[own].any():
                of_alarmed[own] = True
                self._tell(column, alarms[own], counts[own], now)
        self.detectors.forget(of_alarmed)

    def _tell(self, column: WatchedColumn, alarms: NDArray[numpy.bool_], counts: Sequence[int], now: datetime) -> None:
        if now.strftime(_TIME) < self.quiet_until.get(column.name, ""):
            return
        self.quiet_until[column.name] = (now + QUIET).strftime(_TIME)
        self.alarms += 1
        place = max(alarms.nonzero()[0].tolist(), key=lambda one: counts[one] / BLOCK - column.bets[one].reference)
        bet = column.bets[place]
        message = _words(bet, counts[place] / BLOCK)
        self.untold.append(WatchAlarm(self.alarms, now.strftime(_TIME), bet.column, message, self.events))


def _said(line: _Line, flat: dict[str, Any]) -> float | None:
    """The score, or the number, that was predicted; of several classes the highest of their scores."""
    of_classes = [value for name, value in flat.items() if name.startswith(CLASS) and isinstance(value, float | int)]
    alone = line.prediction if line.score is None else line.score
    return max([*line.scores.values(), *of_classes], default=None) if alone is None else alone


def _words(bet: Bet, share: float) -> str:
    return f"{bet.column}: {share:.0%} of the last {BLOCK} rows are {bet.words}, {bet.reference:.0%} were"


def state_of(watch: Watch) -> WatchState:
    """What has to be kept so that nothing is lost or counted twice."""
    rows, counts = watch.detectors.kept()
    return WatchState(
        model=watch.model,
        version=watch.version,
        watched=_digest(watch.columns),
        files={key: ReadUpTo(place.offset, place.head, place.headed) for key, place in watch.files.items()},
        events=watch.events,
        others=watch.others,
        unreadable=watch.unreadable,
        rows=watch.rows,
        block={name: tuple(cells) for name, cells in watch.block.items()},
        detectors=rows,
        counts=counts,
        quiet_until=dict(watch.quiet_until),
        dispatched=watch.dispatched,
        to_dispatch=watch.to_dispatch,
        alarms=watch.alarms,
        untold=tuple(watch.untold),
    )


def resumed(state: WatchState, columns: tuple[WatchedColumn, ...], *, model: str, version: str) -> Watch:
    """The watch that goes on where the state was kept. What was counted of another version or baseline is left."""
    watch = Watch(
        model=model,
        version=version,
        columns=columns,
        files={key: Place(place.offset, place.head, place.headed) for key, place in state.files.items()},
        alarms=state.alarms,
        dispatched=state.dispatched,
        to_dispatch=state.to_dispatch,
        untold=list(state.untold),
    )
    if (state.model, state.version, state.watched) != (model, version, _digest(columns)):
        return watch
    watch.events, watch.others, watch.unreadable = state.events, state.others, state.unreadable
    watch.rows = state.rows
    watch.block = {name: list(cells) for name, cells in state.block.items()}
    watch.detectors.resume(state.detectors, state.counts)
    watch.quiet_until = dict(state.quiet_until)
    return watch


def now() -> datetime:
    """This moment, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def _digest(columns: Sequence[WatchedColumn]) -> str:
    return hashlib.sha256(repr(columns).encode()).hexdigest()
