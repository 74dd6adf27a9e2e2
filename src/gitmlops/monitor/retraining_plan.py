"""What an alarm asks for: which parameters move, on which branch, and what to tell its reviewers."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gitmlops.definitions import Placed
from gitmlops.errors import InputError, Refusal
from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.schema_breaks import SCHEMA
from gitmlops.plain_text import title
from gitmlops.records.baseline import Baseline
from gitmlops.records.monitoring_history import RetrainingState
from gitmlops.report import Report, Table
from gitmlops.specs.fields import Json
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class NotRetrained(Refusal):
    """Retraining would be wrong, or to no purpose. state: how the history calls that."""

    def __init__(self, state: RetrainingState, what: str, *, mend: str) -> None:
        super().__init__(what, mend=mend)
        self.state = state


@dataclass(frozen=True)
class Plan:
    """One retraining: at most one a window. parameters: of the pipeline, with their new values.

    incident: the window in which the alarm began; judged: the window of the alarm, the latest one for an alarm of
    groups or of age, or the last one whose outcomes are due.
    """

    model: str
    pipeline: str
    incident: str
    reason: str
    judged: Judged
    parameters: Mapping[str, Json]

    @property
    def branch(self) -> str:
        """The branch of the incident: later windows of it update what is there."""
        return branch_of(self.model, self.incident)

    @property
    def window(self) -> Window:
        """The window of the alarm."""
        return self.judged.unit.window


def branch_of(model: str, incident: str) -> str:
    """The name of the branch on which a model is retrained for an incident."""
    return f"retrain/{model}/{incident}"


def plan(placed: Placed[Model], verdict: Verdict, *, incident: str = "") -> Plan | None:
    """The retraining that the verdict asks for, None if it asks for none.

    incident: the window in which the alarm began, that of the verdict if it is not known.
    Raises InputError if the model says nothing of retraining or no pipeline makes it, NotRetrained if there is an alarm
    for a broken feed (a model that learns from such rows learns the fault), or if no outcomes came that it could learn
    from.
    """
    model, retrain = placed.spec, placed.spec.monitoring.retrain if placed.spec.monitoring else None
    if retrain is None:
        mend = "add `retrain:` with `on:` and `set:` under `monitoring:`"
        raise InputError(
            f"{model.name} does not say how it is retrained", where=str(placed.at("monitoring")), mend=mend
        )
    if model.pipeline is None:
        mend = "name its `pipeline:`, whose parameters retraining moves"
        raise InputError(f"no pipeline makes {model.name}", where=str(placed.at("name")), mend=mend)
    if SCHEMA in verdict.alarms:
        mend = f"see `gitmlops monitor run {model.name}`"
        what = "columns of the log are of another type than they were: retraining would learn that"
        raise NotRetrained("broken feed", what, mend=mend)
    if "missing" in verdict.alarms:
        mend = f"see `gitmlops monitor run {model.name}`"
        what = "values are missing that used to be there: retraining would learn that"
        raise NotRetrained("broken feed", what, mend=mend)
    latest = verdict.own[-1] if verdict.own else None
    judged = {
        "performance": verdict.performance,
        "estimated-performance": verdict.inputs,
        "drift": verdict.inputs,
        "fairness": latest,
        "age": latest,
    }
    for reason in retrain.on:
        standing = judged[reason]
        if reason in verdict.alarms and standing:
            learned = _with_outcomes(placed, verdict, standing)
            where = str(placed.at("monitoring", "retrain", "set"))
            moved = {name: _substitute(value, learned.unit.window, where) for name, value in retrain.set.items()}
            named = incident or standing.unit.window.label
            return Plan(model.name, model.pipeline, named, reason, learned, moved)
    return None


def _with_outcomes(placed: Placed[Model], verdict: Verdict, standing: Judged) -> Judged:
    """The window to learn up to: the alarm's, or the last one with outcomes. Raises NotRetrained if none has any."""
    labels = placed.spec.monitoring.labels if placed.spec.monitoring else None
    if labels is None or (standing.unit.mature and len(standing.unit.labels)):
        return standing
    due = [item for item in verdict.own if item.unit.mature and len(item.unit.labels)]
    if not due:
        what = f"no outcome of {verdict.version} is in: there is nothing to learn from"
        raise NotRetrained("no labels", what, mend=f"bring the outcomes to {labels.source}")
    return due[-1]


def message(plan: Plan, before: Baseline, after: Baseline, *, run: str) -> str:
    """The commit's message: what moved, why, and what came of it.

    run: address of the workflow's run, whose starter does not approve the branch; empty elsewhere.
    """
    rows = (
        f"{name}: {_shown(old)} when registered, {_shown(served)} in {plan.window.label}, {_shown(new)} retrained"
        for name, old, served, new in _metrics(plan, before, after)
    )
    moved = ", ".join(f"{name} {value}" for name, value in plan.parameters.items())
    return "\n".join(
        [
            f"Retrain {plan.model}: {plan.reason} alarm in {plan.window.label}",
            "",
            # A value may be any text of a file: no words of it switch a workflow off or close an issue.
            title(f"Moved: {moved or 'nothing'}."),
            "",
            *rows,
            *(["", f"Run: {run}"] if run else []),
        ]
    )


def evidence(plan: Plan, before: Baseline, after: Baseline) -> Report:
    """What opens the body of the pull request."""
    served = f"{plan.judged.unit.version} in {plan.window.label}"
    moved = tuple((f"parameter {name}", json.dumps(value)) for name, value in plan.parameters.items())
    return Report(
        title=f"Retraining of {plan.model} after {plan.window.label}",
        summary=(
            f"A {plan.reason} alarm stands for {served}. This branch moves the parameters below and holds what the "
            "pipeline made of them; the gate's verdict is at the end.",
            "The metrics are of three different sets of rows: only the gate's checks compare two models.",
        ),
        facts=(*moved, ("trained until", after.trained_until), ("written by", f"gitmlops retrain {plan.model}")),
        tables=(
            Table(
                "Metrics",
                ("metric", f"{plan.judged.unit.version} when registered", served, "retrained, on its evaluation rows"),
                tuple(_metrics(plan, before, after)),
            ),
        ),
        next_action="review this like any other change; nothing is deployed by itself",
    )


def _metrics(plan: Plan, before: Baseline, after: Baseline) -> list[tuple[str, float, float | None, float | None]]:
    served = {metric.metric: round(metric.value, 4) for metric, _ in plan.judged.metrics}
    new = {metric.name: round(metric.value, 4) for metric in after.metrics}
    return [
        (metric.name, round(metric.value, 4), served.get(metric.name), new.get(metric.name))
        for metric in before.metrics
    ]


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _substitute(value: Json, window: Window, where: str) -> Json:
    """The value with its placeholders filled in; nothing is evaluated."""
    if not isinstance(value, str):
        return value
    known = {
        "window.start": window.start.isoformat(),
        "window.end": window.last_day.isoformat(),
        "window.before": window.day_before.isoformat(),
    }

    def filled(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise InputError(f"{match[0]} is no date of a window", where=where, mend=nearest(match[1], known))
        return known[match[1]]

    text = _PLACEHOLDER.sub(filled, value)
    if "{{" in text or "{%" in text:
        raise InputError(f"{value!r} has a placeholder that is not closed", where=where, mend="write {{ window.end }}")
    return text
