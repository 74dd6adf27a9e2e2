"""What checks came to, as values alone: whoever only reports them computes nothing, and loads nothing that does."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gitmlops.gate.rules.policies import Rule
from gitmlops.records.receipt import CheckResult

Outcome = Literal["passed", "failed", "insufficient_evidence", "not_applicable"]


@dataclass(frozen=True)
class Waived:
    """Until which day a miss is let pass, how many days are left, who answers for it, and why."""

    until: str
    days_left: int
    by: str
    reason: str


@dataclass(frozen=True)
class Judged:
    """A check's result for all rows or one group; reason: a clause that says why.

    shortfall: by how much the limit is missed, in the metric's unit, negative where it is kept; None: not measured;
    worst_slice: where all rows together miss the limit, the clause that says where to look first;
    worse: of a group that is compared with a released version, how likely it would lose as much without having got
    worse, adjusted for all groups of the check by Holm's rule, 0..1. It is told, and decides nothing.
    """

    rule: Rule
    result: CheckResult
    reason: str
    shortfall: Fraction | None = None
    worst_slice: str = ""
    worse: float | None = None
    waived: Waived | None = None


@dataclass(frozen=True)
class PeriodValue:
    """One metric in one period, as text; production: of the version that serves users, on the same rows.

    value: why there is none, where it cannot be measured.
    """

    metric: str
    start: str
    end: str
    rows: int
    value: str
    interval: tuple[str, str] | None = None
    production: str = ""
