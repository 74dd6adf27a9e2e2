"""One check on one model's scores -> what came out. Pure: arrays and a rule in, results and sentences out."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy
from numpy.typing import NDArray

from gitmlops.gate.numbers import shown
from gitmlops.gate.policies import Rule
from gitmlops.records.receipt import CheckResult
from gitmlops.specs.fields import exact
from gitmlops.specs.policy import Metric, Slice
from gitmlops.statistics.auc import SMALLEST_CLASS
from gitmlops.statistics.classification import HIGHER_IS_BETTER, Array, Unmeasurable, require_scores, value
from gitmlops.statistics.intervals import difference_bound, interval, shown_to_cover

Outcome = Literal["passed", "failed", "insufficient_evidence", "not_applicable"]


@dataclass(frozen=True)
class Production:
    """The version that serves users, and its scores of the same rows."""

    version: str
    scores: Array


@dataclass(frozen=True)
class Sample:
    """The evaluation rows: labels and scores by row, groups by slice column; digest names them for the seeds."""

    labels: Array
    scores: Array
    groups: Mapping[str, NDArray[numpy.object_]]
    production: Production | None
    digest: str

    def where(self, rows: NDArray[numpy.bool_]) -> "Sample":
        """The part of it that these rows are."""
        production = self.production and Production(self.production.version, self.production.scores[rows])
        groups = {column: names[rows] for column, names in self.groups.items()}
        return Sample(self.labels[rows], self.scores[rows], groups, production, self.digest)


@dataclass(frozen=True)
class Judged:
    """A check's result for all rows or one group; reason: a clause that says why.

    shortfall: by how much the limit is missed, in the metric's unit, negative where it is kept; None: not measured;
    worst_slice: where all rows together miss the limit, the clause that says where to look first.
    """

    rule: Rule
    result: CheckResult
    reason: str
    shortfall: Fraction | None = None
    worst_slice: str = ""


def judge(rule: Rule, sample: Sample) -> tuple[Judged, ...]:
    """The check's result for all rows, or for each group of its slice in the order of their names; never none."""
    if rule.check.op == "noninferior" and sample.production is None:
        return (_unmeasured(rule, sample, "bootstrap: no production version yet", "", "not_applicable"),)
    try:
        require_scores(sample.labels, sample.scores)
    except Unmeasurable as error:
        return (_unmeasured(rule, sample, error.what),)
    if rule.check.slice is None:
        return (_judge_rows(rule, sample, ""),)
    if rule.check.slice.by not in sample.groups:
        return (_unmeasured(rule, sample, f"the evaluation rows have no column {rule.check.slice.by!r}"),)
    return _judge_groups(rule, rule.check.slice, sample)


def _judge_groups(rule: Rule, slice_: Slice, sample: Sample) -> tuple[Judged, ...]:
    judged = tuple(_judge_group(rule, slice_, group, label) for label, group in _groups(sample, slice_.by))
    if all(item.result.outcome == "not_applicable" for item in judged):
        return (*judged, _unmeasured(rule, sample, f"no group of {slice_.by} has {slice_.min_n} rows"))
    return judged


def _judge_group(rule: Rule, slice_: Slice, group: Sample, label: str) -> Judged:
    rows = len(group.labels)
    if rows >= slice_.min_n and shown_to_cover(rule.check.metric, group.labels):
        return _judge_rows(rule, group, label)
    short = (
        f"n is {rows} at {label}, {slice_.min_n} are asked" if rows < slice_.min_n else _short_of_class(group, label)
    )
    if rule.check.on_small_n == "leave_out":
        return _unmeasured(rule, group, f"left out: {short}", label, "not_applicable")
    return _unmeasured(rule, group, short, label)


def _judge_rows(rule: Rule, sample: Sample, label: str) -> Judged:
    if not shown_to_cover(rule.check.metric, sample.labels):
        return _unmeasured(rule, sample, _short_of_class(sample, label), label)
    try:
        return (_compare if rule.check.op == "noninferior" else _threshold)(rule, sample, label)
    except Unmeasurable as error:
        return _unmeasured(rule, sample, error.what, label)


def _threshold(rule: Rule, sample: Sample, label: str) -> Judged:
    """Exact: the limit is the number that was written, the value the ratio that was counted."""
    check, limit = rule.check, exact(str(rule.check.threshold))
    found = value(check.metric, sample.labels, sample.scores, threshold=rule.decision)
    kept = {">=": found >= limit, "<=": found <= limit, ">": found > limit, "<": found < limit}[check.op]
    shortfall = limit - found if check.op in (">=", ">") else found - limit
    text = shown(found, apart_from=limit)
    reason = f"{check.metric} is {text}{_at(label)}, policy asks {check.op} {check.threshold}"
    result = _result(rule, sample, "passed" if kept else "failed", label, value=text)
    return Judged(rule, result, reason, shortfall, "" if kept or label else _worst_slice(rule, sample))


def _compare(rule: Rule, sample: Sample, label: str) -> Judged:
    check, production, margin = rule.check, sample.production, exact(str(rule.check.margin))
    if production is None:
        raise Unmeasurable("there is nothing to compare with")
    difference = difference_bound(
        check.metric,
        sample.labels,
        sample.scores,
        production.scores,
        threshold=rule.decision,
        confidence=check.confidence,
        seed=_seed(rule, sample, label),
    )
    if not numpy.isfinite(difference.bound):
        raise Unmeasurable("too few decisions for a comparison")
    shortfall = -margin - Fraction(difference.bound)
    text = shown(value(check.metric, sample.labels, sample.scores, threshold=rule.decision))
    theirs = shown(value(check.metric, sample.labels, production.scores, threshold=rule.decision))
    bound = shown(difference.bound, apart_from=-margin)
    reason = (
        f"{check.metric} is {text}{_at(label)}, {theirs} in production ({production.version}): "
        f"a gain of at least {bound}, policy asks >= -{check.margin} (confidence {check.confidence:g})"
    )
    outcome: Outcome = "passed" if shortfall <= 0 else "failed"
    result = _result(rule, sample, outcome, label, value=text, bound=bound)
    return Judged(rule, result, reason, shortfall, "" if shortfall <= 0 or label else _worst_slice(rule, sample))


def _worst_slice(rule: Rule, sample: Sample) -> str:
    """Where to look first: the group with the worst value, of those that are large enough; empty if there is none.

    The worst of many groups looks worse than it is, by selection: it is named for the reader and decides nothing.
    """
    check = rule.check
    measured = [
        (value(check.metric, group.labels, group.scores, threshold=rule.decision), label)
        for column in sample.groups
        for label, group in _groups(sample, column)
        if _large_enough(check.metric, group)
    ]
    if not measured:
        return ""
    lowest = check.op in (">=", ">") or (check.op == "noninferior" and HIGHER_IS_BETTER[check.metric])
    found, label = min(measured) if lowest else max(measured)
    return f"; worst slice of {len(measured)}: {label}, {shown(found)}"


def _large_enough(metric: Metric, group: Sample) -> bool:
    both_classes = 0 < int(numpy.count_nonzero(group.labels == 1)) < len(group.labels)
    return len(group.labels) >= SMALLEST_CLASS and both_classes and shown_to_cover(metric, group.labels)


def _groups(sample: Sample, column: str) -> Iterator[tuple[str, Sample]]:
    """Each group of a slice column, `column=value`, in the order of their names."""
    names, group_of = numpy.unique(sample.groups[column], return_inverse=True)
    for index, name in enumerate(names):
        yield f"{column}={name}", sample.where(group_of == index)


def _seed(rule: Rule, sample: Sample, label: str) -> int:
    """From the rule and the evaluation rows alone: a new attempt at the same rows draws the same resamples."""
    named = f"{rule.policy} {rule.check.id} {sample.digest} {label}"
    return int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], "big")


def _unmeasured(
    rule: Rule, sample: Sample, why: str, label: str = "", outcome: Outcome = "insufficient_evidence"
) -> Judged:
    return Judged(rule, _result(rule, sample, outcome, label), f"{rule.check.metric} is not measured: {why}")


def _result(
    rule: Rule, sample: Sample, outcome: Outcome, label: str, *, value: str = "", bound: str = ""
) -> CheckResult:
    check = rule.check
    return CheckResult(
        policy=rule.policy,
        policy_version=rule.version,
        check=check.id,
        enforcement=check.enforcement,
        outcome=outcome,
        metric=check.metric,
        op=check.op,
        value=value,
        threshold=f"-{check.margin}" if check.op == "noninferior" else str(check.threshold),
        slice=label,
        n=len(sample.labels),
        interval=_limits(rule, sample) if value else None,
        baseline=_of_production(rule, sample) if value else "",
        bound=bound,
    )


def _limits(rule: Rule, sample: Sample) -> tuple[str, str] | None:
    try:
        limits = interval(rule.check.metric, sample.labels, sample.scores, threshold=rule.decision)
    except Unmeasurable:
        return None
    return shown(limits.lower), shown(limits.upper)


def _of_production(rule: Rule, sample: Sample) -> str:
    """Version and value of production on the same rows; empty where there is none."""
    if sample.production is None:
        return ""
    try:
        found = value(rule.check.metric, sample.labels, sample.production.scores, threshold=rule.decision)
    except Unmeasurable:
        return ""
    return f"{sample.production.version} {shown(found)}"


def _short_of_class(sample: Sample, label: str) -> str:
    positives = int(numpy.count_nonzero(sample.labels == 1))
    counted = f"{positives} positives and {len(sample.labels) - positives} negatives"
    return f"{counted}{_at(label)}, {SMALLEST_CLASS} of each are asked"


def _at(label: str) -> str:
    return f" at {label}" if label else ""
