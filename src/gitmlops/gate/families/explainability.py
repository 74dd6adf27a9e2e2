"""explainability: what the scores rest on, by how much worse the model ranks with one feature's values permuted."""

from collections.abc import Mapping
from fractions import Fraction

import numpy

from gitmlops.gate.evidence.variants import Variant
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.scoring import weighted_auc

_SHOWN = 3


def _largest_share(candidate: Candidate, _: Rows) -> Measured:
    """Each feature's loss of roc_auc, mean of its permutations, over the sum of all losses; gains count as no loss."""
    losses = {name: max(0.0, loss) for name, loss in _losses(candidate).items()}
    whole = sum(losses.values())
    if not whole:
        raise Unmeasurable("no feature matters: the model ranks as well with any of them permuted")
    first = sorted(losses, key=lambda name: (-losses[name], name))
    said = ", ".join(f"{name} {losses[name] / whole:.0%}" for name in first[:_SHOWN])
    return Measured(Fraction(losses[first[0]] / whole), said)


def _idle(candidate: Candidate, _: Rows) -> Measured:
    """Features whose permutation changes no score at all: the model could do without knowing them."""
    trials = candidate.trials
    idle = [
        name
        for name, variants in _by_feature(candidate).items()
        if all(numpy.array_equal(trials.of(one), trials.as_is) for one in variants)
    ]
    return Measured(Fraction(len(idle)), ", ".join(idle[:_SHOWN]) + (" and others" if len(idle) > _SHOWN else ""))


def _losses(candidate: Candidate) -> Mapping[str, float]:
    trials = candidate.trials
    labels = candidate.sample.labels[trials.places]
    before = weighted_auc(labels, trials.as_is)
    return {
        name: before - float(numpy.mean([weighted_auc(labels, trials.of(one)) for one in variants]))
        for name, variants in _by_feature(candidate).items()
    }


def _by_feature(candidate: Candidate) -> Mapping[str, list[Variant]]:
    found: dict[str, list[Variant]] = {}
    for variant in candidate.trials.all_of("permuted"):
        found.setdefault(variant.columns[0], []).append(variant)
    return found


MEASURES: Mapping[str, Measure] = {"largest_importance_share": _largest_share, "idle_features": _idle}
