"""A verdict as charts: each metric, the shares of positives, and the drift that matters most, by window."""

from collections.abc import Iterator, Sequence

from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.observing.observation import Observation
from gitmlops.monitor.states import State
from gitmlops.records.baseline import ReferenceMetric
from gitmlops.report import Chart, Series
from gitmlops.specs.alarm import AlarmRules

_TOP_COLUMNS = 5
_TITLES = {"roc_auc": "AUC", "brier": "Brier score", "calibration_gap": "Calibration gap"}


def charts(observation: Observation, verdict: Verdict) -> Iterator[Chart]:
    """The charts of a version that has a baseline, one point a window."""
    baseline = observation.baselines.get(verdict.version)
    if baseline is None:
        return
    labels = _labels(verdict.judged)
    for metric in baseline.metrics:
        values = tuple(_value(judged, metric.name) for judged in verdict.judged)
        title = f"{_TITLES[metric.name]} by window, after its reference"
        yield Chart(
            title,
            ("reference", *labels),
            (Series(metric.name, (_rounded(metric.value), *values)),),
            _limit(metric, verdict.rules),
        )
    yield Chart("Predicted and observed share by window", labels, _shares(verdict.judged))
    if verdict.inputs:
        yield Chart("Drift of the columns that matter most", labels, _drifts(verdict), verdict.rules.threshold)


def _labels(judged: Sequence[Judged]) -> tuple[str, ...]:
    windows = [item.unit.window.label for item in judged]
    return tuple(
        window if windows.count(window) == 1 else f"{window} {item.unit.version}"
        for window, item in zip(windows, judged, strict=True)
    )


def _value(judged: Judged, metric: str) -> float | None:
    return next((_rounded(found.value) for found, _ in judged.metrics if found.metric == metric), None)


def _limit(metric: ReferenceMetric, rules: AlarmRules) -> float:
    margin = rules.margin(metric.name)
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
        for top in ranked[:_TOP_COLUMNS]
    )


def _size(judged: Judged, column: str) -> float | None:
    sizes = (e.size for e, state in judged.columns
             if e.column == column and e.kind == "distribution" and state is not State.INSUFFICIENT)  # fmt: skip
    return _rounded(next(sizes, None))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
