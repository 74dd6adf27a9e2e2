"""One check of a family, on one candidate -> what came out: a number that is held against the threshold, exactly."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import msgspec
import numpy

from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.results import Judged, Part, asked, operator, result, unmeasured
from gitmlops.gate.checks.sizes import least_rows, shortage
from gitmlops.gate.checks.values import value
from gitmlops.gate.evidence.samples import Sample, partitions
from gitmlops.gate.families import (
    commitments,
    documentation,
    documents,
    explainability,
    leakage,
    monitoring,
    operational,
    overlap,
    oversight,
    privacy,
    robustness,
    sizes,
)
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.gate.rules.metrics import METRICS
from gitmlops.gate.rules.policies import Rule
from gitmlops.specs.fields import exact
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import keeps

MEASURES: Mapping[str, Measure] = {
    **operational.MEASURES,
    **privacy.MEASURES,
    **sizes.MEASURES,
    **leakage.MEASURES,
    **overlap.MEASURES,
    **robustness.MEASURES,
    **explainability.MEASURES,
    **documentation.MEASURES,
    **monitoring.MEASURES,
    **oversight.MEASURES,
    **documents.MEASURES,
    **commitments.MEASURES,
}
"""How each metric of a family is measured."""


def judge_family(rule: Rule, candidate: Candidate) -> tuple[Judged, ...]:
    """The check's results: for the model, or for each group of its slices; never none."""
    judged = tuple(_judged(rule, candidate))
    if all(one.result.outcome == "not_applicable" for one in judged):
        return (*judged, unmeasured(rule, Part(candidate.sample), f"no group has {least_rows(rule)} rows"))
    return judged


def value_of(decision: float, metric: str, sample: Sample) -> Fraction:
    """A metric of labels and scores by its name, whoever wrote it. Raises Unmeasurable."""
    known = METRICS.get(metric)
    if known is None or known.family or known.between_groups:
        raise Unmeasurable("the gate does not measure it on rows")
    return value(metric, sample.labels, sample.scores, decision=decision)


def _judged(rule: Rule, candidate: Candidate) -> Iterator[Judged]:
    sample, slice_ = candidate.sample, rule.check.slice
    if slice_ is None:
        everything = numpy.ones(len(sample.labels), dtype=numpy.bool_)
        yield _of_part(rule, candidate, Part(sample), Rows(everything, rule.decision))
        return
    if missing := [column for column in slice_.columns if column not in sample.groups]:
        yield unmeasured(rule, Part(sample), f"the evaluation rows have no column {missing[0]!r}")
        return
    for _, groups in partitions(slice_, sample):
        for index, name in enumerate(groups.names):
            chosen = groups.codes == index
            yield _of_part(rule, candidate, Part(sample.where(chosen), name), Rows(chosen, rule.decision))


def _of_part(rule: Rule, candidate: Candidate, part: Part, rows: Rows) -> Judged:
    metric = METRICS[rule.check.metric]
    if metric.by_rows and not metric.is_size and (short := shortage(rule, part.sample, part.at)):
        leaves_out = part.label and rule.check.on_small_n == "leave_out"
        return unmeasured(rule, part, short, "not_applicable" if leaves_out else "insufficient_evidence")
    try:
        return _held(rule, part, _measure(rule)(candidate, rows))
    except Unmeasurable as error:
        return unmeasured(rule, part, f"{error.what}{part.at}")


def _measure(rule: Rule) -> Measure:
    """How the check's metric is measured; `document_gaps` of the document that the check asks for."""
    asked = rule.check.document
    return documents.measure(asked) if asked else MEASURES[rule.check.metric]


def _held(rule: Rule, part: Part, found: Measured) -> Judged:
    check, limit = rule.check, exact(str(rule.check.threshold))
    kept = keeps(found.value, operator(rule), limit)
    text = shown(found.value, apart_from=limit)
    said = f" ({found.said})" if found.said else ""
    reason = f"{check.metric} is {text}{part.at}{said}, policy asks {check.op} {asked(rule)}"
    shortfall = limit - found.value if check.op in (">=", ">") else found.value - limit
    # Nobody measures the same time twice, and the same evidence makes the same receipt.
    kept_value = text if METRICS[check.metric].steady else ""
    entry = result(rule, part, "passed" if kept else "failed", shown_value=kept_value)
    if not METRICS[check.metric].by_rows:
        entry = msgspec.structs.replace(entry, n=0)
    return Judged(rule, entry, reason, shortfall)
