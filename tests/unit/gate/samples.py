"""Samples for checks, and what the checks of a text come to on them."""

import numpy
from tests.unit.gate.definition_files import check, definitions, model, policy

from gitmlops.gate.checks.applying import judge
from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.evidence.samples import BINARY, Reference, Sample
from gitmlops.gate.rules.policies import Rule, rules
from gitmlops.specs.model import Task


def rule(fields: str) -> Rule:
    side = definitions(models={"toy": model()}, policies={"quality": policy(check(fields))})
    return rules("toy", side, side)[0]


def sample(
    labels: object,
    scores: object,
    *,
    production: object = None,
    anchor: object = None,
    entities: object = None,
    queries: object = None,
    task: Task = BINARY,
    **groups: object,
) -> Sample:
    released = (("production", "v1.4.0", production), ("anchor", "v1.0.0", anchor))
    return Sample(
        numpy.array(labels, dtype=float),
        numpy.array(scores, dtype=float),
        {name: numpy.array(values, dtype=object) for name, values in groups.items()},
        tuple(
            Reference(kind, version, numpy.array(scored, dtype=float))  # type: ignore[arg-type]
            for kind, version, scored in released
            if scored is not None
        ),
        "digest",
        {name: numpy.array(codes) for name, codes in (("customer", entities), ("query", queries)) if codes is not None},
        task,
    )


def results(fields: str, evidence: Sample) -> tuple[Judged, ...]:
    return judge(rule(fields), evidence)


def outcome(fields: str, evidence: Sample) -> tuple[str, str]:
    (judged,) = results(fields, evidence)
    return judged.result.outcome, judged.reason


def outcomes(fields: str, evidence: Sample) -> list[tuple[str, str]]:
    """Slice and outcome of every result."""
    return [(judged.result.slice, judged.result.outcome) for judged in results(fields, evidence)]


def drawn(rows: int = 1000, *, edge: float = 2.0, seed: int = 1) -> tuple[numpy.ndarray, numpy.ndarray]:
    generator = numpy.random.default_rng(seed)
    signal = generator.normal(size=rows)
    labels = generator.random(rows) < 1 / (1 + numpy.exp(-edge * signal))
    return labels.astype(float), 1 / (1 + numpy.exp(-signal))
