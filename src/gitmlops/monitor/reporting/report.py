"""A verdict as a report: the reason in a sentence, what to do next, and what it all rests on."""

from collections.abc import Iterator, Mapping, Sequence

from gitmlops.monitor import quality
from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.fairness import words as fairness
from gitmlops.monitor.fairness.judging import Held
from gitmlops.monitor.observing.log import moment
from gitmlops.monitor.observing.observation import Observation
from gitmlops.monitor.reporting import charts as report_charts
from gitmlops.monitor.reporting import data_quality, overlays, words
from gitmlops.monitor.reporting import findings as report_findings
from gitmlops.monitor.reporting import tables as report_tables
from gitmlops.monitor.reporting.log_findings import broken_words
from gitmlops.monitor.schema_breaks import SCHEMA
from gitmlops.monitor.staleness import AGED, STALE
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Kind, ReferenceMetric
from gitmlops.report import Cell, Finding, Report
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.model import Model

_RESTS_ON: Mapping[Kind, str] = {
    "binary": "scores",
    "multiclass": "scores",
    "regression": "inputs and predictions",
}
_BESIDE: Mapping[str, str] = {
    fairness.UNFAIR: "a promise about groups is not kept",
    AGED: "what it learned from is too old",
    STALE: "something that it rests on is too old",
}
"""Alarms of no single window."""
_NAMED = 3


def report(
    model: Model,
    observation: Observation,
    verdict: Verdict,
    age: Sequence[Finding] = (),
    held: Sequence[Held] = (),
) -> Report:
    """The report on a model. It refuses when there is an alarm. age: what is said of what is old; held: of groups."""
    version = f" {verdict.version}" if verdict.version else ""
    windows = quality.by_window(observation)
    return Report(
        title=f"Monitoring of {model.name}{version}",
        findings=(
            *report_findings.findings(observation, verdict),
            *data_quality.findings(windows, verdict.rules),
            *fairness.findings(held),
            *age,
        ),
        summary=(_reason(observation, verdict),),
        facts=(*_newest(model, observation), *_facts(observation, verdict)),
        tables=(
            *report_tables.tables(observation, verdict),
            *fairness.tables(held),
            *data_quality.tables(windows, observation.baselines.get(verdict.version)),
        ),
        charts=(
            *overlays.overlays(observation, verdict),
            *report_charts.charts(observation, verdict),
        ),
        next_action=_next_action(model, verdict),
        outcomes=("no alarm", "alarm"),
    )


def _reason(observation: Observation, verdict: Verdict) -> str:
    if verdict.broken.alarms and not verdict.own:
        return broken_words(verdict)
    if verdict.broken.alarms:
        return f"{broken_words(verdict)} {_of_windows(observation, verdict)}"
    return _of_windows(observation, verdict)


def _of_windows(observation: Observation, verdict: Verdict) -> str:
    if not verdict.judged:
        return "No window is complete yet."
    if not verdict.own:
        return f"{verdict.version} is in production, and has no complete window yet."
    if verdict.state is State.INSUFFICIENT:
        rules = verdict.rules
        which = f"None of the last {rules.standing} windows" if len(verdict.own) > rules.standing else "No window"
        return f"{which} of {verdict.version} has enough predictions to tell: {rules.minimum_rows:,} always are."
    kind = observation.baselines[verdict.version].kind
    known = _performance_words(verdict.performance) if verdict.performance else _estimated_words(verdict.inputs, kind)
    moved = verdict.inputs.moved if verdict.inputs else ()
    columns = f"{len(moved)} columns moved" if len(moved) != 1 else f"{moved[0][0].column} moved"
    inputs = f"; in {verdict.inputs.unit.window.label} {columns} beyond the threshold" if verdict.inputs else ""
    beside = "".join(f"; {_BESIDE[alarm]}" for alarm in verdict.alarms if alarm in _BESIDE)
    return f"{known}{inputs}{_missing_words(verdict)}{beside}."


def _missing_words(verdict: Verdict) -> str:
    if "missing" not in verdict.alarms or verdict.inputs is None:
        return ""
    alarms = [effect.column for effect, state in verdict.inputs.beyond("missing") if state is State.ALARM]
    names = [name for name in alarms if name not in verdict.broken.columns]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"; values of {', '.join(names[:_NAMED])}{more} are missing"


def _performance_words(judged: Judged) -> str:
    worse = [metric.metric for metric, state in judged.metrics if state in (State.FIRST, State.ALARM)]
    than = f"worse than its reference in {', '.join(worse)}" if worse else "no worse than its reference"
    return f"In {judged.unit.window.label} {judged.unit.version} was {than}"


def _estimated_words(inputs: Judged | None, kind: Kind) -> str:
    if inputs is None or not inputs.estimated:
        return "Performance is not known"
    worse = [metric.metric for metric, state in inputs.estimated if state.breach]
    than = f"worse than its reference in {', '.join(worse)}" if worse else "no worse than its reference"
    return f"Performance is not known, and by the {_RESTS_ON[kind]} alone {than}"


def _next_action(model: Model, verdict: Verdict) -> str:
    retrain = model.monitoring.retrain if model.monitoring else None
    if SCHEMA in verdict.alarms:
        return "mend what writes the log, or judge what serves by hand; do not train on such rows"
    if "missing" in verdict.alarms:
        return "mend the feed of the columns that are missing; do not train on such rows"
    if verdict.alarms and retrain and set(verdict.alarms) & set(retrain.on):
        partial = "performance" in verdict.alarms and _is_partial(verdict.performance, verdict.rules)
        first = "see which outcomes are missing; then " if partial else ""
        return f"{first}run `gitmlops retrain {model.name}`, and review the branch that it writes"
    if verdict.alarms == (fairness.UNFAIR,):
        return "have whoever answers for the policy look at the groups; then roll back, or retrain"
    if verdict.alarms == (AGED,):
        return "retrain it, or say in `staleness: max_age` why an older one will do"
    if set(verdict.alarms) in ({STALE}, {AGED, STALE}):
        return "mend what is too old; until then nobody knows how good it is"
    if verdict.alarms:
        return "look at the columns at the top of the table, then retrain or roll back"
    if verdict.state is State.FIRST:
        return "look again when the next window is complete: a second one in a row is an alarm"
    if verdict.state is State.INSUFFICIENT:
        return "wait for more predictions, or choose longer windows"
    return ""


def _is_partial(judged: Judged | None, rules: AlarmRules) -> bool:
    return judged is not None and judged.unit.coverage < rules.coverage


def _newest(model: Model, observation: Observation) -> Iterator[tuple[str, Cell]]:
    """Until when the log goes on, whatever its windows say."""
    if not observation.newest:
        return
    yield "newest prediction", f"{moment(observation.newest):%Y-%m-%d %H:%M} UTC"
    if model.monitoring and model.monitoring.labels:
        known = observation.newest_outcome
        yield "newest outcome", f"of a prediction of {moment(known):%Y-%m-%d %H:%M} UTC" if known else "none"


def _facts(observation: Observation, verdict: Verdict) -> Iterator[tuple[str, Cell]]:
    baseline = observation.baselines.get(verdict.version)
    if baseline is None:
        return
    yield "trained until", baseline.trained_until
    if verdict.inputs:
        yield "thresholds of columns", _thresholds(verdict.inputs, verdict.rules)
    watched = verdict.rules.watched(baseline.kind)
    for metric in (one for one in baseline.metrics if one.name in watched):
        yield f"reference {metric.name}", _reference_words(metric)
    if observation.later:
        yield "predictions after the last complete window", observation.later
    if observation.of_other_models:
        yield "rows of other models", observation.of_other_models


def _thresholds(judged: Judged, rules: AlarmRules) -> str:
    periods = [limits.periods for limits in judged.limits.values() if limits.periods]
    if not periods:
        few = f"fewer than {rules.least_periods} reference periods are comparable with this window"
        return f"uncalibrated: {few}, so that {rules.threshold:g} counts"
    rest = len(judged.limits) - len(periods)
    return f"from {max(periods)} reference periods" + (f"; {rest} columns are uncalibrated" if rest else "")


def _reference_words(metric: ReferenceMetric) -> str:
    weeks = report_findings.weeks(metric)
    of = f" of {metric.entities:,} entities" if metric.entities else ""
    value = words.number(metric.name, metric.value)
    return f"{value} on {metric.n:,} evaluation rows{of}" + (f"; its weeks: {weeks}" if weeks else "")
