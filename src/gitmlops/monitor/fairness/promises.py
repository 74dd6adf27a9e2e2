"""The checks of groups that a version had to pass: what production is held against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitmlops.specs.fields import exact
from gitmlops.specs.policy import Check
from gitmlops.statistics.fairness import MEASURES, Kind
from gitmlops.statistics.rate_gaps import Gap

FEWEST_QUOTED = 20
"""Of a group with fewer rows nothing is quoted, whatever a policy asks: reports of monitoring are kept for ever."""
_IMPACT: tuple[tuple[str, ...], Kind] = (("selection_rate",), "ratio")

Partition = tuple[str, ...]
"""Columns by which rows are parted, by each combination of their values."""


@dataclass(frozen=True)
class Promise:
    """One check of groups. name: `policy/check`; decision: a score from it on is the decision 1, of all of a version.

    least_rows: of each group that is compared; waived: until which day a miss is let pass, empty if it is not.
    """

    name: str
    check: Check
    decision: float
    least_rows: int
    waived: str = ""

    @property
    def kind(self) -> Kind:
        """Whether it is about the ratio or about the difference of rates."""
        return _measure(self.check.metric)[1]

    @property
    def rates(self) -> tuple[str, ...]:
        """The rates that it compares, of which the worst counts."""
        return _measure(self.check.metric)[0]

    @property
    def needs_outcomes(self) -> bool:
        """Whether decisions alone do not tell."""
        return self.rates != ("selection_rate",)

    @property
    def gap(self) -> Gap:
        """What the rates of two groups may be apart."""
        limit = float(exact(str(self.check.threshold)))
        return Gap(limit, 0.0) if self.kind == "ratio" else Gap(1.0, limit)

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """Each way in which it parts the rows."""
        if self.check.slice is None:
            return ()
        columns = self.check.slice.columns
        crossed = (columns,) if self.check.slice.intersectional and len(columns) > 1 else ()
        return (*((column,) for column in columns), *crossed)


def is_watched(check: Check) -> bool:
    """Whether a check is of groups' rates, with columns and with a threshold that rates can be on both sides of.

    Not one that pools groups: of weeks of traffic each group has its rows.
    """
    if check.metric not in (*MEASURES, "impact_ratio") or check.slice is None or check.threshold is None:
        return False
    if check.slice.pool:
        return False
    limit, ratio = exact(str(check.threshold)), _measure(check.metric)[1] == "ratio"
    return not check.of_class and (0 < limit <= 1 if ratio else 0 <= limit < 1)


def partitions(promises: Sequence[Promise]) -> tuple[Partition, ...]:
    """Every way in which promises part the rows, once."""
    return tuple(dict.fromkeys(_all(promises)))


def _all(promises: Sequence[Promise]) -> Iterator[Partition]:
    for promise in promises:
        yield from promise.partitions


def _measure(metric: str) -> tuple[tuple[str, ...], Kind]:
    return _IMPACT if metric == "impact_ratio" else MEASURES[metric]
