"""A check and counts -> what came out, as the gate says it of rows: the same values, the same thresholds."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy

from gitmlops.gate.checks.disparities import told_counts
from gitmlops.gate.checks.judged import Judged, Outcome
from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.results import entry, named, operator
from gitmlops.gate.checks.sizes import least_rows, shortage_of
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.gate.tables.counting import LOSSES, Counts, Predictions
from gitmlops.specs.fields import exact
from gitmlops.statistics import binned
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.exact import keeps
from gitmlops.statistics.fairness import MEASURES, Requirements, disparity_of_counts
from gitmlops.statistics.impact import ImpactRatio, Selected, impact
from gitmlops.statistics.proportions import Limits, Proportion, both_sides, clopper_pearson, quantile
from gitmlops.statistics.rates import RATES, counted, ratio
from gitmlops.statistics.resampling import Whole, seed
from gitmlops.statistics.scoring import balanced_accuracy, matthews

_OF_TABLE: Mapping[str, Callable[[Whole], float]] = {"balanced_accuracy": balanced_accuracy, "matthews": matthews}
MEASURED = {*RATES, *_OF_TABLE, *LOSSES, *MEASURES, "roc_auc", "impact_ratio"}
"""The metrics that counts say everything of."""
_SHOWN_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Found:
    """A value, and how far it may be from that of the rows: 0 where they were counted one by one."""

    value: Fraction
    error: Fraction = Fraction(0)


def judge(rule: Rule, predictions: Predictions) -> tuple[Judged, ...]:
    """The check's results: for all rows or each group of its slices; never none."""
    check = rule.check
    if check.metric not in MEASURED or check.of_class or check.op in ("noninferior", "no-difference"):
        return (_unmeasured(rule, "", 0, f"{check.op} {check.metric} is not said by counts", "not_applicable"),)
    if check.metric in (*MEASURES, "impact_ratio") and check.slice is None:
        return (_unmeasured(rule, "", 0, "it compares groups, and no slice names them"),)
    judged: list[Judged] = []
    for partition, columns in predictions.partitions(check.slice).items():
        with_scores = check.metric == "roc_auc"
        groups = predictions.counted(columns, check.slice, rule.decision, with_scores=with_scores)
        judged += _judged(rule, partition, groups)
    if all(one.result.outcome == "not_applicable" for one in judged):
        judged.append(_unmeasured(rule, "", 0, f"no group has {least_rows(rule)} rows"))
    return tuple(judged)


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


def _of_part(rule: Rule, name: str, counts: Counts) -> Judged:
    at = f" at {name}" if name else ""
    if short := _shortage(rule, counts, at):
        if name and rule.check.on_small_n == "leave_out":
            return _unmeasured(rule, name, counts.rows, f"left out: {short}", "not_applicable")
        return _unmeasured(rule, name, counts.rows, short)
    try:
        return _threshold(rule, name, counts, at)
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


def value(metric: str, counts: Counts) -> Found:
    """A metric of MEASURED that is of one group. Raises Unmeasurable."""
    if metric in RATES:
        return Found(ratio(metric, counts.table))
    if metric in _OF_TABLE:
        return Found(Fraction(_OF_TABLE[metric](counts.table)))
    if metric == "roc_auc":
        area = binned.area(counts.scores[0], counts.scores[1], counts.mixed)
        return Found(area.value, area.error)
    mean = Fraction(float(counts.losses[:, LOSSES.index(metric)].sum())) / counts.rows
    return Found(abs(mean))


def limits(rule: Rule, name: str, counts: Counts, confidence: float) -> Limits:
    """Two-sided limits, rows of one entity together, by a bootstrap of buckets; of rates of independent rows Clopper
    and Pearson's, as the gate's. Raises Unmeasurable where there are none.
    """
    metric = rule.check.metric
    if not metric_of(metric).bounded:
        raise Unmeasurable(f"{metric} has no interval")
    if rule.unit != counts.entity:
        raise Unmeasurable(f"rows were counted by {counts.entity or 'themselves'}, not by {rule.unit}")
    if metric in RATES and not rule.unit:
        return clopper_pearson(Proportion(*counted(RATES[metric], counts.table)), confidence=confidence)
    drawn = seed(rule.policy, rule.version, rule.check.id, str(counts.rows), name)
    z, found = quantile(confidence), value(metric, counts)
    middle, slack = float(found.value), float(found.error)
    if metric == "roc_auc":
        error = binned.standard_error(_area, counts.coarse.astype(numpy.float64), drawn)
        if not 0 < middle < 1:
            raise Unmeasurable("a perfect order has no error to see in counts")
        if not error:
            raise Unmeasurable("scores are alike in every bin, which no error can be told from")
        logit, half = math.log(middle / (1 - middle)), z * error / (middle * (1 - middle))
        return Limits(_expit(logit - half) - slack, _expit(logit + half) + slack)
    if metric in LOSSES:
        return _of_mean(metric, counts, z, drawn)
    half = z * binned.standard_error(_rate(metric), counts.decided.astype(numpy.float64), drawn)
    if not half:
        raise Unmeasurable("alike in every row, which no error can be told from")
    return Limits(max(0.0, middle - half), min(1.0, middle + half))


def _of_mean(metric: str, counts: Counts, z: float, drawn: int) -> Limits:
    rows = counts.decided.sum(axis=(1, 2))
    buckets = numpy.column_stack([counts.losses[:, LOSSES.index(metric)], rows])
    mean = float(buckets[:, 0].sum() / buckets[:, 1].sum())
    half = z * binned.standard_error(lambda sums: float(sums[0] / sums[1]), buckets, drawn)
    lower, upper = mean - half, mean + half
    if metric == "calibration_gap":
        nearest = 0.0 if lower <= 0 <= upper else min(abs(lower), abs(upper))
        return Limits(nearest, max(abs(lower), abs(upper)))
    return Limits(max(0.0, lower), upper)


def _area(table: Array) -> float:
    negatives, positives = table
    before = numpy.cumsum(negatives) - negatives
    pairs = float(positives.sum()) * float(negatives.sum())
    return float((positives * (before + negatives / 2)).sum()) / pairs if pairs else math.nan


def _rate(metric: str) -> Callable[[Array], float]:
    hits, trials = numpy.array(RATES[metric].hits), numpy.array(RATES[metric].trials)

    def of_table(table: Array) -> float:
        tried = float((table * trials).sum())
        return float((table * hits).sum()) / tried if tried else math.nan

    return of_table


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


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
