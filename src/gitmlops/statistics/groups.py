"""Columns of groups as codes: categories, numeric bands, intersections; what is unknown is counted, never guessed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.errors import InputError
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.resampling import Whole

BESIDE = " & "
"""Stands between the names of an intersection."""


@dataclass(frozen=True)
class Groups:
    """Which group each row is in.

    names: of the groups, distinct. codes: shape (rows,), the place of the row's group in names, or -1: not known.
    """

    names: tuple[str, ...]
    codes: Whole

    @property
    def unknown(self) -> int:
        """Rows whose group is not known."""
        return int(numpy.count_nonzero(self.codes < 0))

    @property
    def sizes(self) -> Whole:
        """Rows of each group, shape (groups,)."""
        return numpy.bincount(self.codes[self.codes >= 0], minlength=len(self.names))

    def pooled(self, pools: Mapping[str, Collection[str]]) -> "Groups":
        """The same rows with groups put together: new name -> names; the others stay.

        Raises InputError for a group that is not there or is in two pools, and for a new name that a group keeps.
        """
        chosen = [name for names in pools.values() for name in names]
        if missing := sorted(set(chosen) - set(self.names)):
            raise InputError(f"there is no group {missing[0]!r}", mend=f"the groups are {', '.join(self.names)}")
        if len(chosen) != len(set(chosen)):
            raise InputError("a group is in two pools", mend="name each group once")
        if kept := sorted(set(pools) & (set(self.names) - set(chosen))):
            raise InputError(f"the pool {kept[0]!r} has the name of a group", mend="give it a name of its own")
        pool_of = {name: pool for pool, names in pools.items() for name in names}
        return _renamed([pool_of.get(name, name) for name in self.names], self.codes)

    def without(self, names: Collection[str]) -> "Groups":
        """The same rows; those of the named groups count as unknown."""
        kept = tuple(name for name in self.names if name not in names)
        place = {name: index for index, name in enumerate(kept)}
        moved = numpy.array([*(place.get(name, -1) for name in self.names), -1], dtype=numpy.int64)
        return Groups(kept, moved[self.codes])


def one_group(rows: int) -> Groups:
    """All rows in one group, called `all`."""
    return Groups(("all",), numpy.zeros(rows, dtype=numpy.int64))


def categories(values: NDArray[numpy.generic], *, unknown: Collection[str] = ()) -> Groups:
    """The groups of a column in the order of their names; nulls and the names in `unknown` are not known.

    values: shape (rows,), of any type. A name is the value as text; 1.0 is called 1, since a column of whole numbers
    with nulls is one of floats. Values with one text are one group.
    """
    codes, distinct = pandas.factorize(values)
    names = [_text(value) for value in distinct.tolist()]
    found = _renamed(names, codes.astype(numpy.int64))
    return found.without(set(unknown)) if unknown else found


def bands(values: Array, edges: Sequence[float]) -> Groups:
    """The groups `< e1`, `e1 to < e2`, …, `>= ek` of a numeric column, in that order; NaN is not known.

    values: shape (rows,), in the unit of the edges. edges: at least one, finite, rising; a value on an edge belongs to
    the band above it. Bands without rows are kept. Raises InputError for edges that are none.
    """
    if not len(edges) or not numpy.isfinite(edges).all() or any(low >= high for low, high in pairwise(edges)):
        raise InputError(f"the edges {list(edges)} do not rise", mend="give finite numbers in rising order")
    written = [f"{edge:.15g}" for edge in edges]
    inner = [f"{low} to < {high}" for low, high in pairwise(written)]
    names = (f"< {written[0]}", *inner, f">= {written[-1]}")
    codes = numpy.searchsorted(numpy.asarray(edges, dtype=numpy.float64), values, side="right").astype(numpy.int64)
    return Groups(names, numpy.where(numpy.isnan(values), -1, codes))


def intersections(*parts: Groups) -> Groups:
    """Every combination of groups that occurs, in the order of the parts' groups; unknown where a part is.

    Raises Unmeasurable if the parts differ in rows.
    """
    if len({len(part.codes) for part in parts}) != 1:
        raise Unmeasurable("columns of groups differ in rows")
    combined = parts[0].codes.copy()
    known = parts[0].codes >= 0
    for part in parts[1:]:
        combined = combined * len(part.names) + part.codes
        known &= part.codes >= 0
    occurring, codes = numpy.unique(combined[known], return_inverse=True)
    found = numpy.full(len(known), -1, dtype=numpy.int64)
    found[known] = codes
    return Groups(tuple(_combined_name(int(code), parts) for code in occurring), found)


def _combined_name(code: int, parts: Sequence[Groups]) -> str:
    names = []
    for part in reversed(parts):
        code, place = divmod(code, len(part.names))
        names.append(part.names[place])
    return BESIDE.join(reversed(names))


def _renamed(names: Sequence[str], codes: Whole) -> Groups:
    """Groups under new names, sorted; equal names become one."""
    ordered = sorted(set(names))
    place = {name: index for index, name in enumerate(ordered)}
    moved = numpy.array([*(place[name] for name in names), -1], dtype=numpy.int64)
    return Groups(tuple(ordered), moved[codes])


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
