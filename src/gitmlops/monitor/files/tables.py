"""What a profile is made of, wherever the rows are: their types, values to choose bins from, what scans count."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy
import pyarrow
import pyarrow.compute
from numpy.typing import NDArray

from gitmlops.adapters.data import data_files
from gitmlops.monitor.files import scan as scanning
from gitmlops.monitor.files.scan import Plan, Scan
from gitmlops.monitor.profiles.values import floats, places

SAMPLE = 1 << 20
"""Values from which bins are chosen, evenly over the rows: their ranks are known to 0.002. Counts are of all rows."""
_LEVELS = 10_000


class Table(Protocol):
    """Rows, wherever they are."""

    @property
    def where(self) -> Path:
        """What errors name."""

    @property
    def types(self) -> Mapping[str, pyarrow.DataType]:
        """The type of each column."""

    def samples(self, types: Mapping[str, pyarrow.DataType]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Each of these columns, and about SAMPLE of its values at most, as int64 or float64, evenly over all."""

    def frequencies(self, names: Sequence[str]) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Each of these columns, and its most frequent levels with about how many rows they have."""

    def scan(self, plan: Plan) -> Scan:
        """What every row adds up to."""


@dataclass(frozen=True)
class Files:
    """Files on this machine, read one after the other. left_out, bad: what of them is no row, as of a scan."""

    paths: Sequence[Path]
    left_out: tuple[str, ...] = ()
    bad: int = 0

    @property
    def where(self) -> Path:
        """The first file."""
        return self.paths[0]

    @property
    def types(self) -> Mapping[str, pyarrow.DataType]:
        """The type of each column in the first file that has values of it."""
        found: dict[str, pyarrow.DataType] = {}
        for path in self.paths:
            for name, type_ in data_files.types(path).items():
                if pyarrow.types.is_null(found.get(name, pyarrow.null())):
                    found[name] = type_
        return found

    def samples(self, types: Mapping[str, pyarrow.DataType]) -> Iterator[tuple[str, NDArray[Any]]]:
        """At most SAMPLE values of each column: every second, fourth ... of those that are there, in their order."""
        yield from ((name, self._sample(name, type_)) for name, type_ in types.items())

    def frequencies(self, names: Sequence[str]) -> Iterator[tuple[str, Mapping[str, int]]]:
        """The most frequent levels of each column; levels that are rare everywhere may be missed."""
        yield from ((name, frequencies(self._values(name))) for name in names)

    def scan(self, plan: Plan) -> Scan:
        """What every row adds up to."""
        return replace(scanning.scan(self.paths, plan), left_out=self.left_out, bad=self.bad)

    def _sample(self, name: str, type_: pyarrow.DataType) -> NDArray[Any]:
        taken: list[NDArray[Any]] = []
        step, seen = 1, 0
        for values in self._values(name):
            if not scanning.is_number(values.type):
                continue  # the scan tells of another type than in the first file
            known = numbers(values, type_)
            taken.append(known[-seen % step :: step])
            seen += len(known)
            while sum(map(len, taken)) > SAMPLE:
                taken, step = [numpy.concatenate(taken)[::2]], step * 2
        return numpy.concatenate(taken) if taken else numpy.empty(0)

    def _values(self, name: str) -> Iterator[pyarrow.Array]:
        for path in self.paths:
            types = data_files.types(path)
            if name in types:
                for rows in data_files.rows(path, types):
                    yield from rows.column(name)


def numbers(values: pyarrow.Array, type_: pyarrow.DataType) -> NDArray[Any]:
    """The values that are there, as int64 or float64."""
    there = values.drop_null()
    return floats(there) if type_ == pyarrow.float64() else places(there, missing=0)


def frequencies(values: Iterable[pyarrow.Array]) -> Counter[str]:
    """The most frequent levels; those that are rare in every part may be missed where there are very many."""
    found: Counter[str] = Counter()
    for part in values:
        counted = part.cast(pyarrow.string()).drop_null().value_counts()
        rows = places(counted.field("counts"), missing=0)
        most = numpy.argsort(-rows, kind="stable")[:_LEVELS]
        names = counted.field("values").to_pylist()
        found = added(found, {names[place]: int(rows[place]) for place in most.tolist()})
    return found


def added(found: Counter[str], more: Mapping[str, int]) -> Counter[str]:
    """Both together, the most frequent ones alone where they become too many."""
    found.update(more)
    return Counter(dict(found.most_common(_LEVELS))) if len(found) > 2 * _LEVELS else found
