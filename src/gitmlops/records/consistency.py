"""Whether the numbers of a profile fit together: a file may come from anybody."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from gitmlops.errors import InputError
from gitmlops.records.baseline import CategoricalColumn, Column, NumericColumn, Subset


def require_consistent(columns: Sequence[Column], subsets: Iterable[Subset], path: str) -> None:
    """Raises InputError for the first column or subset whose bins and counts do not fit together."""
    wrong = [*_names(columns), *(words for column in columns for words in _column(column))]
    wrong += _subsets({column.name: column for column in columns}, subsets)
    if wrong:
        raise InputError(wrong[0], where=path, mend="write the file again with gitmlops")


def _names(columns: Sequence[Column]) -> Iterator[str]:
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        yield "a column is there twice"


def _column(column: Column) -> Iterator[str]:
    others = 0 if isinstance(column, NumericColumn) else column.other
    if min((*column.counts, others, column.missing)) < 0:
        yield f"{column.name} has a count below 0"
    elif sum(column.counts) + others + column.missing != column.rows:
        yield f"the counts of {column.name} do not add up to its rows"
    yield from _edges(column) if isinstance(column, NumericColumn) else _levels(column)


def _edges(column: NumericColumn) -> Iterator[str]:
    if len(column.counts) != len(column.edges) + 1:
        yield f"{column.name} has {len(column.edges)} edges and {len(column.counts)} counts"
    if not all(math.isfinite(edge) for edge in column.edges) or not _ascending(column.edges):
        yield f"the edges of {column.name} do not ascend"
    if not _ascending(column.coarse) or any(not 0 <= place < len(column.edges) for place in column.coarse):
        yield f"the coarse bins of {column.name} are not among its edges"


def _levels(column: CategoricalColumn) -> Iterator[str]:
    if len(column.counts) != len(column.levels) or len(set(column.levels)) < len(column.levels):
        yield f"{column.name} has {len(column.levels)} levels and {len(column.counts)} counts"
    if not 0 <= column.coarse <= len(column.levels):
        yield f"{column.name} counts more levels in subsets than it has"


def _subsets(columns: dict[str, Column], subsets: Iterable[Subset]) -> Iterator[str]:
    for subset in subsets:
        for name, counts in subset.counts.items():
            column = columns.get(name)
            if column is None or len(counts) != _coarse(column) + 2 or min(counts) < 0:
                yield f"the subset {subset.of or 'of'} {subset.label} does not fit the column {name}"


def _coarse(column: Column) -> int:
    return len(column.coarse) if isinstance(column, NumericColumn) else column.coarse


def _ascending(numbers: Sequence[float]) -> bool:
    return all(one < two for one, two in pairwise(numbers))
