"""The prediction log, read: who predicted what, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy
import pandas
import pyarrow
import pyarrow.compute
from numpy.typing import NDArray

from gitmlops.adapters import tables
from gitmlops.errors import InputError
from gitmlops.monitor.profiles.values import cast, floats, is_text, numbers
from gitmlops.records.monitoring_history import Seen
from gitmlops.records.prediction_log import REQUIRED_COLUMNS
from gitmlops.specs.hints import nearest
from gitmlops.statistics.classification import Array

_CONTRACT = f"a prediction log has the columns {', '.join(REQUIRED_COLUMNS)}"
_UTC = pyarrow.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Predictions:
    """The log in its order. Arrays of shape (rows,); times in microseconds since 1970, UTC.

    versions: places in version_names, -1 for none; kept: rows of this model that have an id, a time, a version and a
    score in 0..1, of each id the first one.
    """

    ids: pandas.Index
    times: NDArray[numpy.int64]
    versions: NDArray[numpy.int64]
    version_names: tuple[str, ...]
    scores: Array
    kept: NDArray[numpy.bool_]
    of_other_models: int
    incomplete: int
    duplicates: int


def moment(microseconds: int) -> datetime:
    """A time of the log as a datetime in UTC."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def microseconds(moment_: datetime) -> int:
    """A datetime as a time of the log."""
    return int(moment_.timestamp()) * 1_000_000


def read_predictions(path: Path, model: str) -> Predictions:
    """The predictions of one model. Raises InputError where the log breaks the contract or holds none of them."""
    log = _joined([_contract(table, path) for table in tables.row_groups(path, REQUIRED_COLUMNS)], path)
    own = flags(pyarrow.compute.equal(log["model"], model))
    if not own.any():
        raise InputError(
            _no_rows_of(model, log["model"]), where=str(path), mend="mend `monitoring.log`, or what serves"
        )
    scores = floats(log["score"])
    complete = (
        (scores >= 0)
        & (scores <= 1)
        & flags(log["named"])
        & flags(log["time"].is_valid())
        & flags(log["version"].is_valid())
    )
    if not (own & complete).any():
        raise InputError(
            f"no row of {model} has an id, a time, a version and a score in 0..1", where=str(path), mend=_CONTRACT
        )
    ids = pandas.Index(log["prediction_id"].to_pandas())
    repeated = numpy.zeros(len(ids), dtype=bool)
    repeated[own & complete] = ids[own & complete].duplicated()
    versions = log["version"].combine_chunks().dictionary_encode()
    return Predictions(
        ids=ids,
        times=log["time"].cast(pyarrow.int64()).fill_null(0).to_numpy(),
        versions=versions.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(numpy.int64),
        version_names=tuple(versions.dictionary.to_pylist()),
        scores=scores,
        kept=own & complete & ~repeated,
        of_other_models=int((~own).sum()),
        incomplete=int((own & ~complete).sum()),
        duplicates=int(repeated.sum()),
    )


def last_served(predictions: Predictions, until: datetime) -> Seen | None:
    """What served the newest prediction before a moment, None if there was none."""
    times = numpy.where(predictions.kept & (predictions.times < microseconds(until)), predictions.times, -1)
    newest = int(times.argmax())
    if times[newest] < 0:
        return None
    version = predictions.version_names[predictions.versions[newest]]
    return Seen(version, moment(int(times[newest])).strftime("%Y-%m-%dT%H:%M:%SZ"))


def identifiers(values: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Whole numbers as such, everything else as text, so that ids of two tables compare; null as -1 or empty."""
    if pyarrow.types.is_integer(values.type):
        return values.cast(pyarrow.int64()).fill_null(-1)
    return values.cast(pyarrow.string()).fill_null("")


def flags(values: pyarrow.ChunkedArray) -> NDArray[numpy.bool_]:
    """A boolean column as an array, null as False."""
    array: NDArray[numpy.bool_] = values.fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
    return array


def _contract(table: pyarrow.Table, path: Path) -> pyarrow.Table:
    if missing := [name for name in REQUIRED_COLUMNS if name not in table.column_names]:
        raise InputError(f"the prediction log lacks {', '.join(missing)}", where=str(path), mend=_CONTRACT)
    return pyarrow.table(
        {
            "prediction_id": identifiers(table["prediction_id"]),
            "named": table["prediction_id"].is_valid(),
            "time": _times(table["time"], path),
            "model": cast(table["model"], pyarrow.string(), "model", path, mend=_CONTRACT),
            "version": cast(table["version"], pyarrow.string(), "version", path, mend=_CONTRACT),
            "score": numbers(table["score"], "score", path),
        }
    )


def _joined(parts: Sequence[pyarrow.Table], path: Path) -> pyarrow.Table:
    if not sum(part.num_rows for part in parts):
        raise InputError("the prediction log has no rows", where=str(path), mend="log what the model predicts")
    if len({part.schema.field("prediction_id").type for part in parts}) > 1:
        parts = [part.set_column(0, "prediction_id", part["prediction_id"].cast(pyarrow.string())) for part in parts]
    return pyarrow.concat_tables(parts)


def _times(values: pyarrow.ChunkedArray, path: Path) -> pyarrow.ChunkedArray:
    """Timestamps without a zone are UTC; text must say its zone."""
    if not (pyarrow.types.is_timestamp(values.type) or is_text(values.type) or pyarrow.types.is_null(values.type)):
        raise InputError(f"time is {values.type}", where=str(path), mend="log a timestamp, or RFC 3339 text in UTC")
    return cast(values, _UTC, "time", path, mend=_CONTRACT)


def _no_rows_of(model: str, names: pyarrow.ChunkedArray) -> str:
    seen = [str(name) for name in pyarrow.compute.unique(names).to_pylist() if name is not None]
    return f"the prediction log has no row of the model {model!r} ({nearest(model, seen)})"
