"""What several components ask of the columns of a table."""

from collections.abc import Iterable
from pathlib import Path

import pandas

from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest


def require_columns(frame: pandas.DataFrame, columns: Iterable[str], path: Path) -> None:
    """Raises InputError, with the nearest one, for the first column that a table does not have."""
    for column in columns:
        if column not in frame:
            mend = nearest(column, map(str, frame.columns))
            raise InputError(f"there is no column {column!r}", where=str(path), mend=mend)


def require_present(frame: pandas.DataFrame, columns: Iterable[str], path: Path) -> None:
    """Raises InputError for the first of these columns that lacks a value in any row."""
    for column in columns:
        if missing := int(frame[column].isna().sum()):
            raise InputError(f"{missing} rows have no {column!r}", where=str(path), mend="leave them out before")


def require_unique(values: pandas.Series, path: Path) -> None:
    """Raises InputError if a value, or no value, is there twice, or once missing."""
    if values.isna().any():
        raise InputError(f"a row has no {values.name!r}", where=str(path), mend="give every row an id")
    doubles = values[values.duplicated()]
    if len(doubles):
        what = f"{len(doubles)} rows share their {values.name!r} with another, first {doubles.iloc[0]!r}"
        raise InputError(what, where=str(path), mend="one row an id")
