"""How near two contents of one output are."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

TOLERANCE = 1e-6
"""A rule of thumb: more than the last digits in which two machines differ, less than anybody reads in a metric."""


class Verdict(Enum):
    """From the best to the worst."""

    IDENTICAL = "identical"
    WITHIN = "within tolerance"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Comparison:
    """A verdict, and what differs, the worst first; empty where nothing does."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may be from each other, relative to the larger one, or absolutely below 1. At least 0."""

    limit: float = TOLERANCE

    def distance(self, before: float, after: float) -> float:
        """|before - after| / max(1, |before|, |after|): 0 for equal numbers and for two that are none, no upper bound.

        Whole numbers count things: those that differ are infinitely far from each other.
        """
        if before == after or (before != before and after != after):
            return 0.0
        if isinstance(before, int) and isinstance(after, int):
            return math.inf
        found = abs(before - after) / max(1.0, abs(before), abs(after))
        return found if math.isfinite(found) else math.inf

    def judged(self, distances: Iterable[float], what: str = "values") -> Comparison:
        """The verdict on numbers of two contents that are not the same bytes; `what` names them in the plural."""
        every = list(distances)
        apart = [distance for distance in every if distance]
        if not apart:
            return Comparison(Verdict.WITHIN, f"the same {what} in other bytes")
        verdict = Verdict.WITHIN if max(apart) <= self.limit else Verdict.DIFFERENT
        return Comparison(verdict, f"{len(apart)} of {len(every)} {what} differ, by at most {max(apart):.3g}")


def worst(comparisons: Iterable[Comparison]) -> Comparison:
    """The worst verdict, with the details of all that are as bad; identical for none."""
    found = list(comparisons)
    rank = [*Verdict]
    verdict = max((each.verdict for each in found), key=rank.index, default=Verdict.IDENTICAL)
    details = [each.detail for each in found if each.verdict is verdict and each.detail]
    return Comparison(verdict, shortened(details, "; "))


def shortened(parts: Iterable[str], separator: str = ", ", most: int = 5) -> str:
    """The first parts, and how many more there are."""
    found = list(parts)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return separator.join(found[:most]) + more
