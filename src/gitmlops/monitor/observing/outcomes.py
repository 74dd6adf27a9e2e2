"""What really happened, joined to the predictions by their id."""

from pathlib import Path

import numpy
import pandas
from pandas.api.types import is_integer_dtype

from gitmlops.adapters import tables
from gitmlops.errors import InputError
from gitmlops.monitor.observing.log import identifiers
from gitmlops.monitor.profiles.values import floats, numbers
from gitmlops.specs.model import Labels
from gitmlops.statistics.classification import Array


def read_outcomes(path: Path, labels: Labels, ids: pandas.Index) -> Array:
    """The outcome of each prediction: shape (ids,), 0 or 1, NaN where none is known.

    An id that is there twice counts as its last row says: a correction comes after what it corrects.
    Raises InputError if a column is missing or an outcome is neither 0, 1 nor empty.
    """
    known = _read(path, labels)
    if known.empty:
        return numpy.full(len(ids), numpy.nan)
    if is_integer_dtype(known.index) != is_integer_dtype(ids):
        known.index, ids = known.index.astype(str), ids.astype(str)
    places = known.index.get_indexer(ids)
    outcomes: Array = numpy.where(places >= 0, known.to_numpy()[places], numpy.nan)
    return outcomes


def _read(path: Path, labels: Labels) -> pandas.Series:
    parts = []
    for table in tables.row_groups(path, [labels.join, labels.label]):
        if absent := [name for name in (labels.join, labels.label) if name not in table.column_names]:
            mend = "mend `monitoring.labels`, or the table"
            raise InputError(f"the outcomes lack the column {', '.join(absent)}", where=str(path), mend=mend)
        values = floats(numbers(table[labels.label], labels.label, path))
        parts.append(pandas.Series(values, index=pandas.Index(identifiers(table[labels.join]).to_pandas())))
    if not parts:
        return pandas.Series([], index=pandas.Index([], dtype="int64"), dtype="float64")
    known = pandas.concat(parts)
    if wrong := int((~known.dropna().isin((0.0, 1.0))).sum()):
        what = f"{wrong} values of {labels.label} are neither 0 nor 1"
        raise InputError(what, where=str(path), mend="write 1 for what the model predicts, 0 for anything else")
    return known[~known.index.duplicated(keep="last")]
