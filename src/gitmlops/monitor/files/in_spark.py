"""The rows that Spark reads: counted there by the code that counts files here, part by part, and added up here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy
import pyarrow
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from gitmlops.adapters.engines.spark_parts import Say, columns_of, present, said, types_of
from gitmlops.errors import InputError
from gitmlops.monitor.files import parts
from gitmlops.monitor.files.scan import Plan, Scan, columns_read, scan_batches
from gitmlops.monitor.files.tables import SAMPLE, added, frequencies, numbers
from gitmlops.monitor.profiles.columns import Summary

_AT_ONCE = 32
"""Columns of which values are here at once: 8 MB each."""


@dataclass(frozen=True)
class InSpark:
    """A frame, and what errors call it."""

    frame: DataFrame
    where: Path

    @cached_property
    def types(self) -> Mapping[str, pyarrow.DataType]:
        """The type of each column, as Spark hands it over."""
        return types_of(self.frame)

    def samples(self, types: Mapping[str, pyarrow.DataType]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Each column, and every second, fourth ... of its values: at most SAMPLE, and one more for each part."""
        for names in _groups([*types]):
            wanted = {name: types[name] for name in names}
            steps = {name: _step(rows) for name, rows in present(self.frame, names).items()}
            taken: dict[str, list[bytes]] = {name: [] for name in names}
            for part in said(columns_of(self.frame, names), _taking(wanted, steps)):
                for name, values in msgspec.msgpack.decode(part, type=dict[str, bytes]).items():
                    taken[name].append(values)
            for name, type_ in wanted.items():
                yield name, numpy.frombuffer(b"".join(taken.pop(name)), dtype=_dtype(type_))

    def frequencies(self, names: Sequence[str]) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Each column, and its most frequent levels; levels that are rare in every part may be missed."""
        for group in _groups(names):
            found = {name: Counter[str]() for name in group}
            for part in said(columns_of(self.frame, group), _naming(group)):
                for name, levels in msgspec.msgpack.decode(part, type=dict[str, dict[str, int]]).items():
                    found[name] = added(found[name], levels)
            yield from found.items()

    def scan(self, plan: Plan) -> Scan:
        """What every row adds up to, on every bin and to the last bit as if this process had read it.

        Beyond the names that a tally has room for, and the labels that subsets have room for, which ones are counted
        depends on the order of rows, here as there. Raises InputError as a scan of files.
        """
        types, where = self.types, self.where
        found = scan_batches((), types, plan, where)
        # Rows of which nothing is read have to be counted, too.
        frame = columns_of(self.frame, columns_read(plan, types) or [*types][:1])
        for part in said(frame, _scanning(plan, types)):
            try:
                parts.add(found, plan, part)
            except InputError as error:
                raise InputError(error.what, where=str(where), mend=error.mend) from error
        return found


def _groups(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[first : first + _AT_ONCE] for first in range(0, len(names), _AT_ONCE))


def _dtype(type_: pyarrow.DataType) -> type[numpy.float64] | type[numpy.int64]:
    return numpy.float64 if type_ == pyarrow.float64() else numpy.int64


def _step(rows: int) -> int:
    """The power of two of which every so manieth of the rows makes at most SAMPLE."""
    step = 1
    while -(-rows // step) > SAMPLE:
        step *= 2
    return step


# What follows runs in Spark's workers, and names nothing but what it is given.


def _taking(types: Mapping[str, pyarrow.DataType], steps: Mapping[str, int]) -> Say:
    def take(batches: Iterator[pyarrow.RecordBatch]) -> bytes:
        taken: dict[str, list[bytes]] = {name: [] for name in types}
        seen = Counter[str]()
        for batch in batches:
            for name, type_ in types.items():
                known = numbers(batch.column(name), type_)
                taken[name].append(known[-seen[name] % steps[name] :: steps[name]].tobytes())
                seen[name] += len(known)
        return msgspec.msgpack.encode({name: b"".join(values) for name, values in taken.items()})

    return take


def _naming(names: Sequence[str]) -> Say:
    def name_them(batches: Iterator[pyarrow.RecordBatch]) -> bytes:
        found = {name: Counter[str]() for name in names}
        for batch in batches:
            for name in names:
                found[name] = added(found[name], frequencies([batch.column(name)]))
        return msgspec.msgpack.encode(found)

    return name_them


def _scanning(plan: Plan, types: Mapping[str, pyarrow.DataType]) -> Say:
    def scan(batches: Iterator[pyarrow.RecordBatch]) -> bytes:
        own = replace(plan, summaries={name: Summary(one.origin) for name, one in plan.summaries.items()})
        try:
            return parts.packed(scan_batches(batches, types, own, Path()), own.summaries)
        except InputError as error:
            return parts.refused(error)

    return scan
