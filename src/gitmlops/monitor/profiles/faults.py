"""Values that are not of the type that they should be: which, where, and how many rows have them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters.data.row_files import Part
from gitmlops.monitor.profiles.values import is_text, present
from gitmlops.records.baseline import CategoricalColumn, Column

ABSENT = "gone"
_KEPT = 1_000


@dataclass(frozen=True)
class Fault:
    """A column that is not what it should be, in one file. found, expected: types in words, `gone` for no column.

    where: the first row that has it, as `served/may.jsonl:17`.
    """

    column: str
    found: str
    expected: str
    where: str
    rows: int

    @property
    def file(self) -> str:
        """The file that it is in."""
        return self.where.rpartition(":")[0]

    @property
    def words(self) -> str:
        """The fault in words, as `amount is text in served/may.jsonl:17, where numbers are expected`."""
        return f"{self.column} is {self.found} in {self.where}, where {self.expected} are expected"


@dataclass
class Faults:
    """Faults by column, type and file, rows added up; of a thousand different ones no more are told apart."""

    found: dict[tuple[str, str, str], Fault] = field(default_factory=dict)

    def add(self, part: Part, rows: NDArray[numpy.bool_], column: str, found: str, expected: str) -> int:
        """The place of the fault that these rows of a part have, -1 if there are no rows."""
        if not rows.any():
            return -1
        key = (column, found, part.file.name)
        count = int(rows.sum())
        if key in self.found:
            self.found[key] = replace(self.found[key], rows=self.found[key].rows + count)
        elif len(self.found) < _KEPT:
            self.found[key] = Fault(column, found, expected, part.where(int(rows.argmax())), count)
        return list(self.found).index(key) if key in self.found else len(self.found) - 1

    def take(self, fault: Fault) -> None:
        """Add what was found in later rows."""
        key = (fault.column, fault.found, fault.file)
        if key in self.found:
            self.found[key] = replace(self.found[key], rows=self.found[key].rows + fault.rows)
        elif len(self.found) < _KEPT:
            self.found[key] = fault

    @property
    def all(self) -> tuple[Fault, ...]:
        """Every fault, in the order in which they were found."""
        return tuple(self.found.values())


@dataclass(frozen=True)
class Values:
    """A column, null where a value is of another type. strange: those rows by the type that they have."""

    fitting: pyarrow.Array
    strange: Mapping[str, NDArray[numpy.bool_]] = field(default_factory=dict)


def values_of(part: Part, name: str, column: Column) -> Values:
    """A column as it is counted: numbers, or levels as text, for which everything will do that has a text."""
    return texts_of(part, name) if isinstance(column, CategoricalColumn) else numbers_of(part, name)


def numbers_of(part: Part, name: str) -> Values:
    """A column as float64. A text is no number, whatever it says."""
    values = part.table[name].combine_chunks()
    if is_text(values.type):
        return Values(pyarrow.nulls(len(values), pyarrow.float64()), _strange("text", present(values)))
    return _as(part, name, values, pyarrow.float64())


def texts_of(part: Part, name: str) -> Values:
    """A column as text."""
    values = part.table[name].combine_chunks()
    if name in part.others and "text" in part.others[name].kind:
        return Values(part.whole(name).combine_chunks())
    return _as(part, name, values, pyarrow.string())


def _as(part: Part, name: str, values: pyarrow.Array, type_: pyarrow.DataType) -> Values:
    others = part.others.get(name)
    strange = _strange(others.kind, present(others.values)) if others else {}
    # An int64 beyond 2^53 loses digits as a float: that does not matter here.
    try:
        return Values(values.cast(type_, safe=not pyarrow.types.is_integer(values.type)), strange)
    except pyarrow.ArrowException:
        return Values(pyarrow.nulls(len(values), type_), {**strange, **_strange(str(values.type), present(values))})


def _strange(found: str, rows: NDArray[numpy.bool_]) -> Mapping[str, NDArray[numpy.bool_]]:
    return {found: rows} if rows.any() else {}
