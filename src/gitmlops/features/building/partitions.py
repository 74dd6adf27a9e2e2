"""Which months of a view's rows are up to date, and which are to be made again. Nothing is read here."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gitmlops.errors import InputError
from gitmlops.records.feature_build import Partition

_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = (_day - _EPOCH for _day in (date(1, 1, 1), date(9999, 12, 1)))
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Day:
    """All rows of a day. number: days since 1970, UTC; digest: equal only for the same rows."""

    number: int
    rows: int
    digest: str


@dataclass(frozen=True)
class Month:
    """A month that has rows. inputs: digest of them and of the rows before it that its windows reach."""

    name: str
    rows: int
    inputs: str

    @property
    def first(self) -> int:
        """Its first moment, in microseconds since 1970, UTC."""
        return _moment(date.fromisoformat(f"{self.name}-01"))

    @property
    def end(self) -> int:
        """The first moment after it."""
        return _moment(_next(date.fromisoformat(f"{self.name}-01")))


@dataclass(frozen=True)
class Plan:
    """What a build does: months to make, partitions that stay, names of months whose rows are all gone."""

    make: tuple[Month, ...]
    keep: tuple[Partition, ...]
    remove: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether any file is written or removed."""
        return bool(self.make or self.remove)


def months(days: Sequence[Day], *, reach: int) -> tuple[Month, ...]:
    """The months of these days, in order. reach: microseconds that windows look back.

    Raises InputError for a day outside the years 1 to 9999.
    """
    names: dict[date, int] = {}
    for day in days:
        if not _FIRST.days <= day.number < _LAST.days:
            raise InputError("a row's time is outside the years 1 to 9999", mend="mend the data")
        first = (_EPOCH + timedelta(days=day.number)).replace(day=1)
        names[first] = names.get(first, 0) + day.rows
    return tuple(
        Month(f"{first.year:04}-{first.month:02}", rows, _inputs(first, days, reach))
        for first, rows in sorted(names.items())
    )


def plan(wanted: Iterable[Month], known: Mapping[str, Partition], files: Mapping[str, str]) -> Plan:
    """known: the partitions that were made of the same definition; files: SHA-256 of those that are there, by month.

    A file that is not what its partition says is made again.
    """
    wanted = tuple(wanted)
    current = {
        month.name: known[month.name]
        for month in wanted
        if month.name in known
        and known[month.name].inputs == month.inputs
        and files.get(month.name) == known[month.name].sha256
    }
    names = {month.name for month in wanted}
    return Plan(
        tuple(month for month in wanted if month.name not in current),
        tuple(current.values()),
        tuple(sorted(name for name in files if name not in names)),
    )


def _inputs(first: date, days: Sequence[Day], reach: int) -> str:
    # Whole days, so that at most a day of rows that no window reaches counts, too.
    begin = (first - _EPOCH).days - -(-reach // (86_400 * 1_000_000))
    end = (_next(first) - _EPOCH).days
    lines = (f"{day.number} {day.rows} {day.digest}\n" for day in days if begin <= day.number < end)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _moment(day: date) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
