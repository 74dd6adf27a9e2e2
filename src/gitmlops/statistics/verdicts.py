"""What limits say of a claim: no worse than a margin allows, or no difference seen."""

from dataclasses import dataclass
from fractions import Fraction

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import keeps
from gitmlops.statistics.paired_proportions import Pairs, mcnemar, mcnemar_exact

_FEW_DISCORDANT = 25
"""Discordant pairs below which McNemar's p is the exact one: a rule of thumb, the exact one is never wrong."""


def noninferior(bound: float, margin: Fraction) -> bool:
    """Whether a gain's one-sided lower bound lies above -margin, exactly; both in the metric's unit.

    bound: positive is better. margin: 0 or more. Not to find a difference is another thing than to show that the loss
    is within the margin: with few rows the first is easy and the second impossible. Raises Unmeasurable for NaN,
    infinities and a negative margin.
    """
    if margin < 0:
        raise Unmeasurable(f"a margin of {margin} is negative")
    return keeps(bound, ">", -margin)


@dataclass(frozen=True)
class NoDifference:
    """seen: whether a difference was found. statistic: McNemar's, with continuity correction; p_value: 0..1."""

    seen: bool
    statistic: float
    p_value: float


def no_difference(counted: Pairs, *, alpha: float) -> NoDifference:
    """Whether two decisions on the same rows differ in their rates by more than chance: p_value <= alpha.

    McNemar's p with continuity correction; the exact one below 25 discordant pairs. That none is seen is no evidence
    that there is none.
    """
    statistic, p_value = mcnemar(counted)
    if counted.ours_alone + counted.theirs_alone < _FEW_DISCORDANT:
        p_value = mcnemar_exact(counted)
    return NoDifference(p_value <= alpha, statistic, p_value)
