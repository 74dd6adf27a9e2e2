"""What really happened, joined to the predictions by their id."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy
import pandas
import pyarrow
import pyarrow.compute
from pandas.api.types import is_integer_dtype

from gitmlops.adapters.data import row_files
from gitmlops.adapters.data.row_files import Part
from gitmlops.errors import InputError
from gitmlops.monitor.observing.log import identifiers
from gitmlops.monitor.profiles.values import floats, is_text, numbers
from gitmlops.records.baseline import Kind, kind_of
from gitmlops.records.prediction_log import CLASS
from gitmlops.specs.model import Labels
from gitmlops.statistics.classification import Array

_SHOWN = 3


def read_outcomes(path: Path, labels: Labels, ids: pandas.Index, predicted: Sequence[str] = ("score",)) -> Array:
    """The outcome of each prediction: shape (ids,), NaN where none is known.

    predicted: the columns of predictions: of two classes an outcome is 0 or 1, of several the place of the class in
    their order, else a number. An id that is there twice counts as its last row says: a correction comes after what it
    corrects. Raises InputError if a column is missing or an outcome is none of these, and not empty.
    """
    known = _read(path, labels, predicted)
    if known.empty:
        return numpy.full(len(ids), numpy.nan)
    if is_integer_dtype(known.index) != is_integer_dtype(ids):
        known.index, ids = known.index.astype(str), ids.astype(str)
    places = known.index.get_indexer(ids)
    outcomes: Array = numpy.where(places >= 0, known.to_numpy()[places], numpy.nan)
    return outcomes


def _read(path: Path, labels: Labels, predicted: Sequence[str]) -> pandas.Series:
    parts = []
    for part in row_files.parts(row_files.found(path), [labels.join, labels.label]):
        _require_read(part)
        if not part.rows:
            continue
        if absent := [name for name in (labels.join, labels.label) if name not in part.table.column_names]:
            mend = "mend `monitoring.labels`, or the table"
            where = str(part.file.path)
            raise InputError(f"the outcomes lack the column {', '.join(absent)}", where=where, mend=mend)
        values = _READ[kind_of(predicted)](part.whole(labels.label), labels.label, predicted, part.file.path)
        parts.append(pandas.Series(values, index=pandas.Index(identifiers(part.whole(labels.join)).to_pandas())))
    if not parts:
        return pandas.Series([], index=pandas.Index([], dtype="int64"), dtype="float64")
    known = pandas.concat(parts)
    return known[~known.index.duplicated(keep="last")]


def _require_read(part: Part) -> None:
    """What really happened is not guessed from what is left of a broken line."""
    if part.bad:
        where = f"{part.file.path}:{part.bad[0]}"
        raise InputError("the line is no JSON object", where=where, mend="write one row a line")


def _of_two(values: pyarrow.ChunkedArray, name: str, _: Sequence[str], path: Path) -> Array:
    found = floats(numbers(values, name, path))
    if wrong := int((~numpy.isin(found, (0.0, 1.0)) & ~numpy.isnan(found)).sum()):
        what = f"{wrong} values of {name} are neither 0 nor 1"
        raise InputError(what, where=str(path), mend="write 1 for what the model predicts, 0 for anything else")
    return found


def _of_numbers(values: pyarrow.ChunkedArray, name: str, _: Sequence[str], path: Path) -> Array:
    found = floats(numbers(values, name, path))
    if wrong := int(numpy.isinf(found).sum()):
        what = f"{wrong} values of {name} are infinite"
        raise InputError(what, where=str(path), mend="write a number, or nothing where it is not known")
    return found


def _of_classes(values: pyarrow.ChunkedArray, name: str, predicted: Sequence[str], path: Path) -> Array:
    """Text, or whole numbers: 1.0 could be the class 1, and what could be is no outcome."""
    if not (is_text(values.type) or pyarrow.types.is_integer(values.type) or pyarrow.types.is_null(values.type)):
        what = f"the outcomes in {name} are {values.type}, no text and no whole numbers"
        raise InputError(what, where=str(path), mend="write the class, as the model's task names it")
    classes = pyarrow.array([column.removeprefix(CLASS) for column in predicted])
    text = values.cast(pyarrow.string())
    places = pyarrow.compute.index_in(text, value_set=classes)
    strange = text.filter(pyarrow.compute.and_(places.is_null(), text.is_valid()))
    if len(strange):
        shown = ", ".join(sorted(map(str, pyarrow.compute.unique(strange).to_pylist()))[:_SHOWN])
        what = f"{len(strange)} values of {name} are none of the task's classes: {shown}"
        raise InputError(what, where=str(path), mend=f"write one of {', '.join(classes.to_pylist())}")
    return floats(places)


_READ: Mapping[Kind, Callable[[pyarrow.ChunkedArray, str, Sequence[str], Path], Array]] = {
    "binary": _of_two,
    "multiclass": _of_classes,
    "regression": _of_numbers,
}
