"""JSON Lines as columns: some of the lines in memory at a time, what is no row told by its line."""

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar, get_args

import msgspec
import numpy
import pyarrow
import pyarrow.compute
from numpy.typing import NDArray

from gitmlops.errors import InputError
from gitmlops.records.prediction_log import CLASS, FEATURE, KEY, SLICE

NESTED = {"keys": KEY, "features": FEATURE, "slices": SLICE, "scores": CLASS}
"""Objects of a prediction, and what their members are called as columns."""
BLOCK = 4 << 20
"""Bytes of lines that are columns at once; as objects of Python they are some ten times as much."""
_LONGEST = 64 << 20
_MOST_COLUMNS = 10_000
_OBJECTS = msgspec.json.Decoder(dict[str, Any])
_JSON = msgspec.json.Encoder()
_NO_ROW = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
Number = TypeVar("Number", numpy.float64, numpy.int64)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Others:
    """Values that are not of the kind of their column, as text, null where there is none. kind: what they are."""

    values: pyarrow.StringArray
    kind: str


@dataclass(frozen=True)
class Block:
    """Some lines. table: of the columns that were asked for, those that a line had so far; others: by column.

    lines: of each row, where it is in the file, from 1; bad: lines that are no row; torn: whether the last one is
    still being written.
    """

    table: pyarrow.Table
    others: Mapping[str, Others]
    lines: NDArray[numpy.int64]
    bad: tuple[int, ...]
    torn: bool


def whole(table: pyarrow.Table, others: Mapping[str, Others], name: str) -> pyarrow.ChunkedArray:
    """A column with all its values: as text, where they are of several types."""
    values = table[name]
    if name not in others:
        return values
    return pyarrow.compute.coalesce(values.cast(pyarrow.string()), others[name].values)


def blocks(path: Path, length: int, columns: Sequence[str]) -> Iterator[Block]:
    """The lines of a file as far as it was `length` bytes long, in order. A `.gz` is read to its end.

    A column of numbers and texts has its numbers in the table, its texts among the others. An object of a prediction
    (`features`) has its members as columns (`feature.amount`). A last line without a line break is a row if it is
    whole. Raises InputError if the file cannot be read.
    """
    rows_of = _Rows(columns)
    with _opened(path, length) as file:
        for content, first, last in _contents(file, path, BLOCK):
            yield rows_of.block(content, first, last=last)


def whole_blocks(path: Path, length: int, size: int) -> Iterator[Block]:
    """The same with every column that the lines have, `size` bytes at once. Raises InputError for too many columns."""
    with _opened(path, length) as file:
        for content, first, last in _contents(file, path, size):
            rows, lines, bad = _objects(content, first)
            names = {name: None for row in rows for name in row}
            if len(names) > _MOST_COLUMNS:
                what = f"more than {_MOST_COLUMNS:,} keys"
                raise InputError(what, where=f"{path}:{first}", mend="write a row's values under the same keys")
            yield _block([(name, [row.get(name) for row in rows]) for name in names], lines, bad, content, first, last)


def _objects(content: bytes, first: int) -> tuple[list[dict[str, Any]], NDArray[numpy.int64], list[int]]:
    rows, lines, bad = [], [], []
    for line, text in enumerate(content.split(b"\n"), start=first):
        if text.strip():
            try:
                rows.append(_flat(_OBJECTS.decode(text)))
                lines.append(line)
            except _NO_ROW:
                bad.append(line)
    return rows, numpy.array(lines, dtype=numpy.int64), bad


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    for key, prefix in NESTED.items():
        members = row.get(key)
        if isinstance(members, dict):
            del row[key]
            row.update((prefix + name, value) for name, value in members.items())
    return row


def _block(
    columns: Iterable[tuple[str, list[Any]]], lines: NDArray[numpy.int64], bad: list[int], content: bytes, first: int,
    last: bool,
) -> Block:  # fmt: skip
    torn = last and bool(bad) and not content.endswith(b"\n") and bad[-1] == first + content.count(b"\n")
    arrays, others = {}, {}
    for name, values in columns:
        arrays[name], rest = _column(values)
        if rest:
            others[name] = rest
    table = pyarrow.table(arrays) if arrays else pyarrow.table({"": pyarrow.nulls(len(lines))})
    return Block(table, others, lines, tuple(bad[: len(bad) - torn]), torn)


class _Rows:
    """Lines as rows of a type that has nothing but the columns that are asked for; which of them were there so far."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(dict.fromkeys(columns))
        self._get = {name: _getter(place, name) for place, name in enumerate(self._columns)}
        self._type = _row_type(self._columns, Any)
        self._decoder = msgspec.json.Decoder(self._type)
        self._raw = msgspec.json.Decoder(_row_type(self._columns, msgspec.Raw))
        self._seen: set[str] = set()

    def block(self, content: bytes, first: int, *, last: bool) -> Block:
        rows, lines, bad = self._decoded(content, first)
        return _block(self._values(rows), lines, bad, content, first, last)

    def _values(self, rows: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
        for name in self._columns:
            values = self._get[name](rows)
            if name in self._seen or any(value is not msgspec.UNSET for value in values):
                self._seen.add(name)
                yield name, [None if value is msgspec.UNSET else value for value in values]

    def _decoded(self, content: bytes, first: int) -> tuple[list[Any], NDArray[numpy.int64], list[int]]:
        """The rows, their lines, and the lines that are none."""
        count = content.count(b"\n") + (not content.endswith(b"\n"))
        try:
            content.decode()  # the decoder does not look at texts that nobody asked for
            rows = self._decoder.decode_lines(content)
        except _NO_ROW:
            rows = []
        if len(rows) == count:
            return rows, numpy.arange(first, first + count, dtype=numpy.int64), []
        return self._line_by_line(content.split(b"\n"), first)

    def _line_by_line(self, content: Sequence[bytes], first: int) -> tuple[list[Any], NDArray[numpy.int64], list[int]]:
        rows, lines, bad = [], [], []
        for line, text in enumerate(content, start=first):
            if not text.strip():
                continue
            try:
                text.decode()
                rows.append(_with_values(self._raw.decode(text), self._type))
                lines.append(line)
            except _NO_ROW:
                bad.append(line)
        return rows, numpy.array(lines, dtype=numpy.int64), bad


def _with_values(raw: msgspec.Struct, type_: Any) -> Any:
    """A row of values. Whether a line is a row must not depend on which columns are asked for: none fails here."""
    fields = ((name, getattr(raw, name)) for name in raw.__struct_fields__)
    members = {field.name: field.type for field in msgspec.structs.fields(type_)}
    return type_(**{name: _of_raw(value, members[name]) for name, value in fields})


def _of_raw(value: Any, type_: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _with_values(value, get_args(type_)[0])
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        return msgspec.json.decode(value)
    except _NO_ROW:
        return bytes(value).decode()  # a number that no float can hold


def _row_type(columns: Sequence[str], value: Any) -> type[msgspec.Struct]:
    """A row: each column flat, and once more as a member of its object. value: the type of each."""
    names = {f"c{place}": name for place, name in enumerate(columns)}
    fields: list[tuple[str, Any, Any]] = [_field(name, value) for name in names]
    for key, prefix in NESTED.items():
        members = {name: column.removeprefix(prefix) for name, column in names.items() if column.startswith(prefix)}
        object_ = msgspec.defstruct(key, [_field(name, value) for name in members], rename=members, gc=False)
        fields.append((key, object_ | None, None))
    return msgspec.defstruct("Row", fields, rename=names, gc=False)


def _field(name: str, value: Any) -> tuple[str, Any, Any]:
    return name, value | msgspec.UnsetType if value is msgspec.Raw else value, msgspec.UNSET


def _getter(place: int, name: str) -> Callable[[Sequence[Any]], list[Any]]:
    """What takes a column out of rows: from its object where the row has it there, else from the row itself."""
    flat = attrgetter(f"c{place}")
    key = next((key for key, prefix in NESTED.items() if name.startswith(prefix)), None)
    if key is None:
        return lambda rows: list(map(flat, rows))
    object_ = attrgetter(key)

    def values(rows: Sequence[Any]) -> list[Any]:
        objects = map(object_, rows)
        nested = [msgspec.UNSET if one is None else flat(one) for one in objects]
        if msgspec.UNSET not in nested:
            return nested
        return [flat(row) if value is msgspec.UNSET else value for row, value in zip(rows, nested, strict=True)]

    return values


def _column(values: list[Any]) -> tuple[pyarrow.Array, Others | None]:
    """The values of the first of these kinds that is there: numbers, truth values, texts; and all others."""
    kinds = set(map(type, values)) - {type(None)}
    main: frozenset[type]
    if kinds & {int, float}:
        main = frozenset({int, float, bool})
    else:
        main = frozenset({bool}) if bool in kinds else frozenset({str})
    rest = None
    if kinds - main:
        strange = [None if value is None or type(value) in main else value for value in values]
        rest = Others(_texts([None if value is None else _text(value) for value in strange]), _kind(kinds - main))
        values = [value if type(value) in main else None for value in values]
    return _array(values, kinds & main), rest


def _array(values: list[Any], kinds: set[type]) -> pyarrow.Array:
    if not kinds:
        return pyarrow.nulls(len(values))
    if str in kinds:
        return _texts(values)
    known = numpy.array([value is not None for value in values], dtype=bool)
    if kinds == {bool}:
        flags = numpy.packbits(numpy.array([bool(value) for value in values]), bitorder="little")
        return pyarrow.BooleanArray.from_buffers(pyarrow.bool_(), len(values), [_bits(known), pyarrow.py_buffer(flags)])
    if kinds == {int}:
        try:
            return _numbers(numpy.array([value or 0 for value in values], dtype=numpy.int64), known, pyarrow.int64())
        except OverflowError:
            pass  # beyond 64 bits: as floats
    return _numbers(numpy.array(values, dtype=numpy.float64), known, pyarrow.float64())


def _numbers(values: NDArray[Number], known: NDArray[numpy.bool_], type_: pyarrow.DataType) -> pyarrow.Array:
    # Not by pyarrow.array, which imports pandas: that costs more than reading.
    return pyarrow.Array.from_buffers(type_, len(values), [_bits(known), pyarrow.py_buffer(values)])


def _bits(known: NDArray[numpy.bool_]) -> pyarrow.Buffer | None:
    return None if known.all() else pyarrow.py_buffer(numpy.packbits(known, bitorder="little"))


def _texts(values: Sequence[str | None]) -> pyarrow.StringArray:
    encoded = [b"" if value is None else value.encode("utf-8", "replace") for value in values]
    ends = pyarrow.py_buffer(numpy.cumsum([0, *map(len, encoded)], dtype=numpy.int32))
    known = _bits(numpy.array([value is not None for value in values], dtype=bool))
    return pyarrow.StringArray.from_buffers(len(values), ends, pyarrow.py_buffer(b"".join(encoded)), known)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _JSON.encode(value).decode()


def _kind(kinds: set[type]) -> str:
    words = {str: "text", dict: "an object", list: "a list", bool: "true or false"}
    return " or ".join(sorted(words[kind] for kind in kinds))


def _contents(file: _Readable, path: Path, size: int) -> Iterator[tuple[bytes, int, bool]]:
    """Whole lines, the number of the first of them, and whether nothing comes behind."""
    line, carried = 1, b""
    while True:
        read = _read(file, path, size)
        carried += read
        end = carried.rfind(b"\n") + 1 if read else len(carried)
        if len(carried) - end > _LONGEST:
            raise InputError("a line of more than 64 MB", where=f"{path}:{line}", mend="write one row a line")
        if end:
            yield carried[:end], line, not read
            line += carried.count(b"\n", 0, end)
            carried = carried[end:]
        if not read:
            return


def _read(file: _Readable, path: Path, size: int) -> bytes:
    try:
        return file.read(size)
    except (OSError, EOFError) as error:
        what = f"not readable as {'gzip' if path.suffix == '.gz' else 'JSON Lines'}: {error}"
        raise InputError(what, where=str(path), mend="write it again") from error


@contextmanager
def _opened(path: Path, length: int) -> Iterator[_Readable]:
    if path.suffix == ".gz":
        with gzip.open(path, "rb") as unpacked:
            yield unpacked
        return
    with path.open("rb") as file:
        yield _Beginning(file, length)


class _Beginning:
    """A file that ends after some bytes: what comes behind was written later."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int, /) -> bytes:
        content = self._file.read(min(size, self._left))
        self._left -= len(content)
        return content
