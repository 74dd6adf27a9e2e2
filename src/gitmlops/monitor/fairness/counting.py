"""Decisions and outcomes by group, counted in each window of each version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import pandas
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters.data import row_files
from gitmlops.adapters.data.row_files import RowFiles
from gitmlops.errors import InputError
from gitmlops.monitor.fairness.promises import FEWEST_QUOTED, Partition, Promise, partitions
from gitmlops.monitor.observing.log import identifiers
from gitmlops.monitor.observing.observation import LoggedRows
from gitmlops.monitor.profiles.faults import texts_of
from gitmlops.monitor.profiles.subsets import Labels, text_labels
from gitmlops.records.prediction_log import FEATURE, KEY, SLICE
from gitmlops.specs.model import GroupTable, Monitoring
from gitmlops.statistics.groups import Groups, intersections
from gitmlops.statistics.rates import confusion
from gitmlops.statistics.resampling import Whole

MISSING = "(missing)"
"""Rows without a value are a group of their own, as in the gate."""


@dataclass(frozen=True)
class GroupCounts:
    """Rows by unit, group and decision, shape (units, groups, 2), and by outcome and decision where it is known, shape
    (units, groups, 2, 2). groups: their names, `sex=F` or `sex=F & age=old`; rare: how many were left out, for which
    the whole log has too few rows to be compared.
    """

    groups: tuple[str, ...]
    decided: Whole
    labelled: Whole
    rare: int = 0


def count_groups(
    root: Path, monitoring: Monitoring, rows: LoggedRows, promises: Sequence[Promise]
) -> Mapping[Partition, GroupCounts]:
    """The counts of each way to part the rows whose columns are known: by the log's slices or features, or by a table.

    Raises InputError where a table cannot be read.
    """
    wanted = partitions(promises)
    columns = sorted({column for partition in wanted for column in partition})
    if not columns:
        return {}
    known = _logged(rows.log, columns)
    missing = [column for column in columns if column not in known]
    if missing and monitoring.groups:
        known |= _joined(root, monitoring.groups, rows, missing)
    frequent = {column: _frequent(groups) for column, groups in known.items()}
    return {
        partition: _counted([frequent[column] for column in partition], rows, promises[0].decision)
        for partition in wanted
        if set(partition) <= set(known)
    }


def _frequent(groups: Groups) -> tuple[Groups, int]:
    """The groups that may be compared, and how many are not: a column may have as many values as rows."""
    rare = {name for name, rows in zip(groups.names, groups.sizes.tolist(), strict=True) if rows < FEWEST_QUOTED}
    return groups.without(rare), len(rare)


def _counted(parts: Sequence[tuple[Groups, int]], rows: LoggedRows, decision: float) -> GroupCounts:
    groups, crossed = _frequent(intersections(*(groups for groups, _ in parts)))
    rare = crossed + sum(left_out for _, left_out in parts)
    size, units = len(groups.names), int(rows.units.max(initial=-1)) + 1
    cells = numpy.where((rows.units >= 0) & (groups.codes >= 0), rows.units * size + groups.codes, -1)
    decisions, everyone = rows.scores >= decision, numpy.zeros(len(cells))
    decided = confusion(everyone, decisions, cells, units * size)[:, 0]
    known = numpy.where(numpy.isnan(rows.outcomes), -1, cells)
    labelled = confusion(rows.outcomes, decisions, known, units * size)
    return GroupCounts(groups.names, decided.reshape(units, size, 2), labelled.reshape(units, size, 2, 2), rare)


def _logged(log: RowFiles, columns: Sequence[str]) -> dict[str, Groups]:
    """The columns that the log has, under the name of a slice or of a feature."""
    names = [prefix + column for column in columns for prefix in (SLICE, FEATURE)]
    found: dict[str, list[Labels]] = {column: [] for column in columns}
    seen: set[str] = set()
    for part in row_files.parts(log, ["prediction_id", *names]):
        for column in columns:
            name = next((one for one in (SLICE + column, FEATURE + column) if one in part.table.column_names), "")
            seen |= {column} if name else set()
            found[column].append(text_labels(texts_of(part, name).fitting) if name else _nothing(part.rows))
    return {column: _groups(column, found[column]) for column in columns if column in seen}


def _nothing(rows: int) -> Labels:
    return Labels((), numpy.full(rows, -1, dtype=numpy.int64))


def _groups(column: str, parts: Sequence[Labels]) -> Groups:
    """One column of groups from parts that each have labels of their own."""
    names = sorted({MISSING, *(label for part in parts for label in part.distinct)})
    place = {name: index for index, name in enumerate(names)}
    codes = [
        numpy.array([*(place[label] for label in part.distinct), place[MISSING]], dtype=numpy.int64)[part.indices]
        for part in parts
    ]
    return _without_empty(Groups(tuple(f"{column}={name}" for name in names), numpy.concatenate(codes)))


def _without_empty(groups: Groups) -> Groups:
    return groups.without([name for name, rows in zip(groups.names, groups.sizes, strict=True) if not rows])


def _joined(root: Path, groups: GroupTable, rows: LoggedRows, columns: Sequence[str]) -> dict[str, Groups]:
    """The columns that the table beside the log has; a key that is there twice counts as its last row says."""
    keys = rows.ids if groups.key is None else _keys(rows.log, groups.key)
    source = row_files.found(root / groups.source)
    parts = [part for part in row_files.parts(source, [groups.join, *columns]) if part.rows]
    if any(groups.join not in part.table.column_names for part in parts):
        what = f"the table of groups lacks the column {groups.join}"
        raise InputError(what, where=groups.source, mend="mend `monitoring.groups`, or the table")
    known = pandas.Index(numpy.concatenate([_as_text(part.whole(groups.join)) for part in parts] or [numpy.array([])]))
    latest = ~known.duplicated(keep="last")
    places = known[latest].get_indexer(pandas.Index(keys.astype(str)))
    found: dict[str, Groups] = {}
    for column in columns:
        if parts and all(column in part.table.column_names for part in parts):
            labels = text_labels(pyarrow.chunked_array([texts_of(part, column).fitting for part in parts]))
            indices = numpy.append(labels.indices[latest], -1)[places]
            found[column] = _groups(column, [Labels(labels.distinct, indices)])
    return found


def _keys(log: RowFiles, key: str) -> pandas.Index:
    """The log's column of a key. Raises InputError if a file has none."""
    parts = []
    for part in row_files.parts(log, ["prediction_id", KEY + key]):
        if part.rows and KEY + key not in part.table.column_names:
            mend = "log it, or leave `key` out of `monitoring.groups` and join by the prediction's id"
            raise InputError(f"the log has no column {KEY}{key}", where=str(part.file.path), mend=mend)
        parts.append(_as_text(part.whole(KEY + key)) if part.rows else numpy.array([], dtype=object))
    return pandas.Index(numpy.concatenate(parts))


def _as_text(values: pyarrow.ChunkedArray) -> NDArray[numpy.object_]:
    found: NDArray[numpy.object_] = identifiers(values).to_pandas().astype(str).to_numpy(dtype=object)
    return found
