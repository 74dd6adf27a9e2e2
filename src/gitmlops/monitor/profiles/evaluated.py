"""What the evaluation rows say of how good a model is: metrics with their errors, and what its predictions meant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.monitor.profiles.frames import column_of, levels_of
from gitmlops.monitor.profiles.scores import DECISION, decided
from gitmlops.records.baseline import (
    CalibrationBin,
    CategoricalColumn,
    ClassCalibration,
    Column,
    ReferenceMetric,
    kind_of,
)
from gitmlops.records.prediction_log import CLASS
from gitmlops.specs.alarm import WATCHED
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.clustered import estimate
from gitmlops.statistics.resampling import Whole

MIN_PERIOD_ROWS = 500
TARGET = "target"
_FEWEST_CALIBRATION_BINS, _MOST_CALIBRATION_BINS, _ROWS_OF_A_BIN = 10, 50, 500


@dataclass(frozen=True)
class Evaluated:
    """Parts of a baseline, of the names that they have there."""

    metrics: tuple[ReferenceMetric, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    class_calibration: tuple[ClassCalibration, ...] = ()
    target: Column | None = None
    decisions: CategoricalColumn | None = None


def evaluated(
    labels: Array,
    scores: Array,
    times: pandas.Series,
    *,
    predicted: tuple[str, ...],
    threshold: float,
    entities: Whole | None,
) -> Evaluated:
    """Of rows with labels, scores and times, as of `profile`: rows that the model did not learn from."""
    kind, weeks = kind_of(predicted), _weeks(times)
    metrics = tuple(_metrics(WATCHED[kind], labels, scores, weeks, threshold, entities))
    if kind == "binary":
        return Evaluated(metrics, _calibration(labels, scores))
    if kind == "regression":
        # Rounded edges, whoever the labels are of: they may be somebody's income.
        return Evaluated(metrics, target=column_of(TARGET, pandas.Series(labels), None, (TARGET,)))
    names = [column.removeprefix(CLASS) for column in predicted]
    classes = tuple(
        ClassCalibration(name, _calibration((labels == place).astype(numpy.float64), scores[:, place]))
        for place, name in enumerate(names)
    )
    happened = pandas.Series(numpy.array(names, dtype=object)[labels.astype(numpy.int64)])
    decisions = levels_of(DECISION, pandas.Series(decided(scores, predicted), dtype=object), 1.0)
    return Evaluated(metrics, class_calibration=classes, target=levels_of(TARGET, happened, None), decisions=decisions)


def _metrics(
    names: tuple[str, ...],
    labels: Array,
    scores: Array,
    weeks: Mapping[str, NDArray[numpy.bool_]],
    threshold: float,
    entities: Whole | None,
) -> Iterator[ReferenceMetric]:
    """Without those of which the evaluation rows give no number, such as an AUC of one class."""
    for name in names:
        try:
            found = estimate(name, labels, scores, threshold=threshold, clusters=entities)
        except Unmeasurable:
            continue
        yield ReferenceMetric(
            name=name,
            value=found.value,
            standard_error=found.standard_error,
            n=len(labels),
            periods=tuple(_periods(name, labels, scores, weeks, threshold)),
            entities=found.entities if entities is not None else 0,
            skewness=found.skewness,
        )


def _periods(
    name: str, labels: Array, scores: Array, weeks: Mapping[str, NDArray[numpy.bool_]], threshold: float
) -> Iterator[tuple[str, float, int]]:
    for week, rows in weeks.items():
        if rows.sum() < MIN_PERIOD_ROWS or len(numpy.unique(labels[rows])) < 2:
            continue
        try:
            yield week, estimate(name, labels[rows], scores[rows], threshold=threshold).value, int(rows.sum())
        except Unmeasurable:
            continue


def _weeks(times: pandas.Series) -> Mapping[str, NDArray[numpy.bool_]]:
    """Monday of each week (UTC) -> which rows lie in it."""
    days = pandas.to_datetime(times, utc=True).dt.tz_localize(None).dt.normalize()
    mondays = (days - pandas.to_timedelta(days.dt.weekday, unit="D")).dt.strftime("%Y-%m-%d").to_numpy()
    return {str(week): cast("NDArray[numpy.bool_]", mondays == week) for week in sorted(set(mondays))}


def _calibration(labels: Array, scores: Array) -> tuple[CalibrationBin, ...]:
    """10 to 50 equal parts of the rows by score, of about 500 rows; the first bin begins at 0 and holds it."""
    parts = min(max(len(scores) // _ROWS_OF_A_BIN, _FEWEST_CALIBRATION_BINS), _MOST_CALIBRATION_BINS)
    uppers = numpy.unique(numpy.quantile(scores, numpy.linspace(0, 1, parts + 1)[1:]))
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
