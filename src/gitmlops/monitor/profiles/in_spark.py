"""The log's columns counted where Spark runs: its workers read row groups, and what they counted is added up here."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters.data import row_files
from gitmlops.adapters.data.row_files import RowFile, RowFiles
from gitmlops.adapters.engines.spark import Engine
from gitmlops.adapters.engines.spark_parts import Say, said
from gitmlops.errors import InputError
from gitmlops.monitor.profiles.tallies import Counted, Counting, Tallying, parts_by_unit
from gitmlops.records.baseline import Baseline

_AT_ONCE = 128
"""Parts at most, each with row groups that follow each other: what they send is here at once."""
_AGAIN = "run the command again"
_SCHEMA = pyarrow.schema(
    {"place": pyarrow.int64(), "path": pyarrow.string(), "name": pyarrow.string(), "row_group": pyarrow.int64(),
     "first": pyarrow.int64(), "units": pyarrow.binary()}
)  # fmt: skip


class _Refused(msgspec.Struct, array_like=True, tag=True):
    what: str
    where: str
    mend: str


class _Done(msgspec.Struct, array_like=True, tag=True):
    rows: int
    counted: bytes


def tallying(engine: Engine) -> Tallying:
    """What counts as `tally` does, with the same answer: Parquet files on Spark, JSON Lines in this process.

    The workers have to see the files under the same paths. Raises InputError if a file cannot be read, and ToolError
    where Spark fails.
    """
    return partial(_tally, engine)


def _tally(
    engine: Engine, log: RowFiles, units: NDArray[numpy.int64], baselines: Mapping[int, Baseline]
) -> Mapping[int, Counted]:
    counting, rest = Counting(baselines), units
    # File after file in their order: what a part finds first is told.
    for is_lines, files in groupby(log.files, lambda file: file.is_lines):
        some = RowFiles(log.path, tuple(files))
        rows = _count_here(counting, some, rest) if is_lines else _count_there(counting, engine, some, rest, baselines)
        rest = rest[rows:]
    return counting.counted()


def _count_here(counting: Counting, log: RowFiles, units: NDArray[numpy.int64]) -> int:
    """How many rows there were, which are counted now."""
    rows = 0
    for part, of_part in parts_by_unit(log, counting.names, units):
        counting.add(part, of_part)
        rows += part.rows
    return rows


def _count_there(
    counting: Counting, engine: Engine, log: RowFiles, units: NDArray[numpy.int64], baselines: Mapping[int, Baseline]
) -> int:
    """The same on Spark."""
    groups, rows = [*_groups(log, units)], 0
    with engine.blaming(str(log.path), "look at the prediction log"):
        frame = engine.rows(pyarrow.Table.from_pylist(groups, schema=_SCHEMA))
        parts = frame.repartitionByRange(min(len(groups), _AT_ONCE), "place")
        for part in said(parts, _counting(baselines, counting.names)):
            found = msgspec.msgpack.decode(part, type=_Done | _Refused)
            if isinstance(found, _Refused):
                raise InputError(found.what, where=found.where, mend=found.mend)
            counting.add_packed(found.counted)
            rows += found.rows
    for file in log.files:
        row_files.require_same(file)
    return rows


def _groups(log: RowFiles, units: NDArray[numpy.int64]) -> Iterator[dict[str, Any]]:
    """Every row group of the log, with the units of its rows, in four bytes each."""
    start = 0
    for file in log.files:
        first = 1
        for group, rows in enumerate(row_files.row_groups(file)):
            of_group = units[start : start + rows].astype(numpy.int32).tobytes()
            yield {"place": start, "path": str(file.path.resolve()), "name": file.name, "row_group": group,
                   "first": first, "units": of_group}  # fmt: skip
            start, first = start + rows, first + rows


# What follows runs in Spark's workers, and names nothing but what it is given.


def _counting(baselines: Mapping[int, Baseline], names: Sequence[str]) -> Say:
    def count(batches: Iterator[pyarrow.RecordBatch]) -> bytes:
        found, total = Counting(baselines), 0
        groups = [group for batch in batches for group in batch.to_pylist()]
        try:
            for group in sorted(groups, key=lambda one: (one["place"], one["row_group"])):
                file = RowFile(Path(group["path"]), group["name"], 0, (0, 0))
                units = numpy.frombuffer(group["units"], dtype=numpy.int32).astype(numpy.int64)
                part = row_files.row_group(file, group["row_group"], group["first"], names)
                if part.rows != len(units):
                    raise InputError("the file was replaced while it was read", where=group["path"], mend=_AGAIN)
                found.add(part, units)
                total += part.rows
        except InputError as error:
            return msgspec.msgpack.encode(_Refused(error.what, error.where, error.mend))
        return msgspec.msgpack.encode(_Done(total, found.packed()))

    return count
