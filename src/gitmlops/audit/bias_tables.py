"""The tables of a bias audit of one version: selection or scoring rates and impact ratios by sex, race, and both."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy
from numpy.typing import NDArray

from gitmlops.errors import InputError
from gitmlops.gate.evidence.making import MISSING
from gitmlops.gate.evidence.samples import Sample
from gitmlops.specs.hints import nearest
from gitmlops.statistics.bias_audit import SMALL_SHARE, Table, above_median, audit_table
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.groups import Groups, categories, intersections
from gitmlops.statistics.rates import Decisions

Rate = Literal["selection", "scoring"]
PARTS = ("sex", "race/ethnicity", "intersection")
"""What the tables are of, in the order in which they are shown."""


@dataclass(frozen=True)
class Asked:
    """What is audited: the columns of sex and of race or ethnicity, by which rate.

    unknown: values of these columns that mean that nobody knows, beside values that are missing;
    excluded: categories under 2 % that take no part in the ratios -> why not.
    """

    sex: str
    race: str
    rate: Rate = "selection"
    unknown: tuple[str, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BiasTables:
    """The three tables by what they are of; applicants: all rows."""

    asked: Asked
    applicants: int
    tables: Mapping[str, Table]

    @property
    def small(self) -> tuple[str, ...]:
        """Categories under 2 % of the rows with a known category, which may be excluded with a reason."""
        return tuple(dict.fromkeys(name for table in self.tables.values() for name in _small(table)))


def measured(sample: Sample, *, decision: float, asked: Asked) -> BiasTables:
    """The tables of the evaluation rows. decision: the threshold at which a score selects.

    Raises InputError for columns and categories that are not there, and for scores that are no numbers.
    """
    sex, race = (_groups(sample, column, asked.unknown) for column in (asked.sex, asked.race))
    parts = dict(zip(PARTS, (sex, race, intersections(sex, race)), strict=True))
    _require_known({name for groups in parts.values() for name in groups.names}, asked.excluded)
    chosen = _chosen(sample, decision, asked.rate)
    return BiasTables(
        asked,
        len(sample.labels),
        {
            title: audit_table(chosen, groups, excluded=[name for name in asked.excluded if name in groups.names])
            for title, groups in parts.items()
        },
    )


def _groups(sample: Sample, column: str, unknown: Collection[str]) -> Groups:
    if column not in sample.groups:
        raise InputError(f"the evaluation rows have no column {column!r}", mend=nearest(column, sample.groups))
    names: NDArray[numpy.object_] = sample.groups[column]
    return categories(names, unknown={MISSING, *unknown})


def _chosen(sample: Sample, decision: float, rate: Rate) -> Decisions:
    if wrong := int(numpy.count_nonzero(~numpy.isfinite(sample.scores))):
        raise InputError(f"{wrong} of {len(sample.scores)} scores are not finite numbers", mend="look at the model")
    if rate == "selection":
        return sample.scores >= decision
    try:
        return above_median(sample.scores)
    except Unmeasurable as error:
        raise InputError(error.what, mend="evaluate on some") from error


def _require_known(names: Collection[str], excluded: Collection[str]) -> None:
    for name in sorted(set(excluded) - set(names)):
        raise InputError(f"there is no category {name!r} to exclude", mend=nearest(name, names))


def _small(table: Table) -> Iterator[str]:
    known = sum(line.applicants for line in table.categories)
    yield from (line.name for line in table.categories if line.applicants < SMALL_SHARE * known)
