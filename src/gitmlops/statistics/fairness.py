"""Do groups fare alike: differences and ratios of exact rates between groups, or why there is no evidence.

Every group's counts are given, and where a number would mislead there is none: a reason stands in its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy

from gitmlops.statistics.classification import Array, Unmeasurable, require_scores
from gitmlops.statistics.groups import Groups
from gitmlops.statistics.rates import RATES, Decisions, confusion, counted
from gitmlops.statistics.resampling import Whole

Kind = Literal["difference", "ratio"]

MEASURES: Mapping[str, tuple[tuple[str, ...], Kind]] = {
    "demographic_parity_difference": (("selection_rate",), "difference"),
    "demographic_parity_ratio": (("selection_rate",), "ratio"),
    "equalized_odds_difference": (("recall", "false_positive_rate"), "difference"),
    "equalized_odds_ratio": (("recall", "false_positive_rate"), "ratio"),
    "equal_opportunity_difference": (("recall",), "difference"),
    "equal_opportunity_ratio": (("recall",), "ratio"),
    "predictive_parity_difference": (("precision",), "difference"),
    "predictive_parity_ratio": (("precision",), "ratio"),
}
"""The rates that each measure compares, and how. Several rates: the worst of them counts."""


@dataclass(frozen=True)
class Requirements:
    """The least rows, positive labels and negative labels of every group, the best one (the reference) included."""

    min_n: int = 30
    min_positives: int = 0
    min_negatives: int = 0


@dataclass(frozen=True)
class GroupRate:
    """One group's rate, exactly: hits of trials among its rows. rate is None, and reason says why, without evidence."""

    metric: str
    group: str
    rows: int
    positives: int
    negatives: int
    hits: int
    trials: int
    rate: Fraction | None
    reason: str = ""


@dataclass(frozen=True)
class Disparity:
    """What a measure came to. value: exact, 0..1; None, and reason says why, where there is not enough evidence.

    A difference of 0 or a ratio of 1: alike. worst, best: the groups with the lowest and the highest rate of the rate
    that decided, `metric`. The worst of many groups looks worse than it is, by selection: `of` says of how many.
    """

    measure: str
    value: Fraction | None
    reason: str
    metric: str
    worst: str
    best: str
    of: int
    groups: tuple[GroupRate, ...]
    unknown: int


def disparity(
    measure: str, labels: Array, decisions: Decisions, groups: Groups, *, require: Requirements | None = None
) -> Disparity:
    """A measure of MEASURES over groups, or over the intersections that `groups` may be.

    labels: shape (rows,), 0 or 1, finite. decisions: shape (rows,). Difference: highest - lowest rate. Ratio: lowest /
    highest. Two rates (equalized odds): the larger difference, the smaller ratio. Rows of no known group are counted
    in `unknown` and compared with nobody.
    Insufficient evidence, never a number: a group under the requirements; one group alone; labels that are no labels;
    a rate that is 0 for every group (nobody is selected, no positive is found) or that has no trials in a group.
    """
    try:
        require_scores(labels, decisions.astype(numpy.float64))
    except Unmeasurable as error:
        return Disparity(measure, None, error.what, MEASURES[measure][0][0], "", "", 0, (), groups.unknown)
    table = confusion(labels, decisions, groups.codes, len(groups.names))
    return disparity_of_counts(measure, table, groups.names, require=require, unknown=groups.unknown)


def disparity_of_counts(
    measure: str, table: Whole, names: Sequence[str], *, require: Requirements | None = None, unknown: int = 0
) -> Disparity:
    """The same of rows that are counted already: table of shape (groups, 2, 2), by group, label and decision."""
    metrics, kind = MEASURES[measure]
    rates = {metric: group_rates(metric, table, names, require or Requirements()) for metric in metrics}
    shown = tuple(rate for metric in metrics for rate in rates[metric])
    reason = _why_not(kind, rates, len(names))
    if reason:
        return Disparity(measure, None, reason, metrics[0], "", "", len(names), shown, unknown)
    compared = [_compare(kind, rates[metric]) for metric in metrics]
    value, worst, best = max(compared, key=_first) if kind == "difference" else min(compared, key=_first)
    return Disparity(measure, value, "", worst.metric, worst.group, best.group, len(names), shown, unknown)


def group_rates(metric: str, table: Whole, names: Sequence[str], require: Requirements) -> tuple[GroupRate, ...]:
    """A rate of RATES in each group, in the order of the groups; table: shape (groups, 2, 2) of `rates.confusion`."""
    return tuple(_group_rate(metric, name, table[index], require) for index, name in enumerate(names))


def _group_rate(metric: str, name: str, table: Whole, require: Requirements) -> GroupRate:
    negatives, positives = (int(side) for side in table.sum(axis=1))
    hits, trials = counted(RATES[metric], table)
    reason = _shortfall(negatives, positives, require)
    if not reason and not trials:
        reason = f"{metric} needs a {RATES[metric].needs}, there is none"
    rate = None if reason else Fraction(hits, trials)
    return GroupRate(metric, name, negatives + positives, positives, negatives, hits, trials, rate, reason)


def _shortfall(negatives: int, positives: int, require: Requirements) -> str:
    asked = (
        (negatives + positives, require.min_n, "rows"),
        (positives, require.min_positives, "positives"),
        (negatives, require.min_negatives, "negatives"),
    )
    return next((f"{found} {what}, {least} are asked" for found, least, what in asked if found < least), "")


def _why_not(kind: Kind, rates: Mapping[str, Sequence[GroupRate]], groups: int) -> str:
    """Why there is no number; empty if there is one."""
    if groups < 2:
        return "one group alone cannot be compared" if groups else "no row has a known group"
    for found in rates.values():
        if short := next((rate for rate in found if rate.reason), None):
            return f"{short.group}: {short.reason}"
    if all(rate.hits == 0 for found in rates.values() for rate in found):
        return f"{' and '.join(rates)} 0 in every group: no decision 1 speaks for or against anybody"
    if kind == "ratio" and (empty := next((m for m, found in rates.items() if not any(r.hits for r in found)), "")):
        return f"{empty} is 0 in every group: 0 / 0 is no ratio"
    return ""


def _compare(kind: Kind, rates: Sequence[GroupRate]) -> tuple[Fraction, GroupRate, GroupRate]:
    ordered = sorted((rate.rate, index) for index, rate in enumerate(rates) if rate.rate is not None)
    (lowest, worst), (highest, best) = ordered[0], ordered[-1]
    return highest - lowest if kind == "difference" else lowest / highest, rates[worst], rates[best]


def _first(compared: tuple[Fraction, GroupRate, GroupRate]) -> Fraction:
    return compared[0]
