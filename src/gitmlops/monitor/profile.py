"""The profile of a version's reference data: what monitoring compares with, without the data."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.records.baseline import (
    Baseline,
    CalibrationBin,
    CategoricalColumn,
    Column,
    NumericColumn,
    ReferenceMetric,
)
from gitmlops.specs.policy import Metric
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array, Unmeasurable, measure
from gitmlops.statistics.intervals import interval

METRICS: tuple[Metric, ...] = ("roc_auc", "brier", "calibration_gap")
"""What is watched once outcomes are known: ranking, probabilities, and their mean against what happens."""
MAX_LEVELS = 50
MIN_LEVEL_ROWS = 20
"""Levels with fewer rows count as `other`: rare levels are noise, and may point at a person."""
MIN_PERIOD_ROWS = 500
_IMPORTANCE_BINS = 10
_CALIBRATION_BINS = 10


def profile(
    *,
    model: str,
    training: pandas.DataFrame,
    features: Sequence[str],
    evaluation: pandas.DataFrame,
    slices: Sequence[str],
    time: str,
    labels: Array,
    scores: Array,
    threshold: float,
    trained_until: str,
    data_sha256: str,
    model_sha256: str,
) -> Baseline:
    """The baseline of a model: features as in training, scores, metrics and slices as in evaluation.

    training: rows with the feature columns; evaluation: rows with the feature, slice and time columns, in the order
    of labels (0 or 1) and scores (in [0, 1]).
    """
    importance = {name: _importance(evaluation[name], scores) for name in features if name in evaluation}
    weeks = _weeks(evaluation[time])
    measured = [_metric(metric, labels, scores, weeks, threshold) for metric in METRICS]
    return Baseline(
        model=model,
        data_sha256=data_sha256,
        model_sha256=model_sha256,
        trained_until=trained_until,
        rows=len(training),
        columns=tuple(_column(name, training[name], importance.get(name)) for name in features),
        score=_numeric("score", scores, None),
        metrics=tuple(metric for metric in measured if metric is not None),
        calibration=_calibration(labels, scores),
        slices=tuple(_categorical(name, evaluation[name], _importance(evaluation[name], scores)) for name in slices),
        period="week",
    )


def _column(name: str, values: pandas.Series, importance: float | None) -> Column:
    if pandas.api.types.is_numeric_dtype(values):
        return _numeric(name, _floats(values), importance)
    return _categorical(name, values, importance)


def _numeric(name: str, values: Array, importance: float | None) -> NumericColumn:
    finite = values[numpy.isfinite(values)]
    edges = histogram.edges(values)
    return NumericColumn(
        name=name,
        rows=len(values),
        missing=int(numpy.isnan(values).sum()),
        minimum=float(finite.min()) if len(finite) else None,
        maximum=float(finite.max()) if len(finite) else None,
        mean=float(finite.mean()) if len(finite) else None,
        sd=float(finite.std()) if len(finite) else None,
        edges=tuple(edges.tolist()),
        counts=tuple(histogram.count(values, edges).tolist()),
        importance=importance,
    )


def _categorical(name: str, values: pandas.Series, importance: float | None) -> CategoricalColumn:
    counts = values.dropna().astype(str).value_counts()
    ranked = sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))
    kept = [(str(level), int(rows)) for level, rows in ranked[:MAX_LEVELS] if rows >= MIN_LEVEL_ROWS]
    return CategoricalColumn(
        name=name,
        rows=len(values),
        missing=int(values.isna().sum()),
        levels=tuple(level for level, _ in kept),
        counts=tuple(rows for _, rows in kept),
        other=int(counts.sum()) - sum(rows for _, rows in kept),
        importance=importance,
    )


def _importance(values: pandas.Series, scores: Array) -> float:
    """Share of the variance of the scores that the column alone explains, in tenths of its rows or by its levels."""
    if not pandas.api.types.is_numeric_dtype(values):
        return histogram.variance_explained(pandas.factorize(values)[0].astype(numpy.int64), scores)
    numbers = _floats(values)
    present = numbers[~numpy.isnan(numbers)]
    if not len(present):
        return 0.0
    tenths = numpy.unique(numpy.quantile(present, numpy.linspace(0, 1, _IMPORTANCE_BINS + 1), method="inverted_cdf"))
    groups = numpy.where(numpy.isnan(numbers), -1, histogram.place(numbers, tenths))
    return histogram.variance_explained(groups, scores)


def _metric(
    metric: Metric, labels: Array, scores: Array, weeks: Mapping[str, NDArray[numpy.bool_]], threshold: float
) -> ReferenceMetric | None:
    """None where the evaluation rows give no number, such as an AUC of one class."""
    try:
        return ReferenceMetric(
            name=metric,
            value=measure(metric, labels, scores, threshold=threshold),
            standard_error=interval(metric, labels, scores, threshold=threshold).standard_error,
            n=len(labels),
            periods=tuple(
                (week, measure(metric, labels[rows], scores[rows], threshold=threshold), int(rows.sum()))
                for week, rows in weeks.items()
                if rows.sum() >= MIN_PERIOD_ROWS and len(numpy.unique(labels[rows])) == 2
            ),
        )
    except Unmeasurable:
        return None


def _weeks(times: pandas.Series) -> Mapping[str, NDArray[numpy.bool_]]:
    """Monday of each week (UTC) -> which rows lie in it."""
    days = pandas.to_datetime(times, utc=True).dt.tz_localize(None).dt.normalize()
    mondays = (days - pandas.to_timedelta(days.dt.weekday, unit="D")).dt.strftime("%Y-%m-%d").to_numpy()
    return {str(week): cast("NDArray[numpy.bool_]", mondays == week) for week in sorted(set(mondays))}


def _calibration(labels: Array, scores: Array) -> tuple[CalibrationBin, ...]:
    """Tenths of the rows by score; the first bin begins at 0 and holds it."""
    uppers = numpy.unique(numpy.quantile(scores, numpy.linspace(0, 1, _CALIBRATION_BINS + 1)[1:]))
    bins = histogram.place(scores, uppers[:-1])
    return tuple(
        CalibrationBin(
            lower=float(uppers[index - 1]) if index else 0.0,
            upper=float(uppers[index]),
            n=int((bins == index).sum()),
            mean_score=float(scores[bins == index].mean()),
            positive_share=float(labels[bins == index].mean()),
        )
        for index in range(len(uppers))
        if (bins == index).any()
    )


def _floats(values: pandas.Series) -> Array:
    return values.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
