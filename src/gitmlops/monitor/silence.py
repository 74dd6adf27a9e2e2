"""What does not come any more: predictions, or outcomes. Nothing that came before it says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from statistics import median
from typing import Literal

from gitmlops.monitor.observing.log import moment
from gitmlops.monitor.observing.observation import Observation, Unit
from gitmlops.monitor.observing.windows import passed
from gitmlops.report import Finding, Severity
from gitmlops.specs.model import Labels, Model, Monitoring

SERVE_AGAIN = "see what stopped serving, or stopped writing the log"
_EXPECTED = 10
"""With so many outcomes expected by chance alone none comes once in 20,000 times: exp(-10), as of Poisson."""
_LONG = timedelta(days=2)


@dataclass(frozen=True)
class Ended:
    """Something that came and comes no more. since: the newest that there is, None if none ever came."""

    what: Literal["predictions", "outcomes"]
    since: datetime | None
    finding: Finding


def ended(observation: Observation, model: Model, until: datetime) -> tuple[Ended, ...]:
    """What has ended by a moment, where the model's `staleness:` has no number of its own for it."""
    monitoring, rules = model.monitoring, model.staleness
    found: list[Ended] = []
    if monitoring and not (rules and rules.predictions_within):
        found += _predictions(observation, monitoring, until)
    if monitoring and monitoring.labels and not (rules and rules.labels_within):
        found += _outcomes(observation, monitoring.labels)
    return tuple(found)


def ago(age: timedelta) -> str:
    """How long ago something was, in days or hours."""
    return f"{age.days} days ago" if age >= _LONG else f"{age // timedelta(hours=1)} hours ago"


def _predictions(observation: Observation, monitoring: Monitoring, until: datetime) -> Iterator[Ended]:
    """Whole windows without a prediction, more of them in a row than there were before, but for one time."""
    by, newest = monitoring.windows.by, moment(observation.newest)
    empty = passed(by, newest.date(), until)
    if empty > _usually_empty(observation):
        message = (
            f"nothing was predicted since {newest:%Y-%m-%d %H:%M} UTC, {ago(until - newest)}: {_windows(empty, by)}"
        )
        finding = Finding("silence", Severity.WARNING, message, mend=SERVE_AGAIN)
        yield Ended("predictions", newest, finding)


def _usually_empty(observation: Observation) -> int:
    """How many windows in a row had no prediction; not the longest time, which may have been a failure."""
    served = {unit.window.start for unit in observation.units}
    flags = (window.start in served for window in observation.windows)
    runs = sorted(len(list(run)) for is_served, run in groupby(flags) if not is_served)
    return runs[-2] if len(runs) > 1 else 0


def _windows(count: int, by: str) -> str:
    one, several = ("calendar month", "calendar months") if by == "month" else (f"window of {by}", f"windows of {by}")
    return f"a whole {one} has passed" if count == 1 else f"{count:,} whole {several} have passed"


def _outcomes(observation: Observation, labels: Labels) -> Iterator[Ended]:
    """The latest windows whose outcomes are due have none, and so few would not be chance."""
    due = [unit for unit in observation.units if unit.mature]
    silent = sum(unit.rows for unit in takewhile(lambda unit: not len(unit.labels), reversed(due)))
    if silent * _usually_known(due) < _EXPECTED:
        return
    since = moment(observation.newest_outcome) if observation.newest_outcome else None
    newest = f"the newest is of a prediction of {since:%Y-%m-%d %H:%M} UTC" if since else "none ever came"
    message = f"none of the latest {silent:,} outcomes that are due is known; {newest}"
    finding = Finding("silence", Severity.WARNING, message, mend=f"bring the outcomes to {labels.source}")
    yield Ended("outcomes", since, finding)


def _usually_known(due: Sequence[Unit]) -> float:
    """The median share of outcomes of a window that has any; all of them where none ever came."""
    return median([unit.coverage for unit in due if len(unit.labels)] or [1.0])
