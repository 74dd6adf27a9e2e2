"""Checks that compare groups with each other: impact ratios group by group, differences and ratios of rates."""

from collections.abc import Iterator
from fractions import Fraction

import numpy

from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.results import Part, named, operator, result, unmeasured
from gitmlops.gate.checks.sizes import least_rows, shortage
from gitmlops.gate.evidence.samples import Sample, partitions, samples_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.specs.fields import exact
from gitmlops.statistics.exact import keeps
from gitmlops.statistics.fairness import Disparity, GroupRate, Requirements, disparity
from gitmlops.statistics.groups import Groups
from gitmlops.statistics.impact import Impact, ImpactRatio, Selected, impact
from gitmlops.statistics.proportions import both_sides


def judge_groups(rule: Rule, sample: Sample) -> Iterator[Judged]:
    """A result for each group of each column (impact_ratio), or one for each column.

    Groups with too few rows are left out only if the policy says so.
    """
    if rule.check.slice is None:
        yield unmeasured(rule, Part(sample), "it compares groups, and no slice names them")
        return
    for column, groups in partitions(rule.check.slice, sample):
        kept, left_out = _large(rule, groups, sample)
        yield from left_out
        if rule.check.metric == "impact_ratio":
            yield from _impact(rule, sample, column, kept)
        else:
            yield _disparity(rule, sample, column, kept)


def _large(rule: Rule, groups: Groups, sample: Sample) -> tuple[Groups, list[Judged]]:
    """The groups that are compared, and those that the policy leaves out for their size."""
    if rule.check.on_small_n != "leave_out":
        return groups, []
    short = [(Part(rows, name), why) for name, rows in samples_of(groups, sample) if (why := shortage(rule, rows))]
    told = [unmeasured(rule, part, f"left out: {why}{part.at}", "not_applicable") for part, why in short]
    return groups.without([part.label for part, _ in short]), told


def _impact(rule: Rule, sample: Sample, column: str, groups: Groups) -> Iterator[Judged]:
    selected = sample.scores >= rule.decision
    known = groups.codes >= 0
    chosen = numpy.bincount(groups.codes[selected & known], minlength=len(groups.names))
    counts = {
        name: Selected(int(hits), int(rows))
        for name, hits, rows in zip(groups.names, chosen, groups.sizes, strict=True)
    }
    found = impact(counts, min_n=least_rows(rule), confidence=both_sides(rule.check.confidence))
    if found.worst is None and not any(group.ratio is not None for group in found.groups):
        yield unmeasured(rule, Part(sample, column), found.reason)
        return
    rows = dict(samples_of(groups, sample))
    for group in found.groups:
        yield _of_group(rule, Part(rows[group.group], group.group), group, found, counts)


def _of_group(rule: Rule, part: Part, group: ImpactRatio, found: Impact, counts: dict[str, Selected]) -> Judged:
    if group.ratio is None:
        return unmeasured(rule, part, f"{group.reason}{part.at}")
    if why := shortage(rule, part.sample, part.at):
        return unmeasured(rule, part, why)
    reference = counts[found.reference]
    limits = (shown(group.limits.lower), shown(group.limits.upper)) if group.limits else None
    bounded = rule.check.decide == "bound" and group.limits is not None
    judged_by = Fraction(group.limits.lower) if bounded and group.limits else group.ratio
    chance = f", p = {shown(group.p_value)}" if group.p_value is not None else ""
    said = (
        f"{group.selected} of {group.applicants}, against {reference.selected} of {reference.applicants} at "
        f"{found.reference}{chance}"
    )
    return _held(rule, part, group.ratio, judged_by, f"{part.at} ({said})", limits)


def _disparity(rule: Rule, sample: Sample, column: str, groups: Groups) -> Judged:
    check = rule.check
    require = Requirements(least_rows(rule), check.min_positives, check.min_negatives)
    found = disparity(check.metric, sample.labels, sample.scores >= rule.decision, groups, require=require)
    part = Part(sample, column)
    if found.value is None:
        return unmeasured(rule, part, f"{found.reason} (by {column})")
    return _held(rule, part, found.value, found.value, f" by {column} ({told_counts(found)})", None)


def told_counts(found: Disparity) -> str:
    """The exact counts of the two groups that the number is about."""
    rates = {(rate.metric, rate.group): rate for rate in found.groups}
    worst, best = (rates[found.metric, group] for group in (found.worst, found.best))
    return f"{found.metric} {_ratio(worst)}, {_ratio(best)}; the two farthest apart of {found.of} groups"


def _ratio(rate: GroupRate) -> str:
    return f"{rate.hits} of {rate.trials} at {rate.group}"


def _held(
    rule: Rule, part: Part, value: Fraction, judged_by: Fraction, said: str, interval: tuple[str, str] | None
) -> Judged:
    """The value, or its lower limit, held against the threshold, exactly; said: what follows the value."""
    check = rule.check
    limit = exact(str(check.threshold))
    kept = keeps(judged_by, operator(rule), limit)
    text = shown(value, apart_from=limit)
    bound = "" if judged_by == value else shown(judged_by, apart_from=limit)
    sure = f", at least {bound} ({rule.sureness})" if bound else ""
    reason = f"{named(rule)} is {text}{said}{sure}, policy asks {check.op} {rule.asked}"
    shortfall = limit - judged_by if check.op in (">=", ">") else judged_by - limit
    entry = result(rule, part, "passed" if kept else "failed", shown_value=text, bound=bound, interval=interval)
    return Judged(rule, entry, reason, shortfall)
