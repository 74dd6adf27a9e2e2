"""One check of a family, on one candidate -> what came out."""

from collections.abc import Mapping
from fractions import Fraction
from functools import partial

from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.checks.measured import judge_measured
from gitmlops.gate.checks.tasks import measured_on
from gitmlops.gate.checks.values import value
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.families import (
    commitments,
    documentation,
    documents,
    explainability,
    lateness,
    leakage,
    monitoring,
    operational,
    overlap,
    oversight,
    privacy,
    robustness,
    sizes,
    validation,
)
from gitmlops.gate.families.candidate import Candidate, Measure
from gitmlops.gate.rules.metrics import METRICS
from gitmlops.gate.rules.policies import Rule
from gitmlops.statistics.classification import Unmeasurable

MEASURES: Mapping[str, Measure] = {
    **operational.MEASURES,
    **privacy.MEASURES,
    **sizes.MEASURES,
    **leakage.MEASURES,
    **overlap.MEASURES,
    **lateness.MEASURES,
    **robustness.MEASURES,
    **explainability.MEASURES,
    **documentation.MEASURES,
    **monitoring.MEASURES,
    **oversight.MEASURES,
    **documents.MEASURES,
    **validation.MEASURES,
    **commitments.MEASURES,
}
"""How each metric of a family is measured."""


def judge_family(rule: Rule, candidate: Candidate) -> tuple[Judged, ...]:
    """The check's results: for the model, or for each group of its slices; never none."""
    return judge_measured(rule, candidate.sample, partial(_measure(rule), candidate))


def value_of(decision: float, metric: str, sample: Sample) -> Fraction:
    """A metric of labels and scores by its name, whoever wrote it. Raises Unmeasurable."""
    known = METRICS.get(metric)
    if known is None or known.family or known.between_groups:
        raise Unmeasurable("the gate does not measure it on rows")
    measured = measured_on(metric, sample)
    return value(metric, measured.labels, measured.scores, decision=decision)


def _measure(rule: Rule) -> Measure:
    """How the check's metric is measured; `document_gaps` of the document that the check asks for."""
    asked = rule.check.document
    return documents.measure(asked) if asked else MEASURES[rule.check.metric]
