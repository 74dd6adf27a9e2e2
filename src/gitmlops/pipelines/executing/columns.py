"""Whether a table has the columns that a component's contract says."""

from collections.abc import Mapping
from pathlib import Path

from gitmlops.adapters.data import tables
from gitmlops.errors import InputError
from gitmlops.specs.feature import Dtype
from gitmlops.specs.hints import nearest


def require(path: Path, schema: Mapping[str, Dtype], *, what: str) -> None:
    """Raises InputError unless the table has each of these columns with its type; whole numbers pass for floats.

    what: how the table is named.
    """
    found = tables.columns(path)
    for column, dtype in schema.items():
        if column not in found:
            raise InputError(f"{what} has no column {column!r}", where=str(path), mend=nearest(column, found))
        if found[column] != dtype and (found[column], dtype) != ("int64", "float64"):
            words = f"the column {column!r} of {what} must be {dtype}, not {found[column] or 'a list or a struct'}"
            raise InputError(words, where=str(path), mend="convert it in the step that writes it")
