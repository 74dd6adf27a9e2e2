"""A verdict as a report: what is wrong, since when, and what to look at first."""

from collections.abc import Iterator, Sequence

from gitmlops.monitor.alarm import RULES, Judged, State, Verdict
from gitmlops.monitor.drift import Effect
from gitmlops.monitor.observation import Observation
from gitmlops.monitor.performance import Realised
from gitmlops.monitor.windows import Window
from gitmlops.records.baseline import ReferenceMetric
from gitmlops.report import Cell, Chart, Finding, Report, Series, Severity, Table
from gitmlops.specs.model import Model

TOP_COLUMNS = 5
_TITLES = {"roc_auc": "AUC", "brier": "Brier score", "calibration_gap": "Calibration gap"}
_STATES = {
    State.OK: "ok",
    State.WARNING: "a little",
    State.FIRST: "moved, first window",
    State.ALARM: "moved",
    State.INSUFFICIENT: "insufficient data",
}
_SEVERITIES = {State.ALARM: Severity.ERROR, State.FIRST: Severity.WARNING, State.OK: Severity.PASS}


def report(model: Model, observation: Observation, verdict: Verdict) -> Report:
    """The report on a model. It refuses when there is an alarm."""
    version = f" {verdict.version}" if verdict.version else ""
    return Report(
        title=f"Monitoring of {model.name}{version}",
        findings=(
            *_performance(observation, verdict),
            *_missing(verdict),
            *_inputs(verdict),
            *_log(observation, verdict),
        ),
        summary=(_reason(observation, verdict),),
        facts=tuple(_facts(observation, verdict)),
        tables=tuple(_tables(observation, verdict)),
        charts=tuple(_charts(observation, verdict)),
        next_action=_next_action(model, verdict),
        outcomes=("no alarm", "alarm"),
    )


def _reason(observation: Observation, verdict: Verdict) -> str:
    if not verdict.judged:
        return "No window is complete yet."
    if verdict.state is State.INSUFFICIENT:
        return f"No window of {verdict.version} has {RULES.minimum_rows:,} predictions."
    known = (
        "No outcome is known that is mature" if verdict.performance is None else _performance_words(verdict.performance)
    )
    moved = verdict.inputs.beyond("distribution") if verdict.inputs else ()
    columns = f"{len(moved)} columns moved" if len(moved) != 1 else f"{moved[0][0].column} moved"
    inputs = f"; in {verdict.inputs.unit.window.label} {columns} beyond the threshold" if verdict.inputs else ""
    return f"{known}{inputs}."


def _performance_words(judged: Judged) -> str:
    worse = [metric.metric for metric, state in judged.metrics if state in (State.FIRST, State.ALARM)]
    words = f"worse than its reference in {', '.join(worse)}" if worse else "no worse than its reference"
    return f"In {judged.unit.window.label} {judged.unit.version} was {words}"


def _next_action(model: Model, verdict: Verdict) -> str:
    retrain = model.monitoring.retrain if model.monitoring else None
    if "missing" in verdict.alarms:
        return "mend the feed of the columns that are missing; do not train on such rows"
    if verdict.alarms and retrain and set(verdict.alarms) & set(retrain.on):
        return f"run `gitmlops retrain {model.name}`, and review the branch that it writes"
    if verdict.alarms:
        return "look at the columns at the top of the table, then retrain or roll back"
    if verdict.state is State.FIRST:
        return "look again when the next window is complete: a second one in a row is an alarm"
    if verdict.state is State.INSUFFICIENT:
        return "wait for more predictions, or choose longer windows"
    return ""


def _performance(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    if verdict.performance is None:
        why = "no outcomes are configured or none is mature" if verdict.judged else "no window is complete yet"
        yield Finding("performance", Severity.NOTE, f"not known: {why}")
        return
    references = {metric.name: metric for metric in observation.baselines[verdict.version].metrics}
    for metric, state in verdict.performance.metrics:
        words = _metric_words(metric, state, verdict.performance)
        details = (("weeks of the reference", weeks),) if (weeks := _weeks(references[metric.metric])) else ()
        yield Finding("performance", _SEVERITIES[state], words, details=details)


def _metric_words(metric: Realised, state: State, judged: Judged) -> str:
    margin, unit = RULES.margins[metric.metric], judged.unit
    subject = f"{metric.metric} of {unit.version} is {metric.value:.4f} in {unit.window.label}"
    change = f"{subject}, reference {metric.reference:.4f}"
    if state is State.OK:
        return f"{change}: within {margin}, or within what chance does"
    twice = metric.loss >= RULES.at_once * margin
    again = "by more than twice the margin" if twice else "for the second window in a row"
    sure = f"at least {metric.bound:.4f} with {RULES.confidence:.0%} confidence; margin {margin}"
    return f"{change}: {metric.loss:.4f} worse ({sure}), {'for the first window' if state is State.FIRST else again}"


def _missing(verdict: Verdict) -> Iterator[Finding]:
    for effect, state in verdict.inputs.beyond("missing") if verdict.inputs else ():
        words = f"{effect.column}: {effect.direction} in {verdict.inputs.unit.window.label}" if verdict.inputs else ""
        yield Finding("missing", _SEVERITIES[state], words, mend="mend what delivers it")


def _inputs(verdict: Verdict) -> Iterator[Finding]:
    if verdict.inputs is None:
        return
    moved = verdict.inputs.beyond("distribution")
    details = tuple((effect.column, f"{effect.size:.2f}, {effect.direction}") for effect, _ in moved[:TOP_COLUMNS])
    if not moved:
        yield Finding("inputs", Severity.PASS, f"no column moved beyond {RULES.threshold}")
    elif verdict.performance is None:
        severity = Severity.ERROR if "drift" in verdict.alarms else Severity.WARNING
        message = f"{len(moved)} columns moved, and no outcome says whether that is harmless"
        yield Finding("inputs", severity, message, mend="bring the outcomes, or look at them by hand", details=details)
    elif verdict.performance.performance is State.OK:
        message = f"{len(moved)} columns moved, performance did not fall: a season?"
        yield Finding("inputs", Severity.WARNING, message, details=details)
    else:
        message = f"{len(moved)} columns moved while performance fell: look at the important ones first"
        yield Finding("inputs", Severity.WARNING, message, details=details)


def _log(observation: Observation, verdict: Verdict) -> Iterator[Finding]:
    """What was wrong with the log and the outcomes themselves."""
    if names := ", ".join(observation.unregistered):
        rows = sum(observation.unregistered.values())
        message = f"{rows:,} predictions name a version that is not registered ({names}); left out"
        yield Finding("log", Severity.WARNING, message, mend="register what serves, or mend what the log says")
    if observation.duplicates:
        message = f"{observation.duplicates:,} predictions have an id that was there before; the first one counts"
        yield Finding("log", Severity.WARNING, message, mend="log each prediction once")
    if observation.incomplete:
        message = f"{observation.incomplete:,} rows have no id, time or version, or no score in 0..1; left out"
        yield Finding("log", Severity.WARNING, message, mend="mend what writes the log")
    if absent := sorted(set(_expected(observation, verdict)) - set(_logged(verdict))):
        message = f"the log has no column {', '.join(absent)}: whether it moved is not known"
        yield Finding("log", Severity.WARNING, message, mend="log what the model saw")
    decided = verdict.performance
    if decided and len(decided.unit.labels) < RULES.coverage * decided.unit.rows:
        share = len(decided.unit.labels) / decided.unit.rows
        message = f"{share:.0%} of the outcomes of {decided.unit.window.label} are known: a selection?"
        yield Finding("outcomes", Severity.WARNING, message, mend="see which ones are missing")


def _expected(observation: Observation, verdict: Verdict) -> Iterator[str]:
    baseline = observation.baselines.get(verdict.version)
    return (column.name for column in baseline.columns) if baseline else iter(())


def _logged(verdict: Verdict) -> Iterator[str]:
    for judged in verdict.judged[-1:]:
        yield from (effect.column for effect, _ in judged.columns)


def _facts(observation: Observation, verdict: Verdict) -> Iterator[tuple[str, Cell]]:
    baseline = observation.baselines.get(verdict.version)
    if baseline is None:
        return
    yield "trained until", baseline.trained_until
    for metric in baseline.metrics:
        yield f"reference {metric.name}", _reference_words(metric)
    if observation.later:
        yield "predictions after the last complete window", observation.later
    if observation.of_other_models:
        yield "rows of other models", observation.of_other_models


def _reference_words(metric: ReferenceMetric) -> str:
    weeks = _weeks(metric)
    return f"{metric.value:.4f} on {metric.n:,} evaluation rows" + (f"; its weeks: {weeks}" if weeks else "")


def _weeks(metric: ReferenceMetric) -> str:
    """How far the metric went in single weeks of the reference; empty if no week had enough rows."""
    values = [value for _, value, _ in metric.periods]
    return f"{min(values):.4f} to {max(values):.4f}" if values else ""


def _tables(observation: Observation, verdict: Verdict) -> Iterator[Table]:
    yield _windows(observation, verdict)
    if verdict.inputs:
        yield _columns(verdict.inputs)


def _windows(observation: Observation, verdict: Verdict) -> Table:
    columns = (
        "window",
        "version",
        "rows",
        "outcomes",
        "AUC",
        "Brier",
        "mean score",
        "positive share",
        "performance",
        "inputs",
    )
    served = {judged.unit.window for judged in verdict.judged}
    rows = [(judged.unit.window.start, _window_row(judged)) for judged in verdict.judged]
    rows += [(window.start, _empty_row(window)) for window in observation.windows if window not in served]
    return Table("Windows", columns, tuple(row for _, row in sorted(rows, key=lambda item: item[0])))


def _empty_row(window: Window) -> tuple[Cell, ...]:
    return (window.label, "", 0, 0, None, None, None, None, "no predictions", "")


def _window_row(judged: Judged) -> tuple[Cell, ...]:
    unit, values = judged.unit, {metric.metric: metric.value for metric, _ in judged.metrics}
    moved = len(judged.beyond("distribution")) + len(judged.beyond("missing"))
    inputs = f"{moved} moved" if judged.enough_rows else State.INSUFFICIENT.value
    return (
        unit.window.label,
        unit.version,
        unit.rows,
        len(unit.labels),
        _rounded(values.get("roc_auc")),
        _rounded(values.get("brier")),
        _rounded(unit.mean_score),
        _rounded(float(unit.labels.mean())) if len(unit.labels) else None,
        judged.performance.value,
        inputs,
    )


def _columns(judged: Judged) -> Table:
    ranked = sorted(judged.columns, key=lambda item: (-item[0].rank, item[0].column, item[0].kind))
    shown = [item for item in ranked if item[0].kind == "distribution" or item[1] is not State.OK]
    columns = ("column", "change", "importance", "effect", "threshold", "from → to", "n", "p", "PSI", "state")
    return Table(
        f"Columns in {judged.unit.window.label}, by effect x importance",
        columns,
        tuple(_column_row(effect, state) for effect, state in shown),
    )


def _column_row(effect: Effect, state: State) -> tuple[Cell, ...]:
    importance = None if effect.importance is None else round(effect.importance, 3)
    p = "< 1e-12" if effect.p < 1e-12 else f"{effect.p:.2g}"
    psi = round(effect.psi, 3) if effect.kind == "distribution" else None
    size = round(effect.size, 3)
    return (
        effect.column,
        effect.kind,
        importance,
        size,
        RULES.threshold,
        effect.direction,
        effect.n,
        p,
        psi,
        _STATES[state],
    )


def _charts(observation: Observation, verdict: Verdict) -> Iterator[Chart]:
    baseline = observation.baselines.get(verdict.version)
    if baseline is None:
        return
    labels = _labels(verdict.judged)
    for metric in baseline.metrics:
        values = tuple(_value(judged, metric.name) for judged in verdict.judged)
        title = f"{_TITLES[metric.name]} by window, after its reference"
        yield Chart(
            title, ("reference", *labels), (Series(metric.name, (_rounded(metric.value), *values)),), _limit(metric)
        )
    yield Chart("Predicted and observed share by window", labels, _shares(verdict.judged))
    if verdict.inputs:
        yield Chart("Drift of the columns that matter most", labels, _drifts(verdict), RULES.threshold)


def _labels(judged: Sequence[Judged]) -> tuple[str, ...]:
    windows = [item.unit.window.label for item in judged]
    return tuple(
        window if windows.count(window) == 1 else f"{window} {item.unit.version}"
        for window, item in zip(windows, judged, strict=True)
    )


def _value(judged: Judged, metric: str) -> float | None:
    return next((_rounded(found.value) for found, _ in judged.metrics if found.metric == metric), None)


def _limit(metric: ReferenceMetric) -> float:
    margin = RULES.margins[metric.name]
    return round(metric.value - margin if metric.name == "roc_auc" else metric.value + margin, 4)


def _shares(judged: Sequence[Judged]) -> tuple[Series, ...]:
    observed = (float(item.unit.labels.mean()) if len(item.unit.labels) else None for item in judged)
    return (
        Series("mean score", tuple(_rounded(item.unit.mean_score) for item in judged)),
        Series("positive share", tuple(_rounded(value) for value in observed)),
    )


def _drifts(verdict: Verdict) -> tuple[Series, ...]:
    effects = [effect for effect, _ in verdict.inputs.columns] if verdict.inputs else []
    ranked = sorted((e for e in effects if e.kind == "distribution"), key=lambda effect: (-effect.rank, effect.column))
    return tuple(
        Series(top.column, tuple(_size(judged, top.column) for judged in verdict.judged))
        for top in ranked[:TOP_COLUMNS]
    )


def _size(judged: Judged, column: str) -> float | None:
    sizes = (e.size for e, state in judged.columns
             if e.column == column and e.kind == "distribution" and state is not State.INSUFFICIENT)  # fmt: skip
    return _rounded(next(sizes, None))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
