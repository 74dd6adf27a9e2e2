"""The profile of a version's reference data: what monitoring compares with, without the data."""

from collections.abc import Collection, Sequence
from typing import cast

import numpy
import pandas
from msgspec.structs import replace

from gitmlops.monitor.profiles.counting import add, bins_of, empty
from gitmlops.monitor.profiles.evaluated import Evaluated, evaluated
from gitmlops.monitor.profiles.frames import arrow, column_of, levels_of
from gitmlops.monitor.profiles.scores import in_one
from gitmlops.monitor.profiles.subsets import (
    Labels,
    Subsets,
    large,
    leave_one_out,
    leave_one_out_shifts,
    period_labels,
    text_labels,
)
from gitmlops.monitor.profiles.together import TOGETHER, fitted
from gitmlops.records.baseline import (
    Baseline,
    Column,
    NumericColumn,
    Period,
    Subset,
    Together,
)
from gitmlops.specs.model import Multivariate
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array
from gitmlops.statistics.resampling import Whole

_IMPORTANCE_BINS = 10


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
    predicted: tuple[str, ...] = ("score",),
    entities: Whole | None = None,
    multivariate: Multivariate | None = None,
) -> Baseline:
    """The baseline of a model: features as in training, scores, metrics and slices as in evaluation.

    training: rows with the feature columns, and the time; evaluation: rows with the feature, slice and time columns,
    in the order of labels and scores; effect_period: how long the windows will be, about; personal: features whose
    values are of people; predicted: the columns of predictions, which say what labels and scores are: 0 or 1 and
    probabilities, places of classes and probabilities of each, shape (rows, classes), or numbers; entities: which rows
    belong together. Labels are None where none is watched: there is neither a metric nor a calibration.
    Raises InputError for columns of `multivariate` that are none.
    """
    known = Evaluated()
    if labels is not None:
        known = evaluated(labels, scores, evaluation[time], predicted=predicted, threshold=threshold, entities=entities)
    scores = in_one(scores)
    importance = {name: _importance(evaluation[name], scores) for name in features if name in evaluation}
    columns = tuple(column_of(name, training[name], importance.get(name), personal) for name in features)
    score = column_of("score", pandas.Series(scores), None, ())
    training, together = _together(multivariate, columns, training, personal)
    beside = (together.distance,) if together else ()
    periods = large(_periods((*columns, *beside), training, time, effect_period))
    scored = large(_periods((score,), evaluation.assign(score=scores), time, effect_period))
    return Baseline(
        model=model,
        data_sha256=data_sha256,
        model_sha256=model_sha256,
        trained_until=trained_until,
        rows=len(training),
        columns=tuple(_with_periods(column, periods) for column in columns),
        score=cast("NumericColumn", _with_periods(score, scored)),
        slices=tuple(levels_of(name, evaluation[name], _importance(evaluation[name], scores)) for name in slices),
        period="week",
        periods=tuple(period.label for period in periods),
        effect_period=effect_period,
        score_periods=tuple(period.label for period in scored),
        subsets=large(_subsets((*columns, score), evaluation.assign(score=scores), slices)),
        predicted=predicted,
        metrics=known.metrics,
        calibration=known.calibration,
        class_calibration=known.class_calibration,
        target=known.target,
        decisions=known.decisions,
        together=replace(together, distance=_with_periods(together.distance, periods)) if together else None,
    )


def _together(
    asked: Multivariate | None, columns: Sequence[Column], training: pandas.DataFrame, personal: Collection[str]
) -> tuple[pandas.DataFrame, Together | None]:
    """What columns have in common, if it is asked for, and the rows with how far each is from it."""
    if asked is None:
        return training, None
    numeric = [column for column in columns if isinstance(column, NumericColumn)]
    bins = {column.name: bins_of(column) for column in numeric}
    places = {name: add(empty(one), arrow(training[name]), one) for name, one in bins.items()}
    plane = fitted(asked, columns, places)
    distances = pandas.Series(plane.distances([places[name] for name in plane.columns]), index=training.index)
    hidden = (TOGETHER,) if set(plane.columns) & set(personal) else ()
    column = cast("NumericColumn", column_of(TOGETHER, distances, None, hidden))
    directions = tuple(tuple(map(float, direction)) for direction in plane.directions)
    return training.assign(**{TOGETHER: distances}), Together(plane.columns, directions, column)


def _with_periods(column: Column, periods: Sequence[Subset]) -> Column:
    return replace(column, effects=leave_one_out(column, periods), shifts=leave_one_out_shifts(column, periods))


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
        for subset in _parts(name, text_labels(arrow(rows[name].astype("object"))), columns, rows)
    )


def _parts(of: str, labels: Labels, columns: Sequence[Column], rows: pandas.DataFrame) -> tuple[Subset, ...]:
    subsets = Subsets(of)
    codes = subsets.codes(labels)
    for column in columns:
        if column.name in rows:
            bins = bins_of(column)
            subsets.add(column, codes, add(empty(bins), arrow(rows[column.name]), bins))
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


def _floats(values: pandas.Series) -> Array:
    return values.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
