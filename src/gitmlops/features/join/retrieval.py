"""Entity rows with features, each as it was known at the row's own time: data frame to data frame."""

from collections.abc import Sequence
from pathlib import Path

import pandas
import pyarrow
import pyarrow.compute

from gitmlops.adapters.engines.engine import opening
from gitmlops.definitions import Definitions
from gitmlops.features.join import answers, entity_rows, forms, sql_rows
from gitmlops.features.wiring import selection
from gitmlops.features.wiring.selection import Choice
from gitmlops.specs.engine import EngineName

_EXACT_IN_FLOATS = 2**53


def retrieve(
    root: Path, definitions: Definitions, entities: pandas.DataFrame, *, feature_set: str, time: str, engine: EngineName
) -> pandas.DataFrame:
    """Like `retrieve_chosen`, for the features of a set."""
    chosen = selection.select(definitions, feature_set)
    return retrieve_chosen(root, definitions, entities, chosen=chosen, time=time, engine=engine)


def retrieve_chosen(
    root: Path,
    definitions: Definitions,
    entities: pandas.DataFrame,
    *,
    chosen: Sequence[Choice],
    time: str,
    engine: EngineName,
) -> pandas.DataFrame:
    """The entity rows, all of them, in their order, with a column appended for each feature.

    entities: the features' key columns, their request fields, the column `time`, and any others, which come through;
    times without a zone are UTC, and all are cut to microseconds. Whole numbers and booleans with nulls become
    floats with NaN, but numbers that a float would change pandas' Int64.
    Raises InputError or InputErrors: rows, definitions or data that do not fit.
    """
    wanted = answers.wanted(definitions, chosen, time)
    entity_rows.require(wanted, [str(name) for name in entities.columns])
    with opening(engine)(answers.readable(root, definitions, chosen)) as opened:
        entity_rows.attach_frame(opened, entities, wanted)
        found = answers.compute(opened, root, definitions, chosen)
        form, row = forms.of(opened), f"{entity_rows.ASKED}.row"
        rows = form.beside(entity_rows.ASKED, row, found.tables)
        with opened.blaming("", "mend the data that the features are computed from"):
            table = opened.table(form.in_order(sql_rows.selected(found.of(chosen), rows), row))
    columns = {name: _series(column) for name, column in zip(table.column_names, table.columns, strict=True)}
    return pandas.concat([entities, pandas.DataFrame(columns).set_axis(entities.index)], axis="columns")


def _series(column: pyarrow.ChunkedArray) -> pandas.Series:
    """As learning libraries take it: numbers with NaN for null, never objects for numbers."""
    if pyarrow.types.is_boolean(column.type) and column.null_count:
        column = column.cast("int8")
    whole = column.null_count and pyarrow.types.is_int64(column.type) and _too_large(column)
    types = {pyarrow.int64(): pandas.Int64Dtype()} if whole else {}
    values: pandas.Series = column.to_pandas(types_mapper=types.get)
    return values


def _too_large(column: pyarrow.ChunkedArray) -> bool:
    """Whether a float might change one of these whole numbers."""
    least, greatest = pyarrow.compute.min_max(column).as_py().values()
    return least is not None and max(-least, greatest) > _EXACT_IN_FLOATS
