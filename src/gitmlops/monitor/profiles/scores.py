"""What a model predicted, as a prediction log has it: a probability, one for each class, or a number."""

from collections.abc import Sequence
from pathlib import Path

import numpy
import pyarrow

from gitmlops.errors import InputError
from gitmlops.monitor.profiles.values import floats, numbers
from gitmlops.records.baseline import kind_of
from gitmlops.records.prediction_log import CLASS, NAMING_COLUMNS
from gitmlops.statistics.classification import Array

DECISION = "decided class"
_ROUNDING = 0.01 + 1e-6
"""How far the probabilities of a row may sum from 1: what serves may write two digits, in floats of 32 bits."""


def contract(predicted: Sequence[str]) -> str:
    """What a prediction log must have for a task whose predictions are in these columns."""
    return f"a prediction log has the columns {', '.join((*NAMING_COLUMNS, *predicted))}"


def scores_of(table: pyarrow.Table, predicted: Sequence[str], path: Path) -> Array:
    """Shape (rows,), of several classes (rows, classes); NaN in rows that have no such prediction.

    predicted: the columns, as of a baseline. A probability is in 0..1, those of a row are divided by their sum, which
    is within 0.01 of 1; a number is finite. Raises InputError if a column lacks or is no number.
    """
    if missing := [name for name in predicted if name not in table.column_names]:
        raise InputError(f"the prediction log lacks {', '.join(missing)}", where=str(path), mend=contract(predicted))
    found = numpy.column_stack([floats(numbers(table[name], name, path)) for name in predicted])
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
