"""By how much counted predictions are better than those of production on the same rows, and how surely."""

import numpy

from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.gate.tables.counting import Counts
from gitmlops.gate.tables.values import by_bucket, require_both_classes, value
from gitmlops.statistics import binned
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.intervals import Difference
from gitmlops.statistics.proportions import both_sides, quantile
from gitmlops.statistics.rate_gains import FEWEST_DISCORDANT
from gitmlops.statistics.rates import RATES
from gitmlops.statistics.resampling import seed

_SAME = 1e-12
"""Relative: losses of the same scores that were added up in another order."""


def gain(rule: Rule, name: str, ours: Counts, theirs: Counts) -> Difference:
    """The gain over production, positive is better, and its one-sided lower bound at the check's confidence.

    bound = gain - z se - e: se of the difference over resamples in which a bucket counts as often for both models, e
    how far the two areas may be from those of the rows. The same scores have gained nothing, for sure.
    Raises Unmeasurable where there is no bound.
    """
    metric = rule.check.metric
    if rule.unit != ours.entity:
        raise Unmeasurable(f"rows were counted by {ours.entity or 'themselves'}, not by {rule.unit}")
    one, other = value(metric, ours), value(metric, theirs)
    if _same(ours, theirs):
        return Difference(0.0, 0.0)
    if metric == "roc_auc":
        require_both_classes(ours)
    sign = 1 if metric_of(metric).better == "higher" else -1
    (mine, measure), (others, _) = by_bucket(metric, ours), by_bucket(metric, theirs)
    if metric in RATES:
        _require_discordant(mine, others)

    def gained(sums: Array) -> float:
        return sign * (measure(sums[0]) - measure(sums[1]))

    drawn = seed(rule.policy, rule.version, rule.check.id, str(ours.rows), name)
    error = binned.standard_error(gained, numpy.stack([mine, others], axis=1), drawn)
    if not error:
        raise Unmeasurable("the two differ alike in every bucket, which no error can be told from")
    found, slack = sign * float(one.value - other.value), float(one.error + other.error)
    return Difference(found, found - quantile(both_sides(rule.check.confidence)) * error - slack)


def _same(ours: Counts, theirs: Counts) -> bool:
    """Whether three losses and all decisions are the same in every bucket, which other scores would not be."""
    alike = numpy.allclose(ours.losses, theirs.losses, rtol=_SAME, atol=_SAME * ours.rows)
    return bool(alike) and numpy.array_equal(ours.decided, theirs.decided)


def _require_discordant(mine: Array, others: Array) -> None:
    differing = int((mine != others).reshape(len(mine), -1).any(axis=1).sum())
    if differing < FEWEST_DISCORDANT:
        raise Unmeasurable(f"the two differ in {differing} groups of entities, {FEWEST_DISCORDANT} are asked")
