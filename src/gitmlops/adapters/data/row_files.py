"""Tables that others go on writing, as Parquet or JSON Lines: which files there are is fixed once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet
from numpy.typing import NDArray

from gitmlops.adapters.data import json_lines
from gitmlops.adapters.data.json_lines import Others
from gitmlops.errors import InputError

_PARQUET = re.compile(r".*\.(parquet|pq)")
_LINES = re.compile(r".*\.(jsonl|ndjson)([.-][0-9][0-9A-Za-z:_-]*)?(\.gz)?")
"""With what a rotation puts behind a name (`log.jsonl.1`, `log.jsonl-20261130.gz`)."""
_NO_DATA = re.compile(r"[._].*|.*\.dvc")
"""Partial files, marks of other tools, DVC's pointers."""


@dataclass(frozen=True)
class RowFile:
    """One file, as it was found. length: so many of its bytes count; key: device and number."""

    path: Path
    name: str
    length: int
    key: tuple[int, int]

    @property
    def is_lines(self) -> bool:
        """Whether it has JSON Lines."""
        return is_lines(self.path)


@dataclass(frozen=True)
class RowFiles:
    """The files of a table, by name, at one moment. path: as they were asked for; unread: what else lies there."""

    path: Path
    files: tuple[RowFile, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Some rows of a file. others: values of a column that are not of its type, by column.

    lines: where each row is in the file, from 1: its line, or its number. bad: lines that are no row; torn: whether the
    last line is still being written; has_schema: whether the file says which columns its rows have.
    """

    table: pyarrow.Table
    file: RowFile
    lines: NDArray[numpy.int64]
    others: Mapping[str, Others] = field(default_factory=dict)
    bad: tuple[int, ...] = ()
    torn: bool = False
    has_schema: bool = True

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.lines)

    def where(self, row: int) -> str:
        """The place of a row, as `served/may.jsonl:17`."""
        return f"{self.file.name}:{self.lines[row]}"

    def of(self, chosen: NDArray[numpy.bool_]) -> "Part":
        """Some of the rows."""
        mask = pyarrow.array(chosen)
        others = {name: Others(one.values.filter(mask), one.kind) for name, one in self.others.items()}
        return replace(self, table=self.table.filter(mask), lines=self.lines[chosen], others=others)

    def whole(self, name: str) -> pyarrow.ChunkedArray:
        """A column with all its values: as text, where they are of several types."""
        return json_lines.whole(self.table, self.others, name)


def found(path: Path) -> RowFiles:
    """A file, the files of a folder, or those of a pattern (`served/**/*.jsonl`). Raises InputError if there are none.

    Of a folder, names that begin with `.` or `_` are no data; whatever else is not read is named in `unread`.
    """
    if path.is_file():
        return RowFiles(path, (_fixed(path, path.name),))
    base, candidates = _candidates(path)
    readable = [one for one in candidates if _is_data(one)]
    unread = tuple(_name(base, one) for one in candidates if one not in set(readable))
    if not readable:
        what = "no such table" + (f": {unread[0]} is neither Parquet nor JSON Lines" if unread else "")
        raise InputError(what, where=str(path), mend="run `dvc pull`, or what writes it")
    return RowFiles(path, tuple(_fixed(one, _name(base, one)) for one in readable), unread)


def is_lines(path: Path) -> bool:
    """Whether a file has JSON Lines, by its name."""
    return _LINES.fullmatch(path.name) is not None


def parts(files: RowFiles, columns: Sequence[str]) -> Iterator[Part]:
    """The rows, in the order of the files. Of `columns` a part has those that its file has, and nothing else is read.

    Raises InputError if a file cannot be read, or is another one than it was when it was found.
    """
    for file in files.files:
        require_same(file)
        yield from _of_lines(file, columns) if file.is_lines else _of_parquet(file, columns)


def require_same(file: RowFile) -> None:
    """Raises InputError if a file is another one than it was when it was found."""
    try:
        about = file.path.stat()
    except OSError:
        about = None
    if about is None or (about.st_dev, about.st_ino) != file.key or about.st_size < file.length:
        mend = "run the command again"
        raise InputError("the file was rotated or replaced while it was read", where=str(file.path), mend=mend)


def row_groups(file: RowFile) -> tuple[int, ...]:
    """How many rows each row group of a Parquet file has, in their order. Raises InputError as `parts` does."""
    require_same(file)
    with _readable(file):
        about = pyarrow.parquet.read_metadata(file.path)
        return tuple(about.row_group(group).num_rows for group in range(about.num_row_groups))


def row_group(file: RowFile, group: int, first: int, columns: Sequence[str]) -> Part:
    """One row group of a Parquet file, as `parts` has it. first: the number of its first row in the file, from 1.

    Raises InputError if it cannot be read. Whether it is still the same file is not asked: on another machine that has
    it, too, its numbers are others.
    """
    with _readable(file):
        return _row_group(pyarrow.parquet.ParquetFile(file.path), file, group, first, columns)


def _candidates(path: Path) -> tuple[Path, list[Path]]:
    """Where to count names from, and what there is, in the order of names."""
    if path.is_dir():
        return path, sorted(one for one in path.iterdir() if not _NO_DATA.fullmatch(one.name))
    fixed = next((parent for parent in path.parents if not re.search(r"[*?\[]", str(parent))), path.parent)
    if fixed == path.parent and not re.search(r"[*?\[]", path.name):
        return fixed, []
    matching = fixed.glob(str(path.relative_to(fixed)))
    return fixed, sorted(one for one in matching if one.is_file() and not _NO_DATA.fullmatch(one.name))


def _is_data(path: Path) -> bool:
    return path.is_file() and bool(_PARQUET.fullmatch(path.name) or _LINES.fullmatch(path.name))


def _name(base: Path, path: Path) -> str:
    return f"{base.name}/{path.relative_to(base).as_posix()}" + ("/" if path.is_dir() else "")


def _fixed(path: Path, name: str) -> RowFile:
    about = path.stat()
    return RowFile(path, name, about.st_size, (about.st_dev, about.st_ino))


def _of_lines(file: RowFile, columns: Sequence[str]) -> Iterator[Part]:
    for block in json_lines.blocks(file.path, file.length, columns):
        yield Part(block.table, file, block.lines, block.others, block.bad, block.torn, has_schema=False)


def _of_parquet(file: RowFile, columns: Sequence[str]) -> Iterator[Part]:
    with _readable(file):
        opened = pyarrow.parquet.ParquetFile(file.path)
        first = 1
        for group in range(opened.num_row_groups):
            part = _row_group(opened, file, group, first, columns)
            yield part
            first += part.rows


def _row_group(
    opened: pyarrow.parquet.ParquetFile, file: RowFile, group: int, first: int, columns: Sequence[str]
) -> Part:
    places = {name: place for name in columns if (place := _place(opened.schema_arrow, name))}
    rows = opened.metadata.row_group(group).num_rows
    table = opened.read_row_group(group, columns=[".".join(place) for place in places.values()])
    return Part(_flat(table, places), file, numpy.arange(first, first + rows, dtype=numpy.int64))


@contextmanager
def _readable(file: RowFile) -> Iterator[None]:
    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        what = f"not readable as Parquet: {str(error).partition(chr(10))[0].rstrip(chr(46))}"
        raise InputError(what, where=str(file.path), mend="write it again") from error


def _place(schema: pyarrow.Schema, name: str) -> tuple[str, ...]:
    """Where a column is: by itself, or as a member of an object of the prediction; empty if it is not there."""
    if name in schema.names:
        return (name,)
    for key, prefix in json_lines.NESTED.items():
        object_ = schema.field(key).type if name.startswith(prefix) and schema.names.count(key) == 1 else pyarrow.null()
        member = name.removeprefix(prefix)
        if pyarrow.types.is_struct(object_) and object_.get_field_index(member) >= 0:
            return (key, member)
    return ()


def _flat(table: pyarrow.Table, places: Mapping[str, tuple[str, ...]]) -> pyarrow.Table:
    """The columns by the names that they were asked for."""
    columns = {}
    for name, (key, *member) in places.items():
        columns[name] = pyarrow.compute.struct_field(table[key], member) if member else table[key]
    return pyarrow.table(columns) if columns else table
