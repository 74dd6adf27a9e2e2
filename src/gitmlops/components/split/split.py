"""Rows to learn from, and later rows to judge by."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas

from gitmlops.adapters import tables
from gitmlops.components.columns import require_columns, require_unique
from gitmlops.errors import InputError


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write training rows, evaluation rows and their labels. Raises InputError if they would not be apart."""
    frame = tables.read(inputs["frame"])
    identifier, time, label = params["id"], params["time"], params["label"]
    require_columns(frame, (identifier, time, label), inputs["frame"])
    if len({identifier, time, label}) < 3:
        raise InputError("id, time and label must be three columns", mend="name a column for each")
    # Ids are unique over all rows: hence none is on both sides.
    require_unique(frame[identifier], inputs["frame"])
    for column in (time, label):
        if missing := int(frame[column].isna().sum()):
            where = str(inputs["frame"])
            raise InputError(f"{missing} rows have no {column!r}", where=where, mend="leave them out before")
    is_training = _times(frame[time], inputs["frame"]) < _day_after(params["train_until"])
    _require_both_sides(is_training, params["train_until"])
    later = frame[~is_training]
    tables.write(frame[is_training], outputs["train"])
    tables.write(later.drop(columns=label), outputs["evaluation"])
    tables.write(later[[identifier, label]], outputs["evaluation_labels"])


def _times(values: pandas.Series, path: Path) -> pandas.Series:
    if not pandas.api.types.is_datetime64_any_dtype(values):
        what = f"the time {values.name!r} is {values.dtype}"
        raise InputError(what, where=str(path), mend="write it as timestamps")
    return pandas.to_datetime(values, utc=True)


def _day_after(day: str) -> pandas.Timestamp:
    try:
        return pandas.Timestamp(datetime.date.fromisoformat(day), tz="UTC") + pandas.Timedelta(days=1)
    except ValueError as error:
        raise InputError(f"train_until: {day!r} is no day", mend='write e.g. "2013-03-31"') from error


def _require_both_sides(is_training: pandas.Series, train_until: str) -> None:
    if is_training.all() or not is_training.any():
        side = "later than" if is_training.all() else "up to"
        raise InputError(f"no row is {side} train_until ({train_until})", mend="move train_until, or take more data")
