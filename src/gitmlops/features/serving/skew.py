"""Whether what is served, or was, is what the point-in-time join says of that moment."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import pyarrow

from gitmlops.adapters.data import row_files
from gitmlops.adapters.engines.duckdb import blaming, opened
from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.features.join import relations, retrieval, transforms
from gitmlops.features.serving import sql_export
from gitmlops.features.serving.online_store import KeyValue, OnlineStore
from gitmlops.features.wiring import check as wiring
from gitmlops.features.wiring import selection, upstream
from gitmlops.features.wiring.selection import Selected
from gitmlops.records.prediction_log import FEATURE, KEY
from gitmlops.report import Cell, Finding, Report, Severity, Table, raise_errors
from gitmlops.specs.hints import nearest
from gitmlops.specs.yaml import shortened

_TIME = "time"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_SAME = 1e-9
"""Relative difference of floats up to which they are the same: sums may be added up in another order."""


@dataclass(frozen=True)
class Compared:
    """One feature. example: the first row that differs: keys and time, what was served, what was known."""

    feature: Selected
    rows: int
    differing: int
    example: tuple[tuple[str, Cell], ...] = ()


def of_store(
    root: Path, definitions: Definitions, store: OnlineStore, set_: str, *, sample: int, now: datetime
) -> tuple[Compared, ...]:
    """What the store serves at `now`, compared, of keys that it knows, and of those that it should.

    Raises InputError or InputErrors.
    """
    features, keys = store.features(set_), store.sample(set_, sample)
    chosen = [
        one
        for one in selection.select_pins(definitions, [feature.pin for feature in features])
        if isinstance(one, Selected)
    ]
    keys += _missing(root, definitions, store, chosen, keys[:1], sample=sample, now=now)
    served = [store.get(set_, row, now=now) for row in keys]
    values = {one.column: [row[feature.name] for row in served] for one, feature in zip(chosen, features, strict=True)}
    # As objects: of a whole number beside a null pandas would make a float, which does not hold every key.
    rows = pandas.DataFrame(keys, index=range(len(keys)), dtype=object).assign(**{_TIME: pandas.Timestamp(now)})
    return _compared(root, definitions, chosen, rows, values)


def _missing(
    root: Path,
    definitions: Definitions,
    store: OnlineStore,
    chosen: Sequence[Selected],
    known: Sequence[Mapping[str, KeyValue]],
    *,
    sample: int,
    now: datetime,
) -> list[dict[str, KeyValue]]:
    """Keys of which the source has something by `now`, and the store nothing; known: where other keys come from."""
    views = {one.view.spec.id: one.view for one in chosen}
    raise_errors(wiring.check_views(definitions, views.values()))
    every = {key.name: None for view in views.values() for key in upstream.keys_of(definitions, view.spec)}
    around: dict[str, KeyValue] = {**every, **(known[0] if known else {})}
    readable = [file.real for file in relations.readable(root, definitions, views.values())]
    found: list[dict[str, KeyValue]] = []
    with opened(readable) as engine:
        for id_, view in views.items():
            keys = {key.name: key.dtype for key in upstream.keys_of(definitions, view.spec)}
            relation = relations.attach(engine, root, definitions, view)
            with blaming(transforms.place(view), f"mend the view {id_}, or the data of {view.spec.source}"):
                select = sql_export.sampled(relation, keys, (now - _EPOCH) // _MICROSECOND, sample)
                rows = engine.table(select).to_pylist() if keys else []
            found += [{**around, **row} for row in rows if not store.knows(id_, row)]
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in found)]


def of_log(
    root: Path, definitions: Definitions, path: Path, set_: str, *, sample: int
) -> tuple[tuple[Compared, ...], tuple[str, ...]]:
    """What a prediction log says that a model saw, compared; and the columns of the set that are not in the log.

    Features that were computed on demand are not compared: what they were computed from is.
    Raises InputError or InputErrors.
    """
    keys = [key.name for key in selection.keys(definitions, set_)]
    stored = [one for one in selection.select(definitions, set_) if isinstance(one, Selected)]
    names = [_TIME, *(f"{KEY}{key}" for key in keys), *(f"{FEATURE}{one.column}" for one in stored)]
    log = _read(path, names)
    for name in (_TIME, *(f"{KEY}{key}" for key in keys)):
        if name not in log.columns:
            mend = f"log it beside the features; {nearest(name, map(str, log.columns))}"
            raise InputError(f"the log has no column {name!r}", where=str(path), mend=mend)
    log = log.iloc[:: max(1, -(-len(log) // sample))].reset_index(drop=True)
    logged = [one for one in stored if f"{FEATURE}{one.column}" in log.columns]
    times = _times(log[_TIME], str(path))
    rows = pandas.DataFrame({**{key: log[f"{KEY}{key}"] for key in keys}, _TIME: times})
    values = {one.column: log[f"{FEATURE}{one.column}"].tolist() for one in logged}
    missing = tuple(one.column for one in stored if one not in logged)
    return _compared(root, definitions, logged, rows, values), missing


def _read(path: Path, columns: Sequence[str]) -> pandas.DataFrame:
    """The columns that the log has. Raises InputError for lines that are no row: they may be those that differ."""
    parts = []
    for part in row_files.parts(row_files.found(path), columns):
        if part.bad:
            where = f"{part.file.path}:{part.bad[0]}"
            raise InputError("the line is no JSON object", where=where, mend="write one row a line")
        names = [name for name in part.table.column_names if name]
        parts.append(pyarrow.table({name: part.whole(name) for name in names}))
    whole = pyarrow.concat_tables(parts, promote_options="permissive") if parts else pyarrow.table({})
    frame: pandas.DataFrame = whole.to_pandas()
    return frame


def report(compared: Mapping[str, Sequence[Compared]], missing: Iterable[str] = ()) -> Report:
    """A finding for each feature that differs. compared: by feature set."""
    findings, rows = [], []
    for set_, features in compared.items():
        for one in features:
            rows.append((set_, one.feature.pin, one.rows, one.differing))
            if one.differing:
                message = (
                    f"{one.feature.pin}: {one.differing:,} of {one.rows:,} served rows are not what was known then"
                )
                place = one.feature.view.at("features", one.feature.view.spec.features.index(one.feature.feature))
                mend = "export again, or mend what computes it for serving"
                findings.append(Finding("skew", Severity.ERROR, message, place, mend, one.example))
    findings += [Finding("skew", Severity.WARNING, f"{name} is not in the log", mend="log it") for name in missing]
    if not any(one.rows for features in compared.values() for one in features):
        message = "nothing was compared: there is no row, or no feature of the set in it"
        findings.append(
            Finding("skew", Severity.WARNING, message, mend="see that it is the store, or the log, that is used")
        )
    elif not findings:
        findings.append(Finding("skew", Severity.PASS, f"{len(rows)} features are served as they were known"))
    table = Table("Features", ("set", "feature", "rows", "differing"), tuple(rows))
    return Report("Training-serving skew", tuple(findings), tables=(table,), outcomes=("none", "found"))


def _times(column: "pandas.Series[Any]", where: str) -> "pandas.Series[Any]":
    """The column as times in UTC. Numbers are none: nobody could tell seconds from microseconds."""
    mend = "log times, or RFC 3339 text"
    if pandas.api.types.is_numeric_dtype(column):
        raise InputError(f"{_TIME!r} is {column.dtype}, not a time", where=where, mend=mend)
    try:
        return pandas.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{_TIME!r} has a value that is no time", where=where, mend=mend) from error


def _compared(
    root: Path,
    definitions: Definitions,
    chosen: Sequence[Selected],
    rows: pandas.DataFrame,
    served: Mapping[str, Sequence[Any]],
) -> tuple[Compared, ...]:
    if not len(rows) or not chosen:
        return tuple(Compared(one, 0, 0) for one in chosen)
    known = retrieval.retrieve_chosen(root, definitions, rows, chosen=chosen, time=_TIME, engine="duckdb")
    return tuple(_one(one, rows, served[one.column], known[one.column].tolist()) for one in chosen)


def _one(feature: Selected, rows: pandas.DataFrame, served: Sequence[Any], known: Sequence[Any]) -> Compared:
    differing = [i for i, (a, b) in enumerate(zip(served, known, strict=True)) if not _same(a, b)]
    if not differing:
        return Compared(feature, len(rows), 0)
    first = differing[0]
    example: list[tuple[str, Cell]] = [(str(name), _shown(value)) for name, value in rows.iloc[first].items()]
    if not feature.feature.is_personal:
        example += [("served", _shown(served[first])), ("known", _shown(known[first]))]
    return Compared(feature, len(rows), len(differing), tuple(example))


def _same(served: Any, known: Any) -> bool:
    if pandas.isna(served) or pandas.isna(known):
        return bool(pandas.isna(served) and pandas.isna(known))
    if isinstance(served, float) or isinstance(known, float):
        try:
            return math.isclose(float(served), float(known), rel_tol=_SAME)
        except (TypeError, ValueError):
            return False
    return bool(served == known)


def _shown(value: Any) -> str:
    return "null" if pandas.isna(value) else shortened(value) if isinstance(value, str) else str(value)
