"""JSON Lines as Parquet files: some lines a file, so that whatever reads Parquet reads them, in bounded memory."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.parquet

from gitmlops.adapters.data import json_lines
from gitmlops.adapters.data.json_lines import Block
from gitmlops.adapters.data.row_files import is_lines
from gitmlops.errors import InputError

_FEWEST = 1 << 23
"""Bytes of lines in a file: some ten thousand rows each, at most some hundred megabytes as objects of Python."""


@dataclass(frozen=True)
class Pieces:
    """The files to read in place of those with lines; what of these is no row, in words; how many lines are none."""

    paths: tuple[Path, ...]
    left_out: tuple[str, ...]
    bad: int = 0


@contextmanager
def as_parquet(paths: Sequence[Path]) -> Iterator[Pieces]:
    """The files, those of JSON Lines in pieces that are there until the end. Raises InputError if one cannot be read.

    Numbers are floats, as of CSV; a column of numbers and texts is text in the pieces that have both.
    """
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as folder:
        found: list[Path] = []
        left_out: list[str] = []
        bad: list[int] = []
        for number, path in enumerate(paths):
            if is_lines(path):
                found += _pieces(path, Path(folder) / str(number), left_out, bad)
            else:
                found.append(path)
        if not found:
            raise InputError("no rows", where=str(paths[0]), mend="see whether the window has any data")
        yield Pieces(tuple(found), tuple(left_out), sum(bad))


def _pieces(path: Path, folder: Path, left_out: list[str], counts: list[int]) -> Iterator[Path]:
    folder.mkdir()
    bad: list[int] = []
    for block in json_lines.whole_blocks(path, path.stat().st_size, _FEWEST):
        bad += block.bad
        if len(block.lines):
            piece = folder / f"{path.name}:{block.lines[0]}-{block.lines[-1]}.parquet"
            pyarrow.parquet.write_table(_table(block), piece, compression="lz4")
            yield piece
        if block.torn:
            left_out.append(f"{path}: the last line is still being written")
    if bad:
        which = "1 line is no JSON object" if len(bad) == 1 else f"{len(bad):,} lines are no JSON objects"
        left_out.append(f"{path}: {which}, the first one is line {bad[0]}")
        counts.append(len(bad))


def _table(block: Block) -> pyarrow.Table:
    columns = {}
    for name in block.table.column_names:
        values = json_lines.whole(block.table, block.others, name)
        columns[name] = values.cast(pyarrow.float64(), safe=False) if pyarrow.types.is_integer(values.type) else values
    return pyarrow.table(columns)
