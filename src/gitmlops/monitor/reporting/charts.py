"""A verdict as charts: each metric, the shares of positives, and the drift that matters most, by window."""

from collections.abc import Iterator, Mapping, Sequence

from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.observing.observation import Observation
from gitmlops.monitor.reporting.words import LEVELS, TITLES, levels, rounded, value
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Kind, ReferenceMetric
from gitmlops.report import Chart, Series
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics.clustered import HIGHER_IS_BETTER

_TOP_COLUMNS = 5
_PREDICTED_AND_OBSERVED: Mapping[Kind, str] = {
    "binary": "Predicted and observed share by window",
    "multiclass": "Highest scores and share of right decisions by window",
    "regression": "Predictions and labels on average by window",
}


def charts(observation: Observation, verdict: Verdict) -> Iterator[Chart]:
    """The charts of a version that has a baseline, one point a window."""
    baseline = observation.baselines.get(verdict.version)
    if baseline is None:
        return
    labels = _labels(verdict.judged)
    watched = verdict.rules.watched(baseline.kind)
    for metric in (one for one in baseline.metrics if one.name in watched):
        values = tuple(value(judged, metric.name) for judged in verdict.judged)
        title = f"{TITLES[metric.name]} by window, after its reference"
        yield Chart(
            title,
            ("reference", *labels),
            (Series(metric.name, (rounded(metric.name, metric.value), *values)),),
            _limit(metric, verdict.rules),
        )
    yield Chart(_PREDICTED_AND_OBSERVED[baseline.kind], labels, _levels(baseline.kind, verdict.judged))
    if verdict.inputs:
        yield Chart("Drift of the columns that matter most", labels, _drifts(verdict), verdict.rules.threshold)


def _labels(judged: Sequence[Judged]) -> tuple[str, ...]:
    windows = [item.unit.window.label for item in judged]
    return tuple(
        window if windows.count(window) == 1 else f"{window} {item.unit.version}"
        for window, item in zip(windows, judged, strict=True)
    )


def _limit(metric: ReferenceMetric, rules: AlarmRules) -> float | None:
    margin = rules.margin(metric.name, metric.value)
    return rounded(metric.name, metric.value - margin if HIGHER_IS_BETTER[metric.name] else metric.value + margin)


def _levels(kind: Kind, judged: Sequence[Judged]) -> tuple[Series, ...]:
    said, happened = zip(*(levels(kind, item.unit) for item in judged), strict=True) if judged else ((), ())
    return Series(LEVELS[kind][0], tuple(said)), Series(LEVELS[kind][1], tuple(happened))


def _drifts(verdict: Verdict) -> tuple[Series, ...]:
    effects = [effect for effect, _ in verdict.inputs.columns] if verdict.inputs else []
    ranked = sorted((e for e in effects if e.kind == "distribution"), key=lambda effect: (-effect.rank, effect.column))
    return tuple(
        Series(top.column, tuple(_size(judged, top.column) for judged in verdict.judged))
        for top in ranked[:_TOP_COLUMNS]
    )


def _size(judged: Judged, column: str) -> float | None:
    sizes = (e.size for e, state in judged.columns
             if e.column == column and e.kind == "distribution" and state is not State.INSUFFICIENT)  # fmt: skip
    return _rounded(next(sizes, None))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
