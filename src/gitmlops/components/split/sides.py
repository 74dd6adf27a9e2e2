"""Which rows train: one number a row, by the method of the split."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.components.columns import require_columns, require_present
from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

TRAIN, EVALUATION, NEITHER = 1, 2, 0
Sides = NDArray[numpy.int8]
METHODS = ("time", "random", "stratified", "grouped")


def sides(frame: pandas.DataFrame, params: Mapping[str, Any], path: Path) -> Sides:
    """TRAIN, EVALUATION or NEITHER for each row. Raises InputError for a method or a side that cannot be."""
    method = params.get("method", "time")
    if method not in METHODS:
        raise InputError(f"there is no method {method!r}", where="method", mend=nearest(method, METHODS))
    if method == "time":
        found = _by_time(frame, _given(params, "time"), params, path)
    else:
        found = _drawn(frame, method, params, path)
    for side, words in ((TRAIN, "to learn from"), (EVALUATION, "to evaluate on")):
        if not (found == side).any():
            raise InputError(_empty(params, words), mend="move the border between the sides, or take more data")
    return found


def _empty(params: Mapping[str, Any], words: str) -> str:
    if params.get("method", "time") != "time":
        return f"no row is left {words}"
    until = params["train_until"]
    return f"no row is {'up to' if words == 'to learn from' else 'later than'} train_until ({until})"


def _given(params: Mapping[str, Any], name: str) -> str:
    if name not in params:
        method = params.get("method", "time")
        raise InputError(f"the method {method} needs {name!r}", where="with", mend=f"add `{name}:` under `with:`")
    return str(params[name])


def _by_time(frame: pandas.DataFrame, time: str, params: Mapping[str, Any], path: Path) -> Sides:
    require_columns(frame, [time], path)
    require_present(frame, [time], path)
    values = frame[time]
    if not pandas.api.types.is_datetime64_any_dtype(values):
        raise InputError(f"the time {time!r} is {values.dtype}", where=str(path), mend="write it as timestamps")
    times, gap = pandas.to_datetime(values, utc=True), params.get("gap_days", 0)
    if gap < 0:
        raise InputError(f"a gap of {gap} days", where="gap_days", mend="write 0 or more")
    border = _day_after(_given(params, "train_until"))
    result = numpy.full(len(frame), NEITHER, dtype=numpy.int8)
    result[(times < border).to_numpy()] = TRAIN
    result[(times >= border + pandas.Timedelta(days=gap)).to_numpy()] = EVALUATION
    return result


def _day_after(day: str) -> pandas.Timestamp:
    try:
        return pandas.Timestamp(datetime.date.fromisoformat(day), tz="UTC") + pandas.Timedelta(days=1)
    except ValueError as error:
        raise InputError(f"train_until: {day!r} is no day", mend='write e.g. "2013-03-31"') from error


def _drawn(frame: pandas.DataFrame, method: str, params: Mapping[str, Any], path: Path) -> Sides:
    """Drawn in the order of the ids: the order of the rows decides nothing."""
    share = params.get("share", 0.2)
    if not 0 < share < 1:
        raise InputError(f"the share {share} leaves a side empty", where="share", mend="write e.g. 0.2")
    generator = numpy.random.default_rng(params.get("seed", 0))
    order = frame[params["id"]].argsort(kind="stable").to_numpy()
    if method == "grouped":
        groups = _groups(frame, _given(params, "group"), path)
        chosen = generator.permutation(numpy.unique(groups))[: round(share * len(numpy.unique(groups)))]
        return numpy.where(numpy.isin(groups, chosen), EVALUATION, TRAIN).astype(numpy.int8)
    strata = frame[params["label"]].to_numpy() if method == "stratified" else numpy.zeros(len(frame))
    result = numpy.full(len(frame), TRAIN, dtype=numpy.int8)
    for stratum in numpy.unique(strata):
        rows = order[strata[order] == stratum]
        result[generator.permutation(rows)[: round(share * len(rows))]] = EVALUATION
    return result


def _groups(frame: pandas.DataFrame, group: str, path: Path) -> NDArray[Any]:
    require_columns(frame, [group], path)
    require_present(frame, [group], path)
    return frame[group].astype(str).to_numpy(dtype=object).astype(str)
