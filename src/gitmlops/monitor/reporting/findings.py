"""What a verdict found: performance, missing values, inputs, and the faults of the log itself."""

from collections.abc import Iterator, Mapping, Sequence

from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.drift.anchor import since_anchor
from gitmlops.monitor.drift.measuring import Effect
from gitmlops.monitor.drift.slice_drift import within_slices
from gitmlops.monitor.drift.target import target_change
from gitmlops.monitor.observing.observation import Observation
from gitmlops.monitor.performance.estimated import blind
from gitmlops.monitor.performance.realised import Realised
from gitmlops.monitor.profiles import ranges
from gitmlops.monitor.profiles.tallies import log_columns
from gitmlops.monitor.reporting import words
from gitmlops.monitor.reporting.log_findings import old, schema, unread
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Kind, NumericColumn, ReferenceMetric
from gitmlops.report import Finding, Severity
from gitmlops.specs.alarm import AlarmRules

_DETAILS = 5
_SAYS: Mapping[Kind, str] = {
    "binary": "score in 0..1",
    "multiclass": "probabilities that sum to 1",
    "regression": "finite prediction",
}
_TARGET_MENDS: Mapping[Kind, str] = {
    "binary": "see whether the threshold of the decision still fits",
    "multiclass": "see whether the classes still mean what they did",
    "regression": "see whether what is predicted is still measured as it was",
}
_SEVERITIES = {
    State.ALARM: Severity.ERROR,
    State.FIRST: Severity.WARNING,
    State.OK: Severity.PASS,
    State.INSUFFICIENT: Severity.NOTE,
}


def findings(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """Every finding, the most important first."""
    yield from schema(verdict)
    yield from _performance(observation, verdict)
    yield from _without_reference(observation, verdict)
    yield from _estimated(observation, verdict)
    yield from _missing(verdict)
    yield from _inputs(verdict)
    yield from _within_slices(observation, verdict)
    yield from _range(observation, verdict)
    yield from _target(observation, verdict)
    yield from _since_anchor(observation, verdict)
    yield from _serving(verdict)
    yield from _outcomes(verdict)
    yield from _log(observation, verdict)


def _performance(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    if verdict.lapsed:
        unit = verdict.lapsed.unit
        message = f"{unit.version} was in alarm in {unit.window.label}; no later window has confirmed or refuted it"
        yield Finding("performance", Severity.WARNING, message, mend="bring the outcomes of the windows since")
    if verdict.performance is None:
        why = "too few outcomes that are mature" if verdict.own else "no window is complete yet"
        yield Finding("performance", Severity.NOTE, f"not known: {why}")
        return
    references = {metric.name: metric for metric in observation.baselines[verdict.version].metrics}
    for metric, state in verdict.performance.metrics:
        told = _metric_words(metric, state, verdict.performance, verdict.rules)
        details = (("weeks of the reference", range_),) if (range_ := weeks(references[metric.metric])) else ()
        yield Finding("performance", _SEVERITIES[state], told, details=details)


def _without_reference(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """What is to be judged and cannot be: an older baseline does not have it, or its evaluation rows gave no number."""
    baseline = observation.baselines.get(verdict.version)
    if baseline is None:
        return
    known = {metric.name for metric in baseline.metrics}
    if lacking := [name for name in verdict.rules.watched(baseline.kind) if name not in known]:
        message = f"the baseline of {verdict.version} has no {', '.join(lacking)}: it is not judged"
        yield Finding("performance", Severity.NOTE, message, mend="package the model again, or judge other `metrics:`")


def _metric_words(metric: Realised, state: State, judged: Judged, rules: AlarmRules) -> str:
    name, unit = metric.metric, judged.unit
    margin = words.margin(name, metric.reference, rules)
    subject = f"{name} of {unit.version} is {words.number(name, metric.value)} in {unit.window.label}"
    change = f"{subject}, reference {words.number(name, metric.reference)}"
    if state is State.OK:
        return f"{change}: within {margin}, or within what chance does"
    if state is State.INSUFFICIENT:
        of = f" of {metric.entities:,} entities" if metric.entities < metric.n else ""
        return f"{change}: {metric.n:,} outcomes{of} do not tell whether {margin} are lost"
    bound = words.number(name, metric.bound)
    sure = f"at least {bound} with {rules.confidence:.0%} confidence; margin {margin}"
    return f"{change}: {words.number(name, metric.loss)} worse ({sure}), {_again(metric, state, rules)}"


def _again(metric: Realised, state: State, rules: AlarmRules) -> str:
    if state is State.FIRST:
        return "for the first window"
    if metric.entities < rules.minimum_rows:
        return "surely, though there are few outcomes"
    return (
        f"by {rules.at_once:g} margins or more"
        if metric.loss >= rules.at_once * rules.margin(metric.metric, metric.reference)
        else "and not for the first time"
    )


def _estimated(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """What predictions alone say of performance, where nothing better is known."""
    if verdict.inputs is None or verdict.performance_speaks_for_inputs:
        return
    rests_on = blind(observation.baselines[verdict.version])
    for metric, state in verdict.inputs.estimated:
        name, unit = metric.metric, verdict.inputs.unit
        margin, value = words.margin(name, metric.reference, verdict.rules), words.number(name, metric.value)
        subject = f"{name} of {unit.version} is estimated at {value} in {unit.window.label}"
        change = f"{subject}, reference {words.number(name, metric.reference)}"
        sure = f"{words.number(name, metric.loss)} worse, margin {margin}" if state.breach else f"within {margin}"
        yield Finding("estimated", _SEVERITIES[state], f"{change}: {sure}; {rests_on}", mend="bring the outcomes")


def _missing(verdict: Verdict) -> Iterator[Finding]:
    for effect, state in verdict.inputs.beyond("missing") if verdict.inputs else ():
        if effect.column in verdict.broken.columns:
            continue
        told = f"{effect.column}: {effect.direction} in {verdict.inputs.unit.window.label}" if verdict.inputs else ""
        yield Finding("missing", _SEVERITIES[state], told, mend="mend what delivers it")


def _inputs(verdict: Verdict) -> Iterator[Finding]:
    if verdict.inputs is None:
        return
    moved = verdict.inputs.moved
    details = tuple((effect.column, f"{effect.size:.2f}, {effect.direction}") for effect, _ in moved[:_DETAILS])
    if not moved:
        yield Finding("inputs", Severity.PASS, "no column moved beyond its threshold")
    elif verdict.performance is None or not verdict.performance_speaks_for_inputs:
        severity = Severity.ERROR if "drift" in verdict.alarms else Severity.WARNING
        message = f"{_columns(moved)} moved, and no outcome says whether that is harmless"
        yield Finding("inputs", severity, message, mend="bring the outcomes, or look at them by hand", details=details)
    elif verdict.performance.performance is State.OK:
        message = f"{_columns(moved)} moved, performance did not fall: a season?"
        yield Finding("inputs", Severity.WARNING, message, details=details)
    else:
        message = f"{_columns(moved)} moved while performance fell: look at the important ones first"
        yield Finding("inputs", Severity.WARNING, message, details=details)


def _within_slices(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """What the whole hides: a level's rows have moved, those of all levels together have not."""
    if verdict.inputs is None:
        return
    baseline = observation.baselines[verdict.version]
    columns = (*baseline.columns, baseline.score)
    whole = {effect.column for effect, _ in verdict.inputs.moved}
    moved = [change for change in within_slices(columns, baseline.subsets, verdict.inputs.unit.slices, verdict.rules)
             if change.state is State.ALARM and change.effect.column not in whole]  # fmt: skip
    if moved:
        details = tuple((f"{one.effect.column}, {one.within}", f"{one.effect.size:.2f}, {one.effect.direction}")
                        for one in moved[:_DETAILS])  # fmt: skip
        message = f"{len(moved)} changes within slices in {verdict.inputs.unit.window.label}, which the whole hides"
        yield Finding("slices", Severity.WARNING, message, details=details)


def _range(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    columns = log_columns(observation.baselines[verdict.version]) if verdict.inputs else {}
    for name, tally in verdict.inputs.unit.columns.items() if verdict.inputs else ():
        column = columns.get(name)
        if isinstance(column, NumericColumn) and ranges.is_unusual(column, tally):
            mend = "" if ranges.sentinel(tally) is None else "have it logged as missing"
            yield Finding("range", Severity.WARNING, ranges.words(column, tally), mend=mend)


def _target(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """Whether what happens is no longer what it was among the evaluation rows."""
    if verdict.performance is None:
        return
    unit, baseline = verdict.performance.unit, observation.baselines[verdict.version]
    change = target_change(baseline, unit.labels, verdict.rules)
    if change and change.state is State.ALARM:
        message = f"{change.effect.direction} in {unit.window.label}"
        yield Finding("target", Severity.WARNING, message, mend=_TARGET_MENDS[baseline.kind])


def _since_anchor(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """What is near the version's own baseline and far from the first one."""
    anchor = observation.anchor
    if anchor is None or verdict.inputs is None or anchor.version == verdict.version:
        return
    latest, near = observation.baselines[verdict.version], {effect.column for effect, _ in verdict.inputs.moved}
    for change in since_anchor(anchor.baseline, latest, verdict.inputs.unit, verdict.rules):
        if change.effect.column not in near:
            moved = (
                f"{change.effect.size:.2f} from the baseline of {anchor.version}, the first: {change.effect.direction}"
            )
            message = f"slow drift: {change.effect.column} is {moved}"
            mend = "ask whether the model still does what it was made for"
            yield Finding("anchor", Severity.WARNING, message, mend=mend)


def _columns(moved: Sequence[tuple[Effect, State]]) -> str:
    return "1 column" if len(moved) == 1 else f"{len(moved)} columns"


def _serving(verdict: Verdict) -> Iterator[Finding]:
    if verdict.instead_of:
        message = f"{verdict.version} is what serves, though {verdict.instead_of} is in production"
        yield Finding("serving", Severity.WARNING, message, mend="let what serves load the version in production")


def _outcomes(verdict: Verdict) -> Iterator[Finding]:
    """Whether the outcomes of the last window that is due may be a selection."""
    due = [item.unit for item in verdict.own if item.unit.mature and len(item.unit.labels)]
    if due and due[-1].selected_by:
        message = (
            f"outcomes are of {due[-1].selected_by} alone, {due[-1].coverage:.0%} of {due[-1].window.label}: "
            "a loss among them counts, but that there is none says nothing of the others"
        )
        yield Finding("outcomes", Severity.NOTE, message)
    elif due and due[-1].coverage < verdict.rules.coverage:
        message = (
            f"{due[-1].coverage:.0%} of the outcomes of {due[-1].window.label} are known: a selection? "
            "A loss among them counts, but that there is none would say nothing of the others"
        )
        yield Finding("outcomes", Severity.WARNING, message, mend="see which ones are missing")


def _log(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """What was wrong with the log itself."""
    if verdict.own and observation.entity and verdict.own[-1].unit.entities is None:
        message = f"the log does not say which rows are of one {observation.entity}: each counts as evidence of its own"
        yield Finding("log", Severity.WARNING, message, mend=f"log key.{observation.entity}")
    if observation.future:
        message = f"{observation.future:,} predictions are of a time that has not come yet; they do not count"
        yield Finding("log", Severity.WARNING, message, mend="mend the clock, or the zone, of what writes the log")
    if names := ", ".join(observation.unregistered):
        rows = sum(observation.unregistered.values())
        message = f"{rows:,} predictions name a version that is not registered ({names}); left out"
        yield Finding("log", Severity.WARNING, message, mend="register what serves, or mend what the log says")
    if names := ", ".join(observation.of_other_tasks):
        rows = sum(observation.of_other_tasks.values())
        message = (
            f"{rows:,} predictions are of versions whose baseline has another task than the model ({names}); left out"
        )
        yield Finding("log", Severity.WARNING, message, mend="register a version that was packaged with today's task")
    yield from unread(observation)
    yield from old(observation)
    if observation.duplicates:
        message = f"{observation.duplicates:,} predictions have an id that was there before; the first one counts"
        yield Finding("log", Severity.WARNING, message, mend="log each prediction once")
    if observation.incomplete:
        says = _SAYS[next((baseline.kind for baseline in observation.baselines.values()), "binary")]
        message = f"{observation.incomplete:,} rows have no id, time or version, or no {says}; left out"
        yield Finding("log", Severity.WARNING, message, mend="mend what writes the log")
    absent = sorted(set(_expected(observation, verdict)) - set(_logged(verdict)))
    if verdict.own and absent:
        message = f"the log has no column {', '.join(absent)}: whether it moved is not known"
        yield Finding("log", Severity.WARNING, message, mend="log what the model saw")


def _expected(observation: Observation, verdict: Verdict) -> Iterator[str]:
    baseline = observation.baselines.get(verdict.version)
    return (column.name for column in baseline.columns) if baseline else iter(())


def _logged(verdict: Verdict) -> Iterator[str]:
    for judged in verdict.own[-1:]:
        yield from (effect.column for effect, _ in judged.columns)


def weeks(metric: ReferenceMetric) -> str:
    """How far the metric went in single weeks of the reference; empty if no week had enough rows."""
    values = [value for _, value, _ in metric.periods]
    ends = [words.number(metric.name, end) for end in (min(values), max(values))] if values else []
    return " to ".join(ends)
