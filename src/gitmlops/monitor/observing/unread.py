"""What of the log was not read: lines that are no row, and about when they were written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.monitor.profiles.faults import Fault

_NEWEST = numpy.iinfo(numpy.int64).max


@dataclass(frozen=True)
class Places:
    """Lines of files. files: the place of each one's file; numbers: its number there, from 1; both ascend."""

    files: NDArray[numpy.int64]
    numbers: NDArray[numpy.int64]


@dataclass(frozen=True)
class Unread:
    """What of the log was not read. lines: how many are no row, with where the first one is, by file; torn: files
    whose last line was still being written; files: names of what lies among them and is neither Parquet nor JSON Lines.

    places: of the lines that are no row; times: about when they were written, as `written` says; names: of all files.
    """

    lines: Mapping[str, tuple[int, str]]
    torn: tuple[str, ...]
    files: tuple[str, ...]
    places: Places
    times: NDArray[numpy.int64]
    names: Sequence[str]

    def since(self, time: int) -> Fault | None:
        """The lines that were written from a time on, in microseconds since 1970, as one fault; None without any."""
        late = numpy.flatnonzero(self.times >= time)
        if not len(late):
            return None
        where = f"{self.names[self.places.files[late[0]]]}:{self.places.numbers[late[0]]}"
        return Fault("a line", "no JSON object (NaN is none of JSON's words)", "predictions", where, len(late))


def written(lines: Places, rows: Places, times: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
    """About when each line was written: the time of the row before it in its file, or of the one behind it.

    times: of the rows. Of a file without a row nobody knows: its lines count as newer than everything.
    """
    if not len(times):
        return numpy.full(len(lines.files), _NEWEST)
    behind = numpy.searchsorted(_keys(rows), _keys(lines))
    nearest = numpy.full(len(lines.files), _NEWEST)
    for neighbour in (behind, behind - 1):
        row = numpy.clip(neighbour, 0, len(times) - 1)
        nearest = numpy.where((row == neighbour) & (rows.files[row] == lines.files), times[row], nearest)
    return nearest


def _keys(places: Places) -> NDArray[numpy.int64]:
    """One number that ascends as files, and lines in them, do."""
    return (places.files << 40) + places.numbers
