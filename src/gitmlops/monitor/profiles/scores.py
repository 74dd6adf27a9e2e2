"""What a model predicted, as a prediction log has it: a probability, one for each class, or a number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.adapters.data.row_files import Part
from gitmlops.monitor.profiles.faults import ABSENT, numbers_of
from gitmlops.monitor.profiles.values import floats
from gitmlops.records.baseline import kind_of
from gitmlops.records.prediction_log import CLASS, NAMING_COLUMNS
from gitmlops.statistics.classification import Array

DECISION = "decided class"
_ROUNDING = 0.01 + 1e-6
"""How far the probabilities of a row may sum from 1: what serves may write two digits, in floats of 32 bits."""


def contract(predicted: Sequence[str]) -> str:
    """What a prediction log must have for a task whose predictions are in these columns."""
    return f"a prediction log has the columns {', '.join((*NAMING_COLUMNS, *predicted))}"


@dataclass(frozen=True)
class Scores:
    """What was predicted: shape (rows,), of several classes (rows, classes); NaN in rows that have no such prediction.

    strange: column, type there and rows, of predictions that are no numbers or whose column is gone.
    """

    values: Array
    strange: tuple[tuple[str, str, NDArray[numpy.bool_]], ...] = ()


def scores_of(part: Part, predicted: Sequence[str]) -> Scores:
    """The predictions of a part of the log.

    predicted: the columns, as of a baseline. A probability is in 0..1, those of a row are divided by their sum, which
    is within 0.01 of 1; a number is finite.
    """
    columns, strange = [], []
    for name in predicted:
        if name not in part.table.column_names:
            columns.append(numpy.full(part.rows, numpy.nan))
            strange.append((name, ABSENT, numpy.ones(part.rows, dtype=bool)))
            continue
        found = numbers_of(part, name)
        columns.append(floats(found.fitting))
        strange += [(name, kind, rows) for kind, rows in found.strange.items()]
    return Scores(_of_task(numpy.column_stack(columns), predicted), tuple(strange))


def _of_task(found: Array, predicted: Sequence[str]) -> Array:
    kind = kind_of(predicted)
    if kind == "regression":
        return numpy.where(numpy.isfinite(found[:, 0]), found[:, 0], numpy.nan)
    outside = ~((found >= 0) & (found <= 1)).all(axis=1)
    if kind == "binary":
        return numpy.where(outside, numpy.nan, found[:, 0])
    total = found.sum(axis=1)
    wrong = outside | ~(numpy.abs(total - 1) <= _ROUNDING)
    probabilities: Array = found / numpy.where(wrong, numpy.nan, total)[:, None]
    return probabilities


def decided(scores: Array, predicted: Sequence[str]) -> list[str]:
    """The likeliest class of each row, by its name."""
    names = [column.removeprefix(CLASS) for column in predicted]
    return [names[place] for place in scores.argmax(axis=1).tolist()]


def in_one(scores: Array) -> Array:
    """A number a row, whose drift is watched: of several classes the highest probability. Shape (rows,)."""
    highest: Array = scores if scores.ndim == 1 else scores.max(axis=1)
    return highest
