"""A view's rows as Parquet files, one a month; months whose rows did not change are not made again.

Every file and record is renamed into its place, and the record says which files are good: a build that is killed at
any moment is finished by the next one, to the same bytes.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from gitmlops.adapters.engines.engine import Engine, opening
from gitmlops.adapters.files import remove, sha256, write_atomic
from gitmlops.adapters.system.exclusive import exclusive
from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.building import partitions, sql_partitions
from gitmlops.features.building.partitions import Day, Month, Plan
from gitmlops.features.join import history, relations, transforms
from gitmlops.features.join.relations import Relation
from gitmlops.features.wiring import check as wiring
from gitmlops.records.canonical import decode, encode
from gitmlops.records.feature_build import FILE, FeatureBuild, Partition
from gitmlops.report import raise_errors
from gitmlops.specs.engine import EngineName
from gitmlops.specs.feature import FeatureView
from gitmlops.specs.fields import seconds

FOLDER = "data/features"
_PARTITION = re.compile(r"([0-9]{4}-[0-9]{2})\.parquet")
_UNFINISHED = ".unfinished.parquet"
_LEFT_BEHIND = re.compile(rf"{re.escape(_UNFINISHED)}(?:\..+)?|\.{re.escape(FILE)}\..+")
_ROWS, _CHUNK = '"view rows"', '"partition rows"'


@dataclass(frozen=True)
class Built:
    """What a build did, or would do."""

    view: Placed[FeatureView]
    folder: str
    plan: Plan

    @property
    def rows(self) -> int:
        """Rows of all partitions."""
        return sum(month.rows for month in self.plan.make) + sum(kept.rows for kept in self.plan.keep)


@dataclass(frozen=True)
class _Work:
    """A build that has looked at everything and written nothing."""

    engine: Engine
    relation: Relation
    place: Path
    plan: Plan


def folder(view: FeatureView) -> str:
    """Where a view's partitions are, relative to the repository's root."""
    return f"{FOLDER}/{view.id}"


def look(root: Path, definitions: Definitions, view: Placed[FeatureView], definition: str, engine: EngineName) -> Built:
    """What `build` would do. Raises like it, but for writing."""
    with _looked_at(root, definitions, view, definition, engine) as work:
        return Built(view, folder(view.spec), work.plan)


def build(
    root: Path, definitions: Definitions, view: Placed[FeatureView], definition: str, engine: EngineName
) -> Built:
    """Make what is not up to date. definition: digest of what the view's features are.

    Raises InputError or InputErrors: data, SQL or Python that do not fit the definitions, files of somebody else in
    the folder; ToolError if something cannot be written, or if the view is being built already.
    """
    lock = root / ".dvc/tmp/gitmlops" / f"build {view.spec.id.replace('/', ' ')}.lock"
    with (
        exclusive(lock, doing=f"building {view.spec.id}"),
        _looked_at(root, definitions, view, definition, engine) as work,
    ):
        record = FeatureBuild(
            view.spec.id, definition, _computed_by(work.engine), not work.plan.changes, work.plan.keep
        )
        _write(work.place, record)
        mend = f"mend the view {view.spec.id}, or the data of {view.spec.source}"
        with work.engine.blaming(transforms.place(view), mend):
            for month in work.plan.make:
                made = sorted((*record.partitions, _make(work, view.spec, month)), key=lambda one: one.month)
                record = structs.replace(record, partitions=tuple(made))
                _write(work.place, record)
        for name in work.plan.remove:
            (work.place / f"{name}.parquet").unlink()
        _write(work.place, structs.replace(record, complete=True))
        return Built(view, folder(view.spec), work.plan)


@contextmanager
def _looked_at(
    root: Path, definitions: Definitions, view: Placed[FeatureView], definition: str, name: EngineName
) -> Iterator[_Work]:
    raise_errors(wiring.check_views(definitions, [view]))
    place = _place(root, view.spec)
    readable = [file.real for file in relations.readable(root, definitions, [view])]
    # One thread: float sums add up in one order, so that the same rows give the same bytes.
    with opening(name)(readable, writable=[place.resolve() / _UNFINISHED], threads=1) as engine:
        relation = relations.attach(engine, root, definitions, view)
        columns = _columns(view.spec, relation)
        mend = f"mend the view {view.spec.id}, or the data of {view.spec.source}"
        with engine.blaming(transforms.place(view), mend):
            # Read once: what is digested is what is built, whatever happens to the files meanwhile.
            engine.keep(_ROWS, sql_partitions.known_rows(relation, columns))
            relation = replace(relation, text=_ROWS)
            found = engine.table(sql_partitions.digests(relation, columns)).to_pylist()
        days = [Day(day["day"], day["rows"], f"{day['low']} {day['high']}") for day in found]
        months = partitions.months(days, reach=_reach(view.spec))
        yield _Work(engine, relation, place, _plan(place, months, definition, _computed_by(engine)))


def _plan(place: Path, months: Sequence[Month], definition: str, by: str) -> Plan:
    record = _read(place)
    same = record is not None and (record.definition, record.engine) == (definition, by)
    known = {one.month: one for one in record.partitions} if record and same else {}
    files = {match[1]: sha256(file) for file in _files(place) if (match := _PARTITION.fullmatch(file.name))}
    return partitions.plan(months, known, files)


def _make(work: _Work, view: FeatureView, month: Month) -> Partition:
    """Write the rows of a month, each aggregation as at its row's own time."""
    columns = _columns(view, work.relation)
    work.engine.keep(_CHUNK, sql_partitions.between(work.relation, columns, month.first - _reach(view), month.end))
    rows = relations.rows(work.engine, view, replace(work.relation, text=_CHUNK))
    created = [work.relation.created] if work.relation.created else []
    order = [*work.relation.keys, *created, *(feature.name for feature in view.features)]
    unfinished = work.place.resolve() / _UNFINISHED
    work.engine.write_file(sql_partitions.from_moment(rows, work.relation.timestamp, order, month.first), unfinished)
    digest = sha256(unfinished)
    unfinished.replace(work.place / f"{month.name}.parquet")
    return Partition(month.name, month.rows, digest, month.inputs)


def _columns(view: FeatureView, relation: Relation) -> list[str]:
    """The columns of the view's rows that its features are made of, each once."""
    aggregated = {one.name for one in view.aggregations}
    names = [*relation.keys, relation.timestamp, *([relation.created] if relation.created else [])]
    names += [feature.name for feature in view.features if feature.name not in aggregated]
    names += [one.column for one in view.aggregations if one.column]
    return list({name.lower(): name for name in reversed(names)}.values())[::-1]


def _reach(view: FeatureView) -> int:
    """How many microseconds its windows look back."""
    return max((seconds(one.window) for one in view.aggregations), default=0) * 1_000_000


def _place(root: Path, view: FeatureView) -> Path:
    """The folder. Raises InputError if it is a link, or holds what no build wrote; removes what a killed one left."""
    place = root / folder(view)
    for part in (place, *place.parents):
        if part == root:
            break
        if part.is_symlink():
            where = str(part.relative_to(root))
            raise InputError("a link: what is written there would land elsewhere", where=where, mend="remove it")
    for file in _files(place):
        if _LEFT_BEHIND.fullmatch(file.name):
            remove(file)
        elif not (file.is_file() and (_PARTITION.fullmatch(file.name) or file.name == FILE)):
            where = str(file.relative_to(root))
            raise InputError("not written by `feature build`, whose folder this is", where=where, mend="move it away")
    return place


def _files(place: Path) -> list[Path]:
    return sorted(place.iterdir()) if place.is_dir() else []


def _read(place: Path) -> FeatureBuild | None:
    """The record; None where there is none, or none that this release can read: then everything is made."""
    try:
        return decode((place / FILE).read_bytes(), FeatureBuild, path=str(place / FILE))
    except (FileNotFoundError, InputError):
        return None


def _write(place: Path, record: FeatureBuild) -> None:
    content = encode(record)
    path = place / FILE
    if not (path.is_file() and path.read_bytes() == content):
        write_atomic(path, content)


def _computed_by(engine: Engine) -> str:
    return f"{engine.version}, gitmlops {history.VERSION}"
