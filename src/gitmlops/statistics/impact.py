"""Impact ratios: each group's selection rate over that of the most selected or the named group, exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gitmlops.statistics.proportions import Limits, Proportion, fisher_exact, ratio_limits


@dataclass(frozen=True)
class Selected:
    """Of so many applicants so many were selected; 0 <= selected <= applicants."""

    selected: int
    applicants: int

    @property
    def rate(self) -> Fraction | None:
        """selected / applicants, exactly; None without applicants."""
        return Fraction(self.selected, self.applicants) if self.applicants else None


@dataclass(frozen=True)
class ImpactRatio:
    """A group beside the reference.

    ratio: exact, 0 or more, 1 for the reference; p_value: Fisher's exact, two-sided; limits: of the ratio for
    independent groups (score), None for the reference. Without evidence ratio is None and reason says why.
    """

    group: str
    selected: int
    applicants: int
    ratio: Fraction | None
    reason: str
    p_value: float | None = None
    limits: Limits | None = None


@dataclass(frozen=True)
class Impact:
    """Every group's ratio. worst: the lowest ratio; None, and reason says why, if any group has no evidence."""

    reference: str
    groups: tuple[ImpactRatio, ...]
    worst: ImpactRatio | None
    reason: str = ""


def impact(counts: Mapping[str, Selected], *, reference: str = "", min_n: int = 30, confidence: float = 0.95) -> Impact:
    """Impact ratios of groups in their order. reference: a group, or "": the one with the highest rate.

    The most selected group is sought among those with min_n applicants, and a reference that is named must have them,
    too; a group below has no ratio. Equal highest rates: the larger group, then the first. Insufficient evidence also:
    fewer than two groups, a reference that is not there, nobody selected in the reference.
    """
    enough = {name: of for name, of in counts.items() if of.applicants >= max(min_n, 1)}
    chosen = reference or max(enough, key=lambda name: (enough[name].rate or 0, enough[name].applicants), default="")
    why = _why_not(counts, enough, chosen, min_n)
    if why:
        groups = tuple(ImpactRatio(name, of.selected, of.applicants, None, why) for name, of in counts.items())
        return Impact(chosen, groups, None, why)
    groups = tuple(_against(name, of, chosen, counts, min_n, confidence) for name, of in counts.items())
    short = next((group for group in groups if group.ratio is None), None)
    if short is not None:
        return Impact(chosen, groups, None, f"{short.group}: {short.reason}")
    return Impact(chosen, groups, min(groups, key=lambda group: group.ratio or Fraction(0)))


def _why_not(counts: Mapping[str, Selected], enough: Mapping[str, Selected], reference: str, min_n: int) -> str:
    if len(counts) < 2:
        return "one group alone cannot be compared" if counts else "there are no groups"
    if not reference:
        return f"no group has {min_n} applicants"
    if reference not in counts:
        return f"there is no group {reference!r}"
    if reference not in enough:
        return f"the reference {reference!r} has {counts[reference].applicants} applicants, {min_n} are asked"
    if not counts[reference].selected:
        return f"nobody is selected in the reference {reference!r}"
    return ""


def _against(
    name: str, of: Selected, reference: str, counts: Mapping[str, Selected], min_n: int, confidence: float
) -> ImpactRatio:
    rate, highest = of.rate, counts[reference].rate
    if of.applicants < min_n or rate is None or highest is None:
        return ImpactRatio(name, of.selected, of.applicants, None, f"{of.applicants} applicants, {min_n} are asked")
    if name == reference:
        return ImpactRatio(name, of.selected, of.applicants, Fraction(1), "")
    ours, theirs = (Proportion(one.selected, one.applicants) for one in (of, counts[reference]))
    return ImpactRatio(
        name,
        of.selected,
        of.applicants,
        rate / highest,
        "",
        fisher_exact(ours, theirs),
        ratio_limits(ours, theirs, confidence=confidence),
    )
