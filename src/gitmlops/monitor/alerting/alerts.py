"""What there is to tell of a model, and what of it a channel has not been told yet: decided from the history alone."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from gitmlops.monitor.recording.history import History
from gitmlops.monitor.recording.lines import UNDECIDED
from gitmlops.monitor.schema_breaks import SCHEMA
from gitmlops.records.monitoring_history import JudgedWindow, MonitoringRun, Retraining
from gitmlops.report import Finding, Report, Severity

OVER = "over"
SILENCE = "silence"
"""The incident of what comes no more; others have the names of windows or days."""
_LOOK_FIRST = 5
_URGENT = {"performance", "missing", "fairness", SCHEMA, UNDECIDED}
_RETRAININGS = {
    "proposed": (Severity.NOTE, "A retrained model is proposed"),
    "refused": (Severity.WARNING, "A retrained model is proposed, and the gate refuses it"),
    "kept": (Severity.WARNING, "The retraining branch has commits of somebody else, and is left alone"),
    "muted": (Severity.NOTE, "The retraining pull request was closed: there is no other one for this incident"),
    "nothing new": (Severity.WARNING, "Retraining made what is there already: no new data came"),
    "no labels": (Severity.WARNING, "Retraining waits: no outcomes came to learn from"),
    "broken feed": (Severity.WARNING, "Retraining waits: what the log has is broken"),
    "failed": (Severity.ERROR, "Retraining failed"),
    "not pushed": (Severity.ERROR, "A retrained model could not be pushed"),
}
"""What is told of a retraining, by its state. Of the others nothing is: nobody has to do anything."""


@dataclass(frozen=True)
class Alert:
    """Something to tell. subject: what it is about, the same as long as it is; what: changes when there is news.

    look_first: columns, and in words where they went; address: of the run or the pull request.
    """

    model: str
    incident: str
    subject: str
    what: str
    severity: Severity
    title: str
    text: str
    next_action: str = ""
    look_first: tuple[tuple[str, str], ...] = ()
    address: str = ""

    @property
    def id(self) -> str:
        """The same for the same news: who gets it twice can tell."""
        return hashlib.sha256(f"{self.subject}\n{self.what}".encode()).hexdigest()[:32]

    @property
    def is_over(self) -> bool:
        """Whether it says that an incident has ended."""
        return self.what == OVER

    @property
    def report(self) -> Report:
        """The alert as a report."""
        return Report(
            title=self.title,
            findings=(Finding("alert", self.severity, self.text, details=self.look_first),),
            facts=(("model", self.model), ("incident", self.incident))
            + ((("address", self.address),) if self.address else ()),
            next_action=self.next_action,
            outcomes=("", "critical"),
        )


def standing(history: History) -> tuple[Alert, ...]:
    """What anybody should know now: the alarm that stands, how its retraining ended, and what comes no more."""
    last = history.runs[-1] if history.runs else None
    if last is None:
        return ()
    silent = (_silence(last),) if last.ended else ()
    return (*_of_incident(history, last), *silent)


def _of_incident(history: History, last: MonitoringRun) -> tuple[Alert, ...]:
    if not last.incident:
        return ()
    of_incident = [run for run in history.runs if run.incident == last.incident]
    alarmed = next((run for run in reversed(of_incident) if run.alarms), last)
    ended = [one for one in history.retrainings if one.incident == last.incident and one.state in _RETRAININGS]
    return (_alarm(history, alarmed), *map(_retraining, ended[-1:]))


def due(history: History, channel: str) -> tuple[Alert, ...]:
    """What a channel has not been told: first what is over, then what is new, or is another than it was told."""
    told = {line.subject: line.what for line in history.told if line.channel == channel}
    now = standing(history)
    subjects = {alert.subject for alert in now}
    over = (_over(history, subject) for subject, what in told.items()
            if what != OVER and subject not in subjects and _is_alarm(subject))  # fmt: skip
    return (*over, *(alert for alert in now if told.get(alert.subject) != alert.what))


def _alarm(history: History, run: MonitoringRun) -> Alert:
    columns = tuple(_look_first(history, run))
    return Alert(
        model=run.model,
        incident=run.incident,
        subject=f"{run.model}/{run.incident}",
        what=f"alarm: {', '.join(run.alarms)} of {run.version or 'no version'}",
        severity=Severity.ERROR if _URGENT & set(run.alarms) else Severity.WARNING,
        title=f"{f'{run.model} {run.version}'.strip()}: {', '.join(run.alarms)} alarm since {run.incident}",
        text=run.reason,
        next_action=run.next_action,
        look_first=columns,
        address=run.run,
    )


def _silence(run: MonitoringRun) -> Alert:
    """An incident of its own: that nothing comes says nothing of an alarm, and no alarm says that nothing comes."""
    ended = " and ".join(run.ended)
    details = (f"no {what} since {since}" if since else f"no {what} ever" for what, since in run.ended.items())
    text = f"{run.version} was judged at {run.time} by what came before: {', '.join(details)}."
    return Alert(
        model=run.model,
        incident=SILENCE,
        subject=f"{run.model}/{SILENCE}",
        what="; ".join(f"{what} {since}".rstrip() for what, since in run.ended.items()),
        severity=Severity.WARNING,
        title=f"{run.model}: {ended} come no more",
        text=text,
        next_action=f"see `gitmlops monitor run {run.model}`, and what stopped",
        address=run.run,
    )


def _look_first(history: History, run: MonitoringRun) -> Iterator[tuple[str, str]]:
    window = _newest(history, run)
    for moved in window.moved[:_LOOK_FIRST] if window else ():
        yield moved.column, f"{moved.effect:.2f}, {moved.direction}"


def _newest(history: History, run: MonitoringRun) -> JudgedWindow | None:
    own = [window for window in history.windows if window.version == run.version and window.moved]
    return own[-1] if own else None


def _retraining(ended: Retraining) -> Alert:
    severity, words = _RETRAININGS[ended.state]
    return Alert(
        model=ended.model,
        incident=ended.incident,
        subject=f"{ended.model}/{ended.incident}/retraining",
        what=f"{ended.state} {ended.window}",
        severity=severity,
        title=f"{ended.model}: {words[0].lower()}{words[1:]}",
        text=f"{words}: {ended.message}" if ended.message else f"{words}.",
        next_action="review it like any other change" if ended.state in ("proposed", "refused") else "",
        address=ended.pull_request or ended.run,
    )


def _over(history: History, subject: str) -> Alert:
    model, _, incident = subject.partition("/")
    last = history.runs[-1]
    what = "predictions and outcomes come again" if incident == SILENCE else f"the alarm of {incident} is over"
    return Alert(
        model=model,
        incident=incident,
        subject=subject,
        what=OVER,
        severity=Severity.PASS,
        title=f"{model}: {what}",
        text=last.reason or f"{last.version} is what serves now.",
        address=last.run,
    )


def _is_alarm(subject: str) -> bool:
    return subject.count("/") == 1
