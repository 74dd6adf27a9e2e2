"""What was wrong with the log itself: types that broke, and what was not read."""

from collections.abc import Iterator, Sequence

from gitmlops.monitor.alarm import Verdict
from gitmlops.monitor.observing.breaks import Break
from gitmlops.monitor.observing.observation import Observation
from gitmlops.monitor.schema_breaks import SCHEMA
from gitmlops.report import Finding, Severity

_TOLD = 10
_MEND = "mend what writes the log, or package a version that takes it so"


def schema(verdict: Verdict) -> Iterator[Finding]:
    """Each column that is of another type than it should be: which type, in which file, in how many rows."""
    broken = verdict.broken
    for fault in broken.unnamed[:_TOLD]:
        message = f"{fault.words}: {_rows(fault.rows)} cannot be placed in a window"
        yield Finding(SCHEMA, Severity.ERROR, message, mend="mend what writes the log, and the file, or move it away")
    yield from _told(broken.standing, Severity.ERROR, "")
    yield from _told(broken.few, Severity.WARNING, "")
    yield from _told(broken.earlier, Severity.NOTE, ", an earlier window")


def broken_words(verdict: Verdict) -> str:
    """The first of what broke, as a sentence."""
    broken = verdict.broken
    faults = [*broken.unnamed, *(one.fault for one in broken.standing)]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return f"The log broke: {faults[0].words}{more}."


def unread(observation: Observation) -> Iterator[Finding]:
    """Lines, and files, of which nothing was read."""
    if observation.unread is None:
        return
    for file, (count, where) in list(observation.unread.lines.items())[:_TOLD]:
        which = f"1 line of {file} is" if count == 1 else f"{count:,} lines of {file} are"
        message = f"{which} no JSON object of a prediction (the first one: {where}); left out"
        yield Finding("log", Severity.WARNING, message, mend="mend what writes the log; NaN is none of JSON's words")
    for file in observation.unread.torn[:_TOLD]:
        message = f"the last line of {file} was still being written: the next run reads it"
        yield Finding("log", Severity.NOTE, message)
    if files := observation.unread.files:
        more = f" and {len(files) - _TOLD} more" if len(files) > _TOLD else ""
        message = f"neither Parquet nor JSON Lines, and not read: {', '.join(files[:_TOLD])}{more}"
        mend = "move them away, or name the files by a pattern, as in `log: data/served/**/*.jsonl`"
        yield Finding("log", Severity.WARNING, message, mend=mend)


def old(observation: Observation) -> Iterator[Finding]:
    """Rows of a time that no window is for."""
    if rows := observation.long_before:
        message = f"{_rows_are(rows.rows)} of a time before {rows.before}, long before the model had learned"
        mend = "mend the clock of what writes the log"
        yield Finding("log", Severity.WARNING, f"{message} ({rows.where}: {rows.time}); left out", mend=mend)
    if rows := observation.older:
        message = f"{_rows_are(rows.rows)} older than the newest {len(observation.windows):,} windows, which begin on"
        mend = "have more windows judged: `windows: {newest: …}`"
        told = f"{message} {rows.before}; not judged ({rows.where}: {rows.time})"
        yield Finding("log", Severity.NOTE, told, mend=mend)


def _told(breaks: Sequence[Break], severity: Severity, when: str) -> Iterator[Finding]:
    for one in breaks[:_TOLD]:
        message = f"{one.fault.words}: {one.fault.rows:,} of {_rows(one.rows)} of {one.version} in {one.window.label}"
        yield Finding(SCHEMA, severity, message + when, mend="" if when else _MEND)
    if len(breaks) > _TOLD:
        yield Finding(SCHEMA, severity, f"{len(breaks) - _TOLD} more such columns or files{when}")


def _rows_are(count: int) -> str:
    return f"{_rows(count)} {'is' if count == 1 else 'are'}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
