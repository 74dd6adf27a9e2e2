"""The history of monitoring, read and added to: lines that each hold the digest of the one before.

A line that is no record is kept, told and skipped: it says nothing, and takes the place of nothing. A line that does
not follow from the one before it means that somebody changed, added or removed lines: nothing is decided from such a
history.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from gitmlops.errors import InputError
from gitmlops.records.canonical import decode, encode
from gitmlops.records.monitoring_history import (
    HISTORY_VERSIONS,
    AlertTold,
    HistoryLine,
    JudgedWindow,
    MonitoringRun,
    Retraining,
)

BRANCH = "gitmlops-monitoring"
Files = Mapping[str, bytes]
L = TypeVar("L", MonitoringRun, AlertTold, Retraining)


@dataclass(frozen=True)
class Fault:
    """A line that could not be used: where it is, and why."""

    where: str
    what: str


@dataclass(frozen=True)
class History:
    """All lines of a model, oldest first. unreadable: lines that are no records; broken: the first wrong link."""

    model: str
    lines: tuple[HistoryLine, ...]
    unreadable: tuple[Fault, ...]
    broken: Fault | None
    last: str

    @property
    def runs(self) -> tuple[MonitoringRun, ...]:
        """What `monitor run --record` wrote."""
        return self._of(MonitoringRun)

    @property
    def told(self) -> tuple[AlertTold, ...]:
        """What channels took."""
        return self._of(AlertTold)

    @property
    def retrainings(self) -> tuple[Retraining, ...]:
        """How retrainings ended."""
        return self._of(Retraining)

    @property
    def windows(self) -> tuple[JudgedWindow, ...]:
        """Every window and version as last seen, by time."""
        latest = {(window.window, window.version): window for run in self.runs for window in run.windows}
        return tuple(sorted(latest.values(), key=lambda window: (window.start, window.version)))

    def require_whole(self) -> None:
        """Raises InputError if somebody changed lines: what follows from them could be anything."""
        if self.broken:
            mend = (
                f"look at `git log -p origin/{BRANCH}`, and put the branch back to the last commit that is right: "
                f"`git push --force origin COMMIT:refs/heads/{BRANCH}`"
            )
            raise InputError(self.broken.what, where=self.broken.where, mend=mend)

    def _of(self, type_: type[L]) -> tuple[L, ...]:
        return tuple(line for line in self.lines if isinstance(line, type_))


def read(files: Files, model: str) -> History:
    """The history of a model. files: those of the branch, by path."""
    lines: list[HistoryLine] = []
    unreadable: list[Fault] = []
    broken: Fault | None = None
    # What the next line may follow from: the record before it, or what stands between them and is none.
    digest, links = "", {""}
    for where, content in _contents(files, model):
        digest = hashlib.sha256(content).hexdigest()
        try:
            line: HistoryLine = decode(content, HISTORY_VERSIONS, path=where)
        except InputError as error:
            unreadable.append(Fault(where, error.what))
            links.add(digest)
            continue
        if line.previous not in links:
            broken = broken or Fault(where, "this line does not follow from the one before it")
        lines.append(line)
        links = {digest}
    return History(model, tuple(lines), tuple(unreadable), broken, digest)


def merged(published: Files, here: Files, new: Sequence[HistoryLine] = ()) -> Files:
    """The published files, with the lines that only `here` has and the new ones behind them, linked to what is there.

    Raises InputError if somebody changed lines of a model that gets new ones.
    """
    files = dict(published)
    models = dict.fromkeys([path.partition("/")[0] for path in here] + [line.model for line in new])
    for model in models:
        pending = [*_only_here(published, here, model), *(line for line in new if line.model == model)]
        if pending:
            files.update(_added(files, model, pending))
    return files


def path(line: HistoryLine) -> str:
    """The file that a line belongs to: of its model and the month in which it was written."""
    return f"{line.model}/{line.time[:7]}.jsonl"


def _contents(files: Files, model: str) -> Iterator[tuple[str, bytes]]:
    """Each line with its line break, and where it is."""
    for name in sorted(name for name in files if name.partition("/")[0] == model):
        for number, content in enumerate(files[name].split(b"\n")[: _lines(files[name])], start=1):
            yield f"{BRANCH}:{name}:{number}", content + b"\n"


def _lines(content: bytes) -> int:
    """How many lines there are; a last one that lost its line break is one, too."""
    return content.count(b"\n") + (not content.endswith(b"\n") and bool(content))


def _only_here(published: Files, here: Files, model: str) -> list[HistoryLine]:
    if all(published.get(name) == content for name, content in here.items() if name.partition("/")[0] == model):
        return []
    ours = read(here, model)
    ours.require_whole()
    # Without the link: a line that was published behind somebody else's has another one there.
    there = {_unlinked(line) for line in read(published, model).lines}
    return [line for line in ours.lines if _unlinked(line) not in there]


def _unlinked(line: HistoryLine) -> bytes:
    return encode(msgspec.structs.replace(line, previous=""))


def _added(files: Files, model: str, pending: Sequence[HistoryLine]) -> Files:
    history = read(files, model)
    history.require_whole()
    changed: dict[str, bytes] = {}
    digest, newest = history.last, max((name for name in files if name.partition("/")[0] == model), default="")
    for line in pending:
        content = encode(msgspec.structs.replace(line, previous=digest))
        # Never behind what is there already, whatever the clock of this machine says: lines are read file by file.
        newest = max(newest, path(line))
        before = changed.get(newest, files.get(newest, b""))
        changed[newest] = before + (b"" if before.endswith(b"\n") or not before else b"\n") + content
        digest = hashlib.sha256(content).hexdigest()
    return changed
