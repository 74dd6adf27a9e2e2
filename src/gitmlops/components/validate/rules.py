"""Conditions between the columns of a row, in SQL that reads nothing but the row."""

import numpy
import pandas
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters.engines.duckdb import blaming, opened
from gitmlops.errors import InputError
from gitmlops.specs.expectations import Rule

_ROWS = "__rows"


def breaking(table: pandas.DataFrame, rule: Rule) -> NDArray[numpy.bool_]:
    """Which rows the condition is false for; a row for which it is unknown passes.

    Raises InputError if it is no condition, or reads something else than the columns of its row.
    """
    where, mend = f"rule {rule.name}", "write a condition on columns of the table, e.g. `left_at <= landed_at`"
    with opened() as engine, blaming(where, mend):
        engine.register(_ROWS, pyarrow.Table.from_pandas(table, preserve_index=False))
        text = f"SELECT ({rule.sql}\n) AS kept FROM {_ROWS}"  # noqa: S608 - nothing but the table can be reached
        engine.require_one_select(text, where=where)
        found = engine.table(text)
    if found.num_rows != len(table) or found.schema.field(0).type != pyarrow.bool_():
        raise InputError("is no condition on one row", where=where, mend=mend)
    result: NDArray[numpy.bool_] = found.column(0).to_pandas().eq(False).to_numpy()
    return result
