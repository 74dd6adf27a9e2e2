"""A number that is no metric of labels and scores, held against the threshold of its check, exactly."""

from collections.abc import Callable, Iterator

import msgspec
import numpy

from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.results import Part, operator, result, unmeasured
from gitmlops.gate.checks.sizes import least_rows, shortage
from gitmlops.gate.checks.tasks import require_kind
from gitmlops.gate.evidence.samples import Sample, partitions
from gitmlops.gate.families.candidate import Measured, Rows
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.specs.fields import exact
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import keeps

Measuring = Callable[[Rows], Measured]
"""The check's number on some of the rows. Raises Unmeasurable."""


def judge_measured(rule: Rule, sample: Sample, measure: Measuring) -> tuple[Judged, ...]:
    """The check's results: for the model, or for each group of its slices; never none."""
    judged = tuple(_judged(rule, sample, measure))
    if all(one.result.outcome == "not_applicable" for one in judged):
        return (*judged, unmeasured(rule, Part(sample), f"no group has {least_rows(rule)} rows"))
    return judged


def _judged(rule: Rule, sample: Sample, measure: Measuring) -> Iterator[Judged]:
    slice_ = rule.check.slice
    if slice_ is None:
        everything = numpy.ones(len(sample.labels), dtype=numpy.bool_)
        yield _of_part(rule, measure, Part(sample), Rows(everything, rule.decision))
        return
    if missing := [column for column in slice_.columns if column not in sample.groups]:
        yield unmeasured(rule, Part(sample), f"the evaluation rows have no column {missing[0]!r}")
        return
    for _, groups in partitions(slice_, sample):
        for index, name in enumerate(groups.names):
            chosen = groups.codes == index
            yield _of_part(rule, measure, Part(sample.where(chosen), name), Rows(chosen, rule.decision))


def _of_part(rule: Rule, measure: Measuring, part: Part, rows: Rows) -> Judged:
    metric = metric_of(rule.check.metric)
    if metric.by_rows and not metric.is_size and (short := shortage(rule, part.sample, part.at)):
        leaves_out = part.label and rule.check.on_small_n == "leave_out"
        return unmeasured(rule, part, short, "not_applicable" if leaves_out else "insufficient_evidence")
    try:
        require_kind(metric, part.sample.task)
        return _held(rule, part, measure(rows))
    except Unmeasurable as error:
        return unmeasured(rule, part, f"{error.what}{part.at}")


def _held(rule: Rule, part: Part, found: Measured) -> Judged:
    check, limit = rule.check, exact(str(rule.check.threshold))
    kept = keeps(found.value, operator(rule), limit)
    text = shown(found.value, apart_from=limit)
    said = f" ({found.said})" if found.said else ""
    reason = f"{check.metric} is {text}{part.at}{said}, policy asks {check.op} {rule.asked}"
    shortfall = limit - found.value if check.op in (">=", ">") else found.value - limit
    # Nobody measures the same time twice, and the same evidence makes the same receipt.
    kept_value = text if metric_of(check.metric).steady else ""
    entry = result(rule, part, "passed" if kept else "failed", shown_value=kept_value)
    if not metric_of(check.metric).by_rows:
        entry = msgspec.structs.replace(entry, n=0)
    return Judged(rule, entry, reason, shortfall)
