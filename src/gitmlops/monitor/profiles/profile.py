"""The profile of a version's reference data: what monitoring compares with, without the data."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

import numpy
import pandas
import pyarrow
from msgspec.structs import replace
from numpy.typing import NDArray

from gitmlops.monitor.profiles.columns import (
    MIN_LEVEL_ROWS,
    Summary,
    filled,
    levels_column,
    numbers_column,
    origin,
    personal_numbers_column,
)
from gitmlops.monitor.profiles.counting import add, bins_of, empty
from gitmlops.monitor.profiles.subsets import (
    Labels,
    Subsets,
    large,
    leave_one_out,
    leave_one_out_shifts,
    period_labels,
    text_labels,
)
from gitmlops.records.baseline import (
    Baseline,
    CalibrationBin,
    CategoricalColumn,
    Column,
    Dtype,
    NumericColumn,
    Period,
    ReferenceMetric,
    Subset,
)
from gitmlops.specs.policy import Metric
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array, Unmeasurable, measure
from gitmlops.statistics.intervals import interval

METRICS: tuple[Metric, ...] = ("roc_auc", "brier", "calibration_gap")
"""What is watched once outcomes are known: ranking, probabilities, and their mean against what happens."""
MIN_PERIOD_ROWS = 500
_IMPORTANCE_BINS = 10
_FEWEST_CALIBRATION_BINS, _MOST_CALIBRATION_BINS, _ROWS_OF_A_BIN = 10, 50, 500


def profile(
    *,
    model: str,
    training: pandas.DataFrame,
    features: Sequence[str],
    evaluation: pandas.DataFrame,
    slices: Sequence[str],
    time: str,
    labels: Array | None,
    scores: Array,
    threshold: float,
    trained_until: str,
    data_sha256: str,
    model_sha256: str,
    effect_period: Period = "week",
    personal: Collection[str] = (),
) -> Baseline:
    """The baseline of a model: features as in training, scores, metrics and slices as in evaluation.

    training: rows with the feature columns, and the time; evaluation: rows with the feature, slice and time columns,
    in the order of labels (0 or 1) and scores (in [0, 1]); effect_period: how long the windows will be, about;
    personal: features whose values are of people. Of other tasks than two classes labels are None: there is neither a
    metric nor a calibration, and scores are a number a row.
    """
    importance = {name: _importance(evaluation[name], scores) for name in features if name in evaluation}
    weeks = _weeks(evaluation[time])
    measured = [_metric(metric, labels, scores, weeks, threshold) for metric in METRICS] if labels is not None else []
    columns = tuple(_column(name, training[name], importance.get(name), personal) for name in features)
    score = _column("score", pandas.Series(scores), None, ())
    periods = large(_periods(columns, training, time, effect_period))
    scored = large(_periods((score,), evaluation.assign(score=scores), time, effect_period))
    return Baseline(
        model=model,
        data_sha256=data_sha256,
        model_sha256=model_sha256,
        trained_until=trained_until,
        rows=len(training),
        columns=tuple(_with_periods(column, periods) for column in columns),
        score=cast("NumericColumn", _with_periods(score, scored)),
        metrics=tuple(metric for metric in measured if metric is not None),
        calibration=_calibration(labels, scores) if labels is not None else (),
        slices=tuple(
            cast("CategoricalColumn", _levels(name, evaluation[name], _importance(evaluation[name], scores)))
            for name in slices
        ),
        period="week",
        periods=tuple(period.label for period in periods),
        effect_period=effect_period,
        score_periods=tuple(period.label for period in scored),
        subsets=large(_subsets((*columns, score), evaluation.assign(score=scores), slices)),
    )


def _column(name: str, values: pandas.Series, importance: float | None, personal: Collection[str]) -> Column:
    if not pandas.api.types.is_numeric_dtype(values):
        return _levels(name, values, importance)
    array = _arrow(values)
    known = array.drop_null().to_numpy(zero_copy_only=False)
    dtype: Dtype = "float64"
    if pandas.api.types.is_bool_dtype(values):
        known, dtype = known.astype(numpy.int64), "boolean"
    elif pandas.api.types.is_integer_dtype(values):
        known, dtype = known.astype(numpy.int64), "int64"
    choose = personal_numbers_column if name in personal else numbers_column
    column = choose(name, known, dtype)
    summary = Summary(origin(known))
    summary.add(known.astype(numpy.float64))
    return replace(_counted(column, array, summary), importance=importance, moments=None)


def _with_periods(column: Column, periods: Sequence[Subset]) -> Column:
    return replace(column, effects=leave_one_out(column, periods), shifts=leave_one_out_shifts(column, periods))


def _levels(name: str, values: pandas.Series, importance: float | None) -> Column:
    frequencies = values.dropna().astype(str).value_counts()
    named = {str(level): int(rows) for level, rows in frequencies.items()}
    column = levels_column(name, named, "string", fewest=MIN_LEVEL_ROWS)
    return replace(_counted(column, _arrow(values), None), importance=importance)


def _counted(column: Column, values: pyarrow.Array, summary: Summary | None) -> Column:
    bins = bins_of(column)
    tally = empty(bins)
    add(tally, values, bins)
    return filled(column, tally, summary)


def _arrow(values: pandas.Series) -> pyarrow.Array:
    """A column of a frame: numbers as they are, anything else as text."""
    if pandas.api.types.is_numeric_dtype(values):
        return pyarrow.array(values, from_pandas=True)
    return pyarrow.array(
        [None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
    )


def _periods(columns: Sequence[Column], rows: pandas.DataFrame, time: str, period: Period) -> tuple[Subset, ...]:
    """The training rows by the periods that they lie in."""
    if time not in rows:
        return ()
    times = pandas.to_datetime(rows[time], utc=True)
    microseconds = times.dt.tz_localize(None).astype("datetime64[us]").to_numpy().astype(numpy.int64)
    return _parts("", period_labels(microseconds, times.notna().to_numpy(), period), columns, rows)


def _subsets(columns: Sequence[Column], rows: pandas.DataFrame, slices: Sequence[str]) -> tuple[Subset, ...]:
    """The evaluation rows by the levels of each slice."""
    return tuple(
        subset
        for name in slices
        for subset in _parts(name, text_labels(_arrow(rows[name].astype("object"))), columns, rows)
    )


def _parts(of: str, labels: Labels, columns: Sequence[Column], rows: pandas.DataFrame) -> tuple[Subset, ...]:
    subsets = Subsets(of)
    codes = subsets.codes(labels)
    for column in columns:
        if column.name in rows:
            bins = bins_of(column)
            subsets.add(column, codes, add(empty(bins), _arrow(rows[column.name]), bins))
    return subsets.records()


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


def _floats(values: pandas.Series) -> Array:
    return values.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
