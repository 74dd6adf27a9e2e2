"""Predictions that somebody brought, put beside the evaluation rows: every one for exactly one row, or none counts."""

from typing import Any

import numpy
import pandas

from gitmlops.adapters.data import strangers_tables
from gitmlops.errors import InputError, Refusal
from gitmlops.gate.evidence.ids import kind
from gitmlops.statistics.classification import Array


def joined(content: bytes, ids: "pandas.Series[Any]", *, path: str, columns: tuple[str, ...]) -> Array:
    """The predictions of the rows with these ids, in their order; shape (rows,), or (rows, columns) of several.

    Raises Refusal if the file is no Parquet, has other rows than these, ids of another type, an id twice or none,
    lacks a column, or has a prediction that is no finite number.
    """
    try:
        table = strangers_tables.decode(content, path=path, rows=len(ids))
    except InputError as error:
        raise Refusal(error.what, where=path, mend=error.mend) from error
    wanted = (str(ids.name), *columns)
    for name in wanted:
        if (count := [*table.columns].count(name)) != 1:
            what = f"the column {name!r} is there twice" if count else f"there is no column {name!r}"
            raise Refusal(what, where=path, mend=f"write the columns {', '.join(wanted)}")
    _require_same_ids(table[wanted[0]], ids, path)
    found = table.set_index(wanted[0])[list(columns)].reindex(ids)
    numbers = _numbers(found, path)
    return numbers[:, 0] if len(columns) == 1 else numbers


def _require_same_ids(brought: "pandas.Series[Any]", ids: "pandas.Series[Any]", path: str) -> None:
    if (found := kind(brought)) != (asked := kind(ids)):
        what = f"ids are {found} in the predictions, {asked} in the evaluation rows"
        raise Refusal(what, where=path, mend="write the ids of the rows as they are there")
    there, known = pandas.Index(brought), pandas.Index(ids)
    counts = {
        "doubled": int(there.duplicated().sum()),
        "missing": len(known.difference(there)),
        "of no row": len(there.difference(known)),
    }
    if any(counts.values()):
        shown = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        raise Refusal(
            f"its ids are not those of the evaluation rows: {shown}", where=path, mend="predict every row once"
        )


def _numbers(found: pandas.DataFrame, path: str) -> Array:
    if others := [name for name in found.columns if not _is_number(found[name])]:
        raise Refusal(f"the column {others[0]!r} holds no numbers", where=path, mend="write numbers")
    numbers: Array = found.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
    if wrong := int(numpy.count_nonzero(~numpy.isfinite(numbers).all(axis=1))):
        what = f"{wrong} of {len(numbers)} predictions are no finite numbers"
        raise Refusal(what, where=path, mend="predict every row")
    return numbers


def _is_number(column: "pandas.Series[Any]") -> bool:
    return pandas.api.types.is_numeric_dtype(column.dtype) and not pandas.api.types.is_bool_dtype(column.dtype)
