"""A source's rows out of a warehouse, as Parquet at the source's path."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow
import pyarrow.parquet

from gitmlops.adapters.data import warehouse
from gitmlops.adapters.files import not_written, sha256, write_atomic
from gitmlops.adapters.system.exclusive import exclusive
from gitmlops.definitions import Placed
from gitmlops.errors import InputError
from gitmlops.records.canonical import decode, encode
from gitmlops.records.source_snapshots import SourceSnapshots, Taken
from gitmlops.specs.feature import Dtype, Snapshot, Source
from gitmlops.specs.hints import nearest
from gitmlops.specs.yaml import shortened

FOLDER = "features/snapshots"
_SINCE = re.compile(r"(?<!:):since\b")
_TOO_LARGE = 1 << 63
_BEGINNING = "1970-01-01T00:00:00.000000Z"
_TYPES = {
    "int64": pyarrow.int64(),
    "float64": pyarrow.float64(),
    "string": pyarrow.string(),
    "boolean": pyarrow.bool_(),
    "timestamp": pyarrow.timestamp("us", "UTC"),
}


@dataclass(frozen=True)
class Plan:
    """What a run does. path: the file that it writes; before: earlier runs whose files stay."""

    source: Placed[Source]
    snapshot: Snapshot
    path: str
    since: str
    time: str
    before: tuple[Taken, ...]


def plan(root: Path, source: Placed[Source], *, now: datetime) -> Plan:
    """What `take` will do. Raises InputError if the source has no snapshot, or its path does not fit its query."""
    spec, snapshot = source.spec, source.spec.snapshot
    if snapshot is None:
        mend = "add `snapshot: {connection: VARIABLE, query: SELECT ...}`"
        raise InputError(f"the source {spec.name!r} is no snapshot", where=str(source.at("name")), mend=mend)
    adds, is_file = bool(_SINCE.search(snapshot.query)), spec.path.endswith(".parquet")
    if adds is is_file or any(sign in spec.path for sign in "*?["):
        wanted = "adds files to a folder: name one" if adds else "replaces a file: end the path with .parquet"
        mend = "mend the path, or the query"
        raise InputError(
            f"a query with{'' if adds else 'out'} `:since` {wanted}", where=str(source.at("path")), mend=mend
        )
    time = _shown(now)
    if not adds:
        return Plan(source, snapshot, spec.path, "", time, ())
    before = _before(root, spec)
    since = max((one.newest for one in before if one.newest), default=_BEGINNING)
    return Plan(source, snapshot, f"{spec.path}/{re.sub('[-:.]', '', time)}.parquet", since, time, before)


def take(root: Path, source: Placed[Source], *, now: datetime) -> Taken:
    """Run the query, write its rows and the record of it, each whole or not at all.

    Raises InputError like `plan`, and if the environment lacks the connection, or rows do not fit the declared
    columns; ToolError if the database refuses, or the disk, or if another run takes rows of this source.
    """
    lock = root / ".dvc/tmp/gitmlops" / f"snapshot {source.spec.name}.lock"
    with exclusive(lock, doing=f"taking rows of {source.spec.name}"):
        # Planned under the lock: since when rows are missing is what the run before has written.
        return _take(root, plan(root, source, now=now))


def _take(root: Path, plan: Plan) -> Taken:
    spec, path = plan.source.spec, root / plan.path
    # Beside the folder, not in it: DVC would track what a killed run leaves there.
    whole = root / spec.path
    partial = whole.with_name(f".{whole.name}.partial")
    zone = ZoneInfo(spec.timezone)
    since = {"since": datetime.fromisoformat(plan.since).astimezone(zone).replace(tzinfo=None)} if plan.since else {}
    place = str(plan.source.at("snapshot", "query"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with warehouse.selected(plan.snapshot.connection, plan.snapshot.query, since, where=place) as (names, batches):
            rows, newest = _write(partial, _tables(plan.source, names, batches), spec)
        partial.replace(path)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        partial.unlink(missing_ok=True)
    shown = _shown(newest) if newest else ""
    taken = Taken(plan.path, plan.snapshot.query, plan.since, plan.time, rows, shown, sha256(path))
    record = SourceSnapshots(spec.name, plan.snapshot.connection, (*plan.before, taken))
    write_atomic(root / FOLDER / f"{spec.name}.json", encode(record))
    return taken


def _before(root: Path, source: Source) -> tuple[Taken, ...]:
    """Earlier runs. Raises InputError if one's file is not here, or a file is here that would hold rows twice."""
    taken: tuple[Taken, ...] = ()
    file = root / FOLDER / f"{source.name}.json"
    if file.is_file():
        record: SourceSnapshots = decode(file.read_bytes(), SourceSnapshots, path=str(file.relative_to(root)))
        taken = record.taken
    known, here = {one.path for one in taken}, {f"{source.path}/{one.name}" for one in _files(root / source.path)}
    if missing := sorted(known - here):
        raise InputError("an earlier snapshot is not here", where=missing[0], mend="run `dvc pull`")
    if unknown := sorted(here - known):
        mend = f"remove it: its rows come again; or commit {FOLDER}/ together with the data"
        raise InputError(
            f"no run that ended wrote this: {file.relative_to(root)} does not name it", where=unknown[0], mend=mend
        )
    return taken


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix == ".parquet"] if folder.is_dir() else []


def _write(path: Path, tables: Iterable[pyarrow.Table], source: Source) -> tuple[int, datetime | None]:
    """How many rows were written, and the time of the newest."""
    schema = pyarrow.schema([(name, _TYPES[dtype]) for name, dtype in source.columns.items()])
    rows, newest = 0, None
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
            rows += table.num_rows
            times = [time for time in table[source.timestamp].to_pylist() if time is not None]
            newest = max([*times, *([newest] if newest else [])], default=None)
    return rows, newest


def _tables(
    source: Placed[Source], names: Sequence[str], batches: Iterator[list[tuple[Any, ...]]]
) -> Iterator[pyarrow.Table]:
    columns = source.spec.columns
    for name in columns:
        if name not in names:
            message = f"the query gives no column {name!r}"
            raise InputError(message, where=str(source.at("columns", name)), mend=nearest(name, names))
    zone = ZoneInfo(source.spec.timezone)
    for batch in batches:
        arrays = {
            name: pyarrow.array([_value(source, name, row[names.index(name)], zone) for row in batch], _TYPES[dtype])
            for name, dtype in columns.items()
        }
        yield pyarrow.table(arrays)


def _value(source: Placed[Source], name: str, value: Any, zone: ZoneInfo) -> Any:
    if value is None:
        return None
    dtype = source.spec.columns[name]
    try:
        return _converted(value, dtype, zone)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"the query gives {shortened(str(value))} in {name!r}, which is no {dtype}"
        raise InputError(message, where=str(source.at("columns", name)), mend="mend the query, or the type") from error


def _converted(value: Any, dtype: Dtype, zone: ZoneInfo) -> Any:
    """The value in a declared type; a driver may give decimals, 0 and 1, or texts of times. Raises ValueError."""
    if dtype == "string" and isinstance(value, str):
        return value
    if dtype == "timestamp" and isinstance(value, str | date):
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    if dtype == "boolean" and value in (0, 1):
        return bool(value)
    if dtype == "float64" and not isinstance(value, str | bytes):
        return float(value)
    if dtype == "int64" and not isinstance(value, str | bytes) and value == int(value) and abs(value) < _TOO_LARGE:
        return int(value)
    raise ValueError


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
