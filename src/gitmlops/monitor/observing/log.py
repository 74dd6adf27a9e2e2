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
from gitmlops.monitor.profiles.scores import contract, scores_of
from gitmlops.monitor.profiles.values import cast, is_text
from gitmlops.records.baseline import kind_of
from gitmlops.records.monitoring_history import Seen
from gitmlops.records.prediction_log import FEATURE, KEY, NAMING_COLUMNS, SLICE
from gitmlops.specs.hints import nearest
from gitmlops.statistics.classification import Array
from gitmlops.statistics.resampling import Whole

_SAYS = {
    "binary": "a score in 0..1",
    "multiclass": "probabilities that sum to 1",
    "regression": "a finite prediction",
}
_RFC_3339 = "%Y-%m-%dT%H:%M:%SZ"
_UTC = pyarrow.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Predictions:
    """The log in its order. Arrays of shape (rows,); times in microseconds since 1970, UTC.

    versions: places in version_names, -1 for none; scores: of several classes (rows, classes); kept: rows of this model
    that have an id, a time, a version and a prediction, of each id the first one; entities: whole numbers that say
    which rows belong together, None if the log does not; repeated, lacking: rows of this model whose id was there
    before, and those without an id, a version or a prediction.
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
    repeated: NDArray[numpy.bool_]
    lacking: NDArray[numpy.bool_]
    entities: Whole | None = None


def moment(microseconds: int) -> datetime:
    """A time of the log as a datetime in UTC."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def microseconds(moment_: datetime) -> int:
    """A datetime as a time of the log."""
    return int(moment_.timestamp()) * 1_000_000


def read_predictions(path: Path, model: str, predicted: Sequence[str] = ("score",), entity: str = "") -> Predictions:
    """The predictions of one model. Raises InputError where the log breaks the contract or holds none of them.

    predicted: the columns of what it predicts, as of its task; entity: the key by which rows belong together.
    """
    named = [prefix + entity for prefix in (KEY, SLICE, FEATURE)] if entity else []
    wanted = [*NAMING_COLUMNS, *predicted, *named]
    parts = [_contract(table, path, model, predicted, named) for table in tables.row_groups(path, wanted)]
    log = _joined([part for part, _ in parts], path)
    own = flags(pyarrow.compute.equal(log["model"], model))
    if not own.any():
        raise InputError(
            _no_rows_of(model, log["model"]), where=str(path), mend="mend `monitoring.log`, or what serves"
        )
    scores = numpy.concatenate([part for _, part in parts])
    has_score = ~numpy.isnan(scores if scores.ndim == 1 else scores[:, 0])
    complete = has_score & flags(log["named"]) & flags(log["time"].is_valid()) & flags(log["version"].is_valid())
    if not (own & complete).any():
        says = _SAYS[kind_of(predicted)]
        what = f"no row of {model} has an id, a time, a version and {says}"
        raise InputError(what, where=str(path), mend=contract(predicted))
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
        repeated=repeated,
        lacking=own & ~complete,
        entities=_entities(log["entity"]),
    )


def last_served(predictions: Predictions, until: datetime, newest_outcome: int) -> Seen | None:
    """What served the newest prediction before a moment, None if there was none.

    newest_outcome: time of the newest one whose outcome is known, 0 for none.
    """
    times = numpy.where(predictions.kept & (predictions.times < microseconds(until)), predictions.times, -1)
    newest = int(times.argmax())
    if times[newest] < 0:
        return None
    version = predictions.version_names[predictions.versions[newest]]
    outcome = moment(newest_outcome).strftime(_RFC_3339) if newest_outcome else ""
    return Seen(version, moment(int(times[newest])).strftime(_RFC_3339), outcome)


def later_than(predictions: Predictions, moment_: datetime) -> int:
    """How many predictions are of a later time than a moment."""
    return int((predictions.kept & (predictions.times > microseconds(moment_))).sum())


def identifiers(values: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Whole numbers as such, everything else as text, so that ids of two tables compare; null as -1 or empty."""
    if pyarrow.types.is_integer(values.type):
        return values.cast(pyarrow.int64()).fill_null(-1)
    return values.cast(pyarrow.string()).fill_null("")


def flags(values: pyarrow.ChunkedArray) -> NDArray[numpy.bool_]:
    """A boolean column as an array, null as False."""
    array: NDArray[numpy.bool_] = values.fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
    return array


def _contract(
    table: pyarrow.Table, path: Path, model: str, predicted: Sequence[str], named: Sequence[str]
) -> tuple[pyarrow.Table, Array]:
    """The rows of a part of the log, and what was predicted there: nothing where no row is of this model."""
    mend = contract(predicted)
    if missing := [name for name in NAMING_COLUMNS if name not in table.column_names]:
        raise InputError(f"the prediction log lacks {', '.join(missing)}", where=str(path), mend=mend)
    models = cast(table["model"], pyarrow.string(), "model", path, mend=mend)
    entity = next((table[name].cast(pyarrow.string()) for name in named if name in table.column_names), None)
    rows = pyarrow.table(
        {
            "prediction_id": identifiers(table["prediction_id"]),
            "named": table["prediction_id"].is_valid(),
            "time": _times(table["time"], path, mend),
            "model": models,
            "version": cast(table["version"], pyarrow.string(), "version", path, mend=mend),
            "entity": pyarrow.nulls(table.num_rows, pyarrow.string()) if entity is None else entity,
        }
    )
    shape = (table.num_rows,) if len(predicted) == 1 else (table.num_rows, len(predicted))
    if not flags(pyarrow.compute.equal(models, model)).any():
        return rows, numpy.full(shape, numpy.nan)
    return rows, scores_of(table, predicted, path)


def _entities(values: pyarrow.ChunkedArray) -> Whole | None:
    """A row without an entity is one of its own; None if none has one."""
    if values.null_count == len(values):
        return None
    codes = values.combine_chunks().dictionary_encode().indices.fill_null(-1)
    found: Whole = codes.to_numpy(zero_copy_only=False).astype(numpy.int64)
    alone = found < 0
    found[alone] = found.max() + 1 + numpy.arange(int(alone.sum()))
    return found


def _joined(parts: Sequence[pyarrow.Table], path: Path) -> pyarrow.Table:
    if not sum(part.num_rows for part in parts):
        raise InputError("the prediction log has no rows", where=str(path), mend="log what the model predicts")
    if len({part.schema.field("prediction_id").type for part in parts}) > 1:
        parts = [part.set_column(0, "prediction_id", part["prediction_id"].cast(pyarrow.string())) for part in parts]
    return pyarrow.concat_tables(parts)


def _times(values: pyarrow.ChunkedArray, path: Path, mend: str) -> pyarrow.ChunkedArray:
    """Timestamps without a zone are UTC; text must say its zone."""
    if not (pyarrow.types.is_timestamp(values.type) or is_text(values.type) or pyarrow.types.is_null(values.type)):
        raise InputError(f"time is {values.type}", where=str(path), mend="log a timestamp, or RFC 3339 text in UTC")
    return cast(values, _UTC, "time", path, mend=mend)


def _no_rows_of(model: str, names: pyarrow.ChunkedArray) -> str:
    seen = [str(name) for name in pyarrow.compute.unique(names).to_pylist() if name is not None]
    return f"the prediction log has no row of the model {model!r} ({nearest(model, seen)})"
