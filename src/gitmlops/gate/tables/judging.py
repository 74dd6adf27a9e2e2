"""A check and counts -> what came out, as the gate says it of rows: the same values, the same thresholds."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import msgspec
import numpy

from gitmlops.gate.checks.disparities import told_counts
from gitmlops.gate.checks.judged import Judged, Outcome
from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.results import entry, named, operator
from gitmlops.gate.checks.sizes import least_rows, shortage_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.gate.tables.comparing import gain
from gitmlops.gate.tables.counting import ERROR, LOSSES, Counts, Predictions
from gitmlops.gate.tables.values import OF_TABLE, limits, value
from gitmlops.specs.fields import exact
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import keeps
from gitmlops.statistics.fairness import MEASURES, Requirements, disparity_of_counts
from gitmlops.statistics.impact import ImpactRatio, Selected, impact
from gitmlops.statistics.proportions import both_sides
from gitmlops.statistics.rates import RATES
from gitmlops.statistics.verdicts import noninferior

MEASURED = {*RATES, *OF_TABLE, *LOSSES, *MEASURES, "roc_auc", "impact_ratio", ERROR}
"""The metrics that counts say everything of."""
_COMPARED = {*RATES, *LOSSES, "roc_auc"}
_SHOWN_CONFIDENCE = 0.95


def judge(rule: Rule, predictions: Predictions, production: Predictions | None = None) -> tuple[Judged, ...]:
    """The check's results: for all rows or each group of its slices; never none.

    production: what the version in production predicted of the same rows, None if nobody says.
    """
    check = rule.check
    if why := _left_to_the_gate(rule, production):
        return (_unmeasured(rule, "", 0, why, "not_applicable"),)
    if check.metric in (*MEASURES, "impact_ratio") and check.slice is None:
        return (_unmeasured(rule, "", 0, "it compares groups, and no slice names them"),)
    judged: list[Judged] = []
    for partition, columns in predictions.partitions(check.slice).items():
        groups = predictions.counted(columns, check.slice, rule.decision, check.metric)
        if check.op == "noninferior" and production:
            theirs = production.counted(columns, check.slice, rule.decision, check.metric)
            judged += (_of_part(rule, name, counts, theirs[name]) for name, counts in groups.items())
        else:
            judged += _judged(rule, partition, groups)
    if all(one.result.outcome == "not_applicable" for one in judged):
        judged.append(_unmeasured(rule, "", 0, f"no group has {least_rows(rule)} rows"))
    return tuple(judged)


def _left_to_the_gate(rule: Rule, production: Predictions | None) -> str:
    """Why counts do not say what the check asks; empty if they do."""
    check = rule.check
    known = _COMPARED if check.op == "noninferior" else MEASURED
    if check.metric not in known or check.of_class or check.op == "no-difference":
        return f"{check.op} {check.metric} is not said by counts"
    if check.op == "noninferior" and production is None:
        return "nobody says what production predicted of these rows; give --production"
    return ""


def _judged(rule: Rule, partition: str, groups: Mapping[str, Counts]) -> Iterator[Judged]:
    if rule.check.metric not in (*MEASURES, "impact_ratio"):
        yield from (_of_part(rule, name, counts) for name, counts in groups.items())
        return
    short = {name: why for name, one in groups.items() if (why := _shortage(rule, one, ""))}
    left_out = short if rule.check.on_small_n == "leave_out" else {}
    for name, why in left_out.items():
        yield _unmeasured(rule, name, groups[name].rows, f"left out: {why} at {name}", "not_applicable")
    kept = {name: one for name, one in groups.items() if name not in left_out}
    if rule.check.metric == "impact_ratio":
        yield from _impact(rule, partition, kept)
    else:
        yield _disparity(rule, partition, kept)


def _of_part(rule: Rule, name: str, counts: Counts, theirs: Counts | None = None) -> Judged:
    at = f" at {name}" if name else ""
    if short := _shortage(rule, counts, at):
        if name and rule.check.on_small_n == "leave_out":
            return _unmeasured(rule, name, counts.rows, f"left out: {short}", "not_applicable")
        return _unmeasured(rule, name, counts.rows, short)
    try:
        return _compared(rule, name, counts, theirs, at) if theirs else _threshold(rule, name, counts, at)
    except Unmeasurable as error:
        return _unmeasured(rule, name, counts.rows, f"{error.what}{at}")


def _threshold(rule: Rule, name: str, counts: Counts, at: str) -> Judged:
    check, limit = rule.check, exact(str(rule.check.threshold))
    found = value(check.metric, counts)
    upward = check.op in (">=", ">")
    judged_by = found.value - found.error if upward else found.value + found.error
    bound = ""
    if check.decide == "bound":
        sure = limits(rule, name, counts, both_sides(check.confidence))
        judged_by = Fraction(sure.lower if upward else sure.upper)
        bound = shown(judged_by, apart_from=limit)
    text = shown(found.value, apart_from=limit)
    told = f", {'at least' if upward else 'at most'} {bound} ({rule.sureness})" if bound else ""
    within = f" (within {shown(found.error)})" if found.error >= Fraction(1, 20_000) else ""
    reason = f"{named(rule)} is {text}{within}{at}{told}, policy asks {check.op} {check.threshold}"
    shortfall = limit - judged_by if upward else judged_by - limit
    kept: Outcome = "passed" if keeps(judged_by, operator(rule), limit) else "failed"
    result = entry(rule, name, counts.rows, kept, text, bound, _interval(rule, name, counts))
    return Judged(rule, result, reason, shortfall)


def _compared(rule: Rule, name: str, counts: Counts, theirs: Counts, at: str) -> Judged:
    """The anchor is left to the gate: a model is held against production alone."""
    check, margin = rule.check, exact(str(rule.check.margin))
    text, other = (shown(value(check.metric, one).value) for one in (counts, theirs))
    least = gain(rule, name, counts, theirs).bound
    bound, kept = shown(least, apart_from=-margin), noninferior(least, margin)
    anchor = "; the anchor is the gate's to compare with" if check.baseline and check.baseline.anchor else ""
    said = f"{named(rule)} is {text}{at}, {other} in production: a gain of at least {bound}"
    reason = f"{said}, policy asks > -{check.margin} ({rule.sureness}){anchor}"
    found = entry(rule, name, counts.rows, "passed" if kept else "failed", text, bound, _interval(rule, name, counts))
    found = msgspec.structs.replace(found, baseline=f"production {other}")
    return Judged(rule, found, reason, -margin - Fraction(least))


def _interval(rule: Rule, name: str, counts: Counts) -> tuple[str, str] | None:
    try:
        found = limits(rule, name, counts, _SHOWN_CONFIDENCE)
    except Unmeasurable:
        return None
    return shown(found.lower), shown(found.upper)


def _disparity(rule: Rule, partition: str, groups: Mapping[str, Counts]) -> Judged:
    check = rule.check
    require = Requirements(least_rows(rule), check.min_positives, check.min_negatives)
    table = numpy.array([one.table for one in groups.values()]).reshape(-1, 2, 2)
    found = disparity_of_counts(check.metric, table, (*groups,), require=require)
    rows = sum(one.rows for one in groups.values())
    if found.value is None:
        return _unmeasured(rule, partition, rows, f"{found.reason} (by {partition})")
    return _held(rule, partition, rows, found.value, found.value, f" by {partition} ({told_counts(found)})")


def _impact(rule: Rule, partition: str, groups: Mapping[str, Counts]) -> Iterator[Judged]:
    counts = {name: Selected(int(one.table[:, 1].sum()), one.rows) for name, one in groups.items()}
    found = impact(counts, min_n=least_rows(rule), confidence=both_sides(rule.check.confidence))
    if found.worst is None and not any(group.ratio is not None for group in found.groups):
        yield _unmeasured(rule, partition, sum(one.rows for one in groups.values()), found.reason)
        return
    yield from (_of_group(rule, group, groups[group.group], counts, found.reference) for group in found.groups)


def _of_group(rule: Rule, group: ImpactRatio, rows: Counts, counts: Mapping[str, Selected], best: str) -> Judged:
    at = f" at {group.group}"
    if group.ratio is None:
        return _unmeasured(rule, group.group, rows.rows, f"{group.reason}{at}")
    if why := _shortage(rule, rows, at):
        return _unmeasured(rule, group.group, rows.rows, why)
    by_bound = rule.check.decide == "bound" and group.limits
    judged_by = Fraction(group.limits.lower) if by_bound and group.limits else group.ratio
    chance = f", p = {shown(group.p_value)}" if group.p_value is not None else ""
    against = f"{counts[best].selected} of {counts[best].applicants} at {best}{chance}"
    said = f"{at} ({group.selected} of {group.applicants}, against {against})"
    interval = (shown(group.limits.lower), shown(group.limits.upper)) if group.limits else None
    return _held(rule, group.group, rows.rows, group.ratio, judged_by, said, interval)


def _held(
    rule: Rule, name: str, rows: int, found: Fraction, judged_by: Fraction, said: str,
    interval: tuple[str, str] | None = None,
) -> Judged:  # fmt: skip
    check, limit = rule.check, exact(str(rule.check.threshold))
    text = shown(found, apart_from=limit)
    bound = "" if judged_by == found else shown(judged_by, apart_from=limit)
    sure = f", at least {bound} ({rule.sureness})" if bound else ""
    reason = f"{named(rule)} is {text}{said}{sure}, policy asks {check.op} {rule.asked}"
    kept: Outcome = "passed" if keeps(judged_by, operator(rule), limit) else "failed"
    shortfall = limit - judged_by if check.op in (">=", ">") else judged_by - limit
    return Judged(rule, entry(rule, name, rows, kept, text, bound, interval), reason, shortfall)


def _shortage(rule: Rule, counts: Counts, at: str) -> str:
    return shortage_of(rule, counts.rows, counts.positives, at)


def _unmeasured(rule: Rule, name: str, rows: int, why: str, outcome: Outcome = "insufficient_evidence") -> Judged:
    return Judged(rule, entry(rule, name, rows, outcome), f"{named(rule)} is not measured: {why}")
