"""A case and a check of its policy -> what the check comes to, by the code that judges models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

import numpy

from gitmlops.gate.checks.applying import judge
from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.checks.measured import judge_measured
from gitmlops.gate.checks.sizes import least_rows, shortage
from gitmlops.gate.evidence.samples import Sample, partitions, samples_of
from gitmlops.gate.families.candidate import Measured, Rows
from gitmlops.gate.families.sizes import SIZES
from gitmlops.gate.policy_tests.rows import group_of_rows, sample
from gitmlops.gate.rules.extending import Asked
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule, rule
from gitmlops.gate.verdict.judgement import worst
from gitmlops.specs.fields import exact
from gitmlops.specs.policy import Policy
from gitmlops.specs.policy_test import Case, Expected
from gitmlops.statistics.classification import Unmeasurable

Kind = Literal["passing", "failing", "small-n", "missing"]
KINDS: tuple[Kind, ...] = ("passing", "failing", "small-n", "missing")
_DECISION = 0.5
"""Cases are of no model: a score from here on is the decision 1."""


@dataclass(frozen=True)
class Tried:
    """One case under one check. index: of the case in its file; kinds: which of the four kinds of case it is."""

    rule: Rule
    case: Case
    index: int
    expected: Expected
    judged: Judged
    kinds: frozenset[Kind]

    @property
    def as_expected(self) -> bool:
        """Whether the check came to what the case says."""
        return self.judged.result.outcome == self.expected


def rules(policy: Policy, checks: Sequence[Asked]) -> tuple[Rule, ...]:
    """The checks of a policy as they judge cases, at the decision threshold 0.5, rows independent if none says else."""
    return tuple(rule(policy, one, _DECISION, one.check.resample_unit or "", of_base=True) for one in checks)


def tried(cases: Sequence[Case], asked: Sequence[Rule]) -> Iterator[Tried]:
    """Every case under every check that it expects something of."""
    known = {one.check.id: one for one in asked}
    units = sorted({one.unit for one in asked if one.unit})
    for index, case in enumerate(cases):
        rows = sample(case, units)
        for id_, expected in case.expect.items():
            applied = known[id_]
            counting = worst(_judged(applied, case, rows))
            yield Tried(applied, case, index, expected, counting, _kinds(applied, case, rows, expected))


def applying(rule: Rule) -> tuple[Kind, ...]:
    """The kinds of cases that a check can have: there is no small n where it asks for no least number of rows."""
    return tuple(kind for kind in KINDS if kind != "small-n" or has_least(rule))


def has_least(rule: Rule) -> bool:
    """Whether a check of rows refuses to judge too few of them."""
    check, metric = rule.check, metric_of(rule.check.metric)
    # An area asks for rows of both labels, whatever the check says.
    least = least_rows(rule) or check.min_positives or check.min_negatives or check.metric == "roc_auc"
    return metric.by_rows and not metric.is_size and bool(least)


def _judged(rule: Rule, case: Case, rows: Sample) -> tuple[Judged, ...]:
    metric = metric_of(rule.check.metric)
    if not metric.family:
        return judge(rule, rows)
    return judge_measured(rule, rows, partial(_measured, rule.check.metric, case, rows))


def _measured(metric: str, case: Case, sampled: Sample, rows: Rows) -> Measured:
    """What the case says of these rows, or of the model. Raises Unmeasurable if it says nothing, or several things."""
    if case.missing:
        raise Unmeasurable("the case says that it is missing")
    if metric in SIZES:
        return SIZES[metric](sampled, rows)
    groups = numpy.unique(group_of_rows(case)[rows.chosen])
    said = {case.groups[index].facts.get(metric) for index in groups} - {None} or {case.facts.get(metric)}
    if len(said) > 1:
        raise Unmeasurable(f"the case gives several facts {metric!r}")
    (found,) = said
    if found is None:
        raise Unmeasurable(f"the case gives no fact {metric!r}")
    return Measured(Fraction(exact(found)))


def _kinds(rule: Rule, case: Case, rows: Sample, expected: Expected) -> frozenset[Kind]:
    if case.missing:
        return frozenset({"missing"})
    found: set[Kind] = set()
    if expected == "passed":
        found.add("passing")
    if expected == "failed":
        found.add("failing")
    if has_least(rule) and _is_small(rule, rows):
        found.add("small-n")
    return frozenset(found)


def _is_small(rule: Rule, rows: Sample) -> bool:
    """Whether the case has too few rows, of all or in a group."""
    slice_ = rule.check.slice
    if slice_ is None:
        return bool(shortage(rule, rows))
    if not {*slice_.columns} <= rows.groups.keys():
        return False
    return any(
        shortage(rule, part)
        for _, groups in partitions(slice_, rows)
        for _, part in samples_of(groups, rows)
        if len(part.labels)
    )
