"""What a check came to, for all rows, one group, or one baseline: the entry of the receipt and the sentence for it."""

from dataclasses import dataclass

import msgspec

from gitmlops.gate.checks.judged import Judged, Outcome
from gitmlops.gate.checks.looks import alpha
from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.values import value
from gitmlops.gate.evidence.samples import Reference, Sample
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.records.receipt import CheckResult
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import Operator


@dataclass(frozen=True)
class Part:
    """What is judged at once: rows, and the name of their group; no name for all rows."""

    sample: Sample
    label: str = ""

    @property
    def at(self) -> str:
        """` at sex=F`, as it stands in sentences; empty for all rows."""
        return f" at {self.label}" if self.label else ""


def unmeasured(rule: Rule, part: Part, why: str, outcome: Outcome = "insufficient_evidence") -> Judged:
    """No number, and why: never a pass."""
    return Judged(rule, result(rule, part, outcome), f"{named(rule)} is not measured: {why}")


def named(rule: Rule) -> str:
    """The metric as sentences name it: `recall of long`, `ndcg of the first 10`."""
    check = rule.check
    within = f" of the first {check.k}" if check.k else ""
    return f"{check.metric} of {check.of_class}" if check.of_class else f"{check.metric}{within}"


def result(
    rule: Rule,
    part: Part,
    outcome: Outcome,
    *,
    shown_value: str = "",
    bound: str = "",
    interval: tuple[str, str] | None = None,
    reference: Reference | None = None,
) -> CheckResult:
    """The entry of the receipt. reference: what was compared with, or stands beside the value."""
    baseline = _of_reference(rule, part.sample, reference) if shown_value and reference else ""
    found = entry(rule, part.label, len(part.sample.labels), outcome, shown_value, bound, interval)
    return msgspec.structs.replace(found, baseline=baseline)


def entry(
    rule: Rule,
    group: str,
    rows: int,
    outcome: Outcome,
    shown_value: str = "",
    bound: str = "",
    interval: tuple[str, str] | None = None,
) -> CheckResult:
    """The entry of so many rows of a group, of all rows where it has no name."""
    check = rule.check
    return CheckResult(
        policy=rule.policy,
        policy_version=rule.version,
        check=check.id,
        enforcement=check.enforcement,
        outcome=outcome,
        metric=check.metric,
        op=check.op,
        value=shown_value,
        threshold=rule.asked,
        slice=group,
        n=rows,
        interval=interval,
        bound=bound,
        pinned=rule.pinned,
        alpha=alpha(rule),
    )


def operator(rule: Rule) -> Operator:
    """The check's operator, of a check with a threshold. Raises Unmeasurable for one that compares two models."""
    op = rule.check.op
    if op == "noninferior" or op == "no-difference":
        raise Unmeasurable(f"{op} has no threshold")
    return op


def _of_reference(rule: Rule, sample: Sample, reference: Reference) -> str:
    """Version and value of a reference on the same rows; empty where it has none."""
    if metric_of(rule.check.metric).between_groups:
        return ""
    try:
        found = value(rule.check.metric, sample.labels, reference.scores, decision=rule.decision)
    except Unmeasurable:
        return ""
    return f"{reference.version} {shown(found)}"
