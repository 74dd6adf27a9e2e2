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

from gitmlops.adapters.data import row_files
from gitmlops.adapters.data.row_files import Part, RowFiles
from gitmlops.errors import InputError
from gitmlops.monitor.observing.unread import Places, Unread, written
from gitmlops.monitor.profiles.faults import ABSENT, Fault, Faults, texts_of
from gitmlops.monitor.profiles.scores import Scores, contract, scores_of
from gitmlops.monitor.profiles.values import is_text, present
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
_EXPECTED = {"prediction_id": "whole numbers or texts", "time": "times in UTC", "model": "names", "version": "versions"}
_UTC = pyarrow.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Predictions:
    """The log in its order. Arrays of shape (rows,); times in microseconds since 1970, UTC.

    versions: places in version_names, -1 for none; scores: of several classes (rows, classes); kept: rows of this model
    that have an id, a time, a version and a prediction, of each id the first one; entities: whole numbers that say
    which rows belong together, None if the log does not; repeated, lacking: rows of this model whose id was there
    before, and those without an id, a version or a prediction. log: the files that they are of; lines, files: of each
    row, its line there and the place of its file; broken: rows that lack a prediction alone, as it is of another type:
    the place in faults, -1 elsewhere; unnamed: faults of the columns without which nobody knows whose row it is, or
    when.
    """

    log: RowFiles
    lines: NDArray[numpy.int64]
    files: NDArray[numpy.int64]
    broken: NDArray[numpy.int64]
    faults: tuple[Fault, ...]
    unnamed: tuple[Fault, ...]
    unread: Unread
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

    @property
    def served(self) -> NDArray[numpy.bool_]:
        """Rows that tell what served, and when, whether or not they say what was predicted."""
        return self.kept | (self.broken >= 0)

    def where(self, row: int) -> str:
        """The place of a row, as `served/may.jsonl:17`."""
        return f"{self.log.files[self.files[row]].name}:{self.lines[row]}"


def moment(microseconds: int) -> datetime:
    """A time of the log as a datetime in UTC."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def microseconds(moment_: datetime) -> int:
    """A datetime as a time of the log."""
    return int(moment_.timestamp()) * 1_000_000


def read_predictions(path: Path, model: str, predicted: Sequence[str] = ("score",), entity: str = "") -> Predictions:
    """The predictions of one model. Raises InputError where the log cannot be read, or none of them can be placed.

    predicted: the columns of what it predicts, as of its task; entity: the key by which rows belong together.
    """
    log = row_files.found(path)
    reading = _Reading(log, model, predicted, entity)
    for part in row_files.parts(log, reading.columns):
        reading.add(part)
    return reading.predictions()


def last_served(predictions: Predictions, until: datetime, newest_outcome: int) -> Seen | None:
    """What served the newest prediction before a moment, None if there was none.

    newest_outcome: time of the newest one whose outcome is known, 0 for none.
    """
    times = numpy.where(predictions.served & (predictions.times < microseconds(until)), predictions.times, -1)
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


class _Reading:
    """The log as far as it was read: rows, and what is wrong with them."""

    def __init__(self, log: RowFiles, model: str, predicted: Sequence[str], entity: str) -> None:
        self._log, self._model, self._predicted = log, model, tuple(predicted)
        self._named = [prefix + entity for prefix in (KEY, SLICE, FEATURE)] if entity else []
        self.columns = [*NAMING_COLUMNS, *predicted, *self._named]
        self._place = {file.name: place for place, file in enumerate(log.files)}
        self._parts: list[pyarrow.Table] = []
        self._scores: list[Array] = []
        self._faults, self._unnamed = Faults(), Faults()
        self._bad: dict[str, tuple[int, str]] = {}
        self._bad_lines: list[tuple[int, int]] = []
        self._torn: list[str] = []
        self._seen: set[str] = set()

    def add(self, part: Part) -> None:
        """Take the rows of a part in."""
        if part.bad:
            count, where = self._bad.get(part.file.name, (0, f"{part.file.name}:{part.bad[0]}"))
            self._bad[part.file.name] = count + len(part.bad), where
            self._bad_lines += [(self._place[part.file.name], number) for number in part.bad]
        if part.torn:
            self._torn.append(part.file.name)
        if not part.rows:
            return
        self._seen |= set(part.table.column_names)
        models = self._text(part, "model", numpy.ones(part.rows, dtype=bool))
        own = flags(pyarrow.compute.equal(models, self._model))
        scores = scores_of(part, self._predicted) if own.any() else self._nothing(part)
        broken = numpy.full(part.rows, -1, dtype=numpy.int64)
        for column, found, rows in scores.strange:
            broken[rows & own] = self._faults.add(part, rows & own, column, found, "numbers")
        rows_of = {
            "prediction_id": self._ids(part, own),
            "time": self._times(part, own),
            "model": models,
            "version": self._text(part, "version", own),
            "entity": self._entity(part),
            "broken": pyarrow.array(broken),
            "line": pyarrow.array(part.lines),
            "file": pyarrow.array(numpy.full(part.rows, self._place[part.file.name])),
        }
        self._parts.append(pyarrow.table(rows_of))
        self._scores.append(scores.values)

    def predictions(self) -> Predictions:
        """All of them. Raises InputError if there are none of this model that can be placed in time."""
        log = _joined(self._parts, self._log.path, self._first_bad())
        own = flags(pyarrow.compute.equal(log["model"], self._model))
        self._require_columns()
        if not own.any():
            mend = "mend `monitoring.log`, or what serves"
            raise InputError(_no_rows_of(self._model, log["model"]), where=str(self._log.path), mend=mend)
        scores = numpy.concatenate(self._scores)
        has_score = ~numpy.isnan(scores if scores.ndim == 1 else scores[:, 0])
        named = own & flags(log["prediction_id"].is_valid()) & flags(log["time"].is_valid())
        named &= flags(log["version"].is_valid())
        broken = numpy.where(named & ~has_score, log["broken"].to_numpy(), -1)
        complete = named & has_score
        self._require_rows(complete | (broken >= 0))
        ids = pandas.Index(identifiers(log["prediction_id"]).to_pandas())
        repeated = numpy.zeros(len(ids), dtype=bool)
        repeated[complete] = ids[complete].duplicated()
        versions = log["version"].combine_chunks().dictionary_encode()
        return Predictions(
            log=self._log,
            lines=log["line"].to_numpy(),
            files=log["file"].to_numpy(),
            broken=broken,
            faults=self._faults.all,
            unnamed=self._unnamed.all,
            unread=self._unread(log),
            ids=ids,
            times=log["time"].cast(pyarrow.int64()).fill_null(0).to_numpy(),
            versions=versions.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(numpy.int64),
            version_names=tuple(versions.dictionary.to_pylist()),
            scores=scores,
            kept=complete & ~repeated,
            of_other_models=int((~own).sum()),
            incomplete=int((own & ~complete & (broken < 0)).sum()),
            duplicates=int(repeated.sum()),
            repeated=repeated,
            lacking=own & ~complete,
            entities=_entities(log["entity"]),
        )

    def _unread(self, log: pyarrow.Table) -> Unread:
        bad = numpy.array(self._bad_lines, dtype=numpy.int64).reshape(-1, 2)
        lines, timed = Places(bad[:, 0], bad[:, 1]), log.filter(log["time"].is_valid())
        rows = Places(timed["file"].to_numpy(), timed["line"].to_numpy())
        times = written(lines, rows, timed["time"].cast(pyarrow.int64()).to_numpy())
        names = [file.name for file in self._log.files]
        return Unread(self._bad, tuple(self._torn), self._log.unread, lines, times, names)

    def _text(self, part: Part, name: str, own: NDArray[numpy.bool_]) -> pyarrow.Array:
        if name not in part.table.column_names:
            return self._gone(part, name, own, pyarrow.string())
        found = texts_of(part, name)
        for kind, rows in found.strange.items():
            self._unnamed.add(part, rows & own, name, kind, _EXPECTED[name])
        return found.fitting

    def _ids(self, part: Part, own: NDArray[numpy.bool_]) -> pyarrow.Array:
        """Whole numbers as such, everything else as text."""
        name = "prediction_id"
        whole = name in part.table.column_names and pyarrow.types.is_integer(part.table[name].type)
        if whole and name not in part.others:
            return part.table[name].combine_chunks().cast(pyarrow.int64())
        return self._text(part, name, own)

    def _times(self, part: Part, own: NDArray[numpy.bool_]) -> pyarrow.Array:
        if "time" not in part.table.column_names:
            return self._gone(part, "time", own, _UTC)
        found, strange, kind = _times(part.whole("time").combine_chunks())
        self._unnamed.add(part, strange & own, "time", kind, _EXPECTED["time"])
        return found

    def _gone(self, part: Part, name: str, own: NDArray[numpy.bool_], type_: pyarrow.DataType) -> pyarrow.Array:
        self._unnamed.add(part, own, name, ABSENT, _EXPECTED[name])
        return pyarrow.nulls(part.rows, type_)

    def _entity(self, part: Part) -> pyarrow.Array:
        name = next((name for name in self._named if name in part.table.column_names), "")
        return texts_of(part, name).fitting if name else pyarrow.nulls(part.rows, pyarrow.string())

    def _nothing(self, part: Part) -> Scores:
        classes = len(self._predicted)
        return Scores(numpy.full((part.rows,) if classes == 1 else (part.rows, classes), numpy.nan))

    def _first_bad(self) -> str:
        return next((where for _, where in self._bad.values()), "")

    def _require_columns(self) -> None:
        """A column that no file has is not what broke: this is no log of such a model."""
        if missing := [name for name in (*NAMING_COLUMNS, *self._predicted) if name not in self._seen]:
            what = f"the prediction log lacks {', '.join(missing)}"
            raise InputError(what, where=str(self._log.path), mend=contract(self._predicted))

    def _require_rows(self, placed: NDArray[numpy.bool_]) -> None:
        if placed.any():
            return
        because = "".join(f"; {fault.words}" for fault in self._unnamed.all[:1])
        says = _SAYS[kind_of(self._predicted)]
        what = f"no row of {self._model} has an id, a time, a version and {says}{because}"
        raise InputError(what, where=str(self._log.path), mend=contract(self._predicted))


def _entities(values: pyarrow.ChunkedArray) -> Whole | None:
    """A row without an entity is one of its own; None if none has one."""
    if values.null_count == len(values):
        return None
    codes = values.combine_chunks().dictionary_encode().indices.fill_null(-1)
    found: Whole = codes.to_numpy(zero_copy_only=False).astype(numpy.int64)
    alone = found < 0
    found[alone] = found.max() + 1 + numpy.arange(int(alone.sum()))
    return found


def _joined(parts: Sequence[pyarrow.Table], path: Path, first_bad: str) -> pyarrow.Table:
    if not parts:
        bad = f"; {first_bad} is no JSON object" if first_bad else ""
        raise InputError(f"the prediction log has no rows{bad}", where=str(path), mend="log what the model predicts")
    if len({part.schema.field("prediction_id").type for part in parts}) > 1:
        parts = [part.set_column(0, "prediction_id", part["prediction_id"].cast(pyarrow.string())) for part in parts]
    return pyarrow.concat_tables(parts)


def _times(values: pyarrow.Array) -> tuple[pyarrow.Array, NDArray[numpy.bool_], str]:
    """Times in UTC, null where a value is none; which values are not, and what they are.

    Timestamps without a zone are UTC; text must say its zone.
    """
    if pyarrow.types.is_null(values.type) or pyarrow.types.is_timestamp(values.type):
        # A time beyond microseconds loses its nanoseconds: that does not matter here.
        return values.cast(_UTC, safe=False), numpy.zeros(len(values), dtype=bool), ""
    if not is_text(values.type):
        return pyarrow.nulls(len(values), _UTC), present(values), str(values.type)
    try:
        return values.cast(_UTC), numpy.zeros(len(values), dtype=bool), ""
    except pyarrow.ArrowException:
        found = pyarrow.array([None if text is None else _time(text) for text in values.to_pylist()], _UTC)
        return found, present(values) & ~present(found), "text that is no time with its zone"


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _no_rows_of(model: str, names: pyarrow.ChunkedArray) -> str:
    seen = [str(name) for name in pyarrow.compute.unique(names).to_pylist() if name is not None]
    return f"the prediction log has no row of the model {model!r} ({nearest(model, seen)})"
