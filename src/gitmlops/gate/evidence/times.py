"""The time of each row, in UTC."""

import pandas

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.periods import Times


def times_of(rows: pandas.DataFrame, column: str, *, of: str) -> Times:
    """The times of a column of timestamps or days: shape (rows,), UTC where they have a zone.

    of: which rows they are, as sentences name them. Raises Unmeasurable for a column that is not there, other types,
    and a row without a time.
    """
    if column not in rows.columns:
        raise Unmeasurable(f"the {of} rows have no column {column!r}")
    values, kinds = rows[column], pandas.api.types
    if not kinds.is_datetime64_any_dtype(values.dtype) and kinds.infer_dtype(values) != "date":
        raise Unmeasurable(f"{column!r} of the {of} rows is {values.dtype}, no timestamps")
    if missing := int(values.isna().sum()):
        raise Unmeasurable(f"{missing} of {len(rows)} {of} rows have no {column!r}")
    found: Times = pandas.to_datetime(values, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return found
