"""Labels and scores -> every metric with its interval, for all rows and for each slice."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.adapters.scoring.predicted import Scores
from gitmlops.components.columns import require_columns, require_unique
from gitmlops.errors import InputError
from gitmlops.gate.checks.measuring import limits
from gitmlops.gate.checks.tasks import measured_on
from gitmlops.gate.checks.values import value
from gitmlops.gate.evidence.labels import WrongLabels, in_numbers
from gitmlops.gate.evidence.samples import Sample, samples_of
from gitmlops.records.card import CardMetric
from gitmlops.specs.model import Model, TaskKind
from gitmlops.statistics.classification import HIGHER_IS_BETTER, Array, Unmeasurable, measure
from gitmlops.statistics.intervals import interval

_ERRORS = ("mae", "rmse", "median_absolute_error", "absolute_bias", "r2")
_METRICS: Mapping[TaskKind, tuple[str, ...]] = {
    "multiclass": ("accuracy", "balanced_accuracy", "macro_f1", "macro_roc_auc", "brier", "log_loss"),
    "regression": _ERRORS,
    "forecast": (*_ERRORS, "wape"),
    "ranking": ("ndcg", "reciprocal_rank", "mean_average_precision"),
}
FEWEST_ROWS = 20
"""Of smaller groups nothing is told: metrics and cards are kept in git, and who is in a small group is known."""
_CONFIDENCE = 0.95
_NO_VALUE = "\0"


def columns_of_task(model: Model) -> tuple[str, ...]:
    """The columns of the evaluation rows that metrics need: id, slices, and what says which rows belong together."""
    together = (model.task.query, model.entity) if model.task.kind != "binary" else ()
    return tuple(dict.fromkeys(filter(None, (model.evaluation.id, *model.evaluation.slices, *together))))


def labels_of(rows: pandas.DataFrame, labels: pandas.DataFrame, model: Model, *, path: Path) -> Array:
    """The label of each row as a number, in the order of the rows: 0 or 1, a number, or the place of a class.

    path: where the labels come from. Raises InputError unless there is exactly one label of the task for each row.
    """
    identifier, label = model.evaluation.id, model.task.label
    require_columns(labels, (identifier, label), path)
    require_unique(labels[identifier], path)
    by_id = labels.set_index(identifier)[label]
    if missing := int((~rows[identifier].isin(by_id[by_id.notna()].index)).sum()):
        raise InputError(f"{missing} rows have no label", where=str(path), mend="give a label for every row's id")
    if len(labels) != len(rows):
        raise InputError(f"{len(labels) - len(rows)} labels have no row", where=str(path), mend="take them out")
    try:
        return in_numbers(by_id.reindex(rows[identifier]), model.task)
    except WrongLabels as wrong:
        raise InputError(f"{label}: {wrong.what}", where=str(path), mend=wrong.mend) from wrong


def measure_all(rows: pandas.DataFrame, labels: Array, scores: Scores, model: Model) -> tuple[CardMetric, ...]:
    """Every metric on all rows, then by slice, values sorted. Where there is no number, there is no entry, nor of a
    slice's value that fewer than FEWEST_ROWS rows have.

    Of two classes rows count as independent; of other tasks as the gate takes them: rows of one entity, or of one time
    of a forecast, belong together, and rows of a ranking are its queries.
    """
    if model.task.kind == "binary":
        return tuple(_of_two_classes(rows, labels, scores, model))
    return tuple(_of_kind(_sample(rows, labels, scores, model), model))


def _of_two_classes(rows: pandas.DataFrame, labels: Array, scores: Array, model: Model) -> Iterator[CardMetric]:
    yield from _measure("", labels, scores, model.task.threshold)
    for column in model.evaluation.slices:
        groups = rows[column].astype(str).to_numpy()
        for name in sorted(set(groups[rows[column].notna().to_numpy()])):
            chosen: NDArray[numpy.bool_] = groups == name
            if chosen.sum() < FEWEST_ROWS:
                continue
            yield from _measure(f"{column}={name}", labels[chosen], scores[chosen], model.task.threshold)


def _measure(slice_: str, labels: Array, scores: Array, threshold: float) -> Iterator[CardMetric]:
    for name in HIGHER_IS_BETTER:
        try:
            found = measure(name, labels, scores, threshold=threshold)
            between = interval(name, labels, scores, threshold=threshold)
        except Unmeasurable:
            continue
        yield CardMetric(name, found, between.lower, between.upper, len(labels), slice_)


def _sample(rows: pandas.DataFrame, labels: Array, scores: Scores, model: Model) -> Sample:
    together = {name for name in (model.task.query, model.entity) if name}
    return Sample(
        labels,
        scores,
        {column: _names(rows[column]) for column in model.evaluation.slices},
        (),
        "",
        {name: pandas.factorize(rows[name])[0].astype(numpy.int64) for name in sorted(together)},
        model.task,
    )


def _names(values: "pandas.Series[Any]") -> NDArray[numpy.object_]:
    return values.astype(str).where(values.notna(), _NO_VALUE).to_numpy(dtype=object)


def _of_kind(sample: Sample, model: Model) -> Iterator[CardMetric]:
    """Of groups that queries mix there is no entry."""
    measured = {}
    for name in _METRICS[model.task.kind]:
        try:
            measured[name] = measured_on(name, sample)
        except Unmeasurable:
            continue
    yield from _entries("", measured, model)
    for column in model.evaluation.slices:
        parts = {name: _groups(one, column) for name, one in measured.items()}
        for label in sorted({label for groups in parts.values() for label in groups}):
            chosen = {name: groups[label] for name, groups in parts.items() if label in groups}
            yield from _entries(label, chosen, model)


def _groups(sample: Sample, column: str) -> Mapping[str, Sample]:
    """The rows of each value of a column, by `column=value`; rows without a value are in none."""
    if column not in sample.groups:
        return {}
    named = samples_of(sample.by_column(column), sample)
    left_out = f"{column}={_NO_VALUE}"
    return {label: part for label, part in named if label != left_out and len(part.labels) >= FEWEST_ROWS}


def _entries(slice_: str, measured: Mapping[str, Sample], model: Model) -> Iterator[CardMetric]:
    for name, sample in measured.items():
        try:
            found = float(value(name, sample.labels, sample.scores, decision=model.task.threshold))
        except Unmeasurable:
            continue
        yield CardMetric(name, found, *_between(name, sample, model), len(sample.labels), slice_)


def _between(name: str, sample: Sample, model: Model) -> tuple[float | None, float | None]:
    """The limits of a metric; nothing where none was shown to hold."""
    unit = model.entity if model.entity in sample.entities else ""
    try:
        found = limits(name, sample, decision=model.task.threshold, unit=unit, confidence=_CONFIDENCE)
    except Unmeasurable:
        return None, None
    return found.lower, found.upper
