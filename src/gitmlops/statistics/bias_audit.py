"""The tables of a bias audit as New York City's Local Law 144 asks for them: rates and impact ratios by category."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

import numpy

from gitmlops.errors import InputError
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.groups import Groups
from gitmlops.statistics.impact import Selected
from gitmlops.statistics.rates import Decisions

SMALL_SHARE = Fraction(2, 100)
"""Categories under this share of the rows may be left out of the impact ratios, with a justification."""


@dataclass(frozen=True)
class Category:
    """A line of the table.

    selected: rows with the decision 1, or with a score above the median. rate: of applicants, exact; None without any.
    ratio: rate / the highest rate of the categories that are not excluded; None if excluded, or if nobody is selected.
    """

    name: str
    applicants: int
    selected: int
    rate: Fraction | None
    ratio: Fraction | None
    excluded: bool


@dataclass(frozen=True)
class Table:
    """Lines in the order of the groups, and the rows whose category is not known: shown, and in no ratio."""

    categories: tuple[Category, ...]
    unknown: int


def above_median(scores: Array) -> Decisions:
    """Of each row whether its score is above the median of all rows: shape (rows,); the mean of it is a scoring rate.

    scores: shape (rows,), finite, of everybody who was scored, those of unknown category too. A score equal to the
    median is not above it. Raises Unmeasurable without rows and for scores that are not finite.
    """
    if not len(scores):
        raise Unmeasurable("there are no rows")
    if missing := int(numpy.count_nonzero(~numpy.isfinite(scores))):
        raise Unmeasurable(f"{missing} of {len(scores)} scores are not finite numbers")
    found: Decisions = scores > numpy.median(scores)
    return found


def audit_table(selected: Decisions, groups: Groups, *, excluded: Collection[str] = ()) -> Table:
    """The table of one column of categories or of an intersection; selected: shape (rows,).

    excluded: categories that somebody justified to leave out of the ratios; they stay in the table. Shares are of the
    rows with a known category. Raises InputError for one that is not there or not under 2 %.
    """
    sizes = groups.sizes
    chosen = numpy.bincount(groups.codes[selected & (groups.codes >= 0)], minlength=len(groups.names))
    counts = {name: Selected(int(hit), int(size)) for name, hit, size in zip(groups.names, chosen, sizes, strict=True)}
    return counted_table(counts, unknown=groups.unknown, excluded=excluded)


def counted_table(counts: dict[str, Selected], *, unknown: int = 0, excluded: Collection[str] = ()) -> Table:
    """The same table from counts of applicants and selected. Raises InputError as `audit_table`."""
    _require_small(counts, excluded)
    compared = [of.rate for name, of in counts.items() if name not in excluded and of.rate is not None]
    highest = max(compared, default=Fraction(0))
    lines = (_category(name, of, highest, name in excluded) for name, of in counts.items())
    return Table(tuple(lines), unknown)


def _category(name: str, of: Selected, highest: Fraction, excluded: bool) -> Category:
    measured = of.rate is not None and highest and not excluded
    ratio = of.rate / highest if measured and of.rate is not None else None
    return Category(name, of.applicants, of.selected, of.rate, ratio, excluded)


def _require_small(counts: dict[str, Selected], excluded: Collection[str]) -> None:
    rows = sum(of.applicants for of in counts.values())
    for name in sorted(excluded):
        if name not in counts:
            raise InputError(
                f"there is no category {name!r} to exclude", mend=f"the categories are {', '.join(counts)}"
            )
        if Fraction(counts[name].applicants, rows or 1) >= SMALL_SHARE:
            share = f"{counts[name].applicants} of {rows} rows"
            raise InputError(f"the category {name!r} has {share}, not under 2 %", mend="do not exclude it")
