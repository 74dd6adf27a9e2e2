"""By how much a candidate is better than a released version on the same rows, and how surely."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy

from gitmlops.gate.checks.values import WEIGHTED, row_losses, value
from gitmlops.gate.evidence.samples import Reference, Sample
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.specs.policy import Method
from gitmlops.statistics import auc, mean_gains
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.groups import one_group
from gitmlops.statistics.intervals import Difference
from gitmlops.statistics.paired_proportions import FEWEST_PAIRS, Pairs, gain_bound, newcombe_paired, pairs
from gitmlops.statistics.proportions import both_sides
from gitmlops.statistics.rate_gains import PairedDecisions, rate_gains
from gitmlops.statistics.rates import RATES
from gitmlops.statistics.resampling import least_resamples
from gitmlops.statistics.verdicts import NoDifference, no_difference

_RESAMPLES = 1000
_MOST_RESAMPLES = 100_000


@dataclass(frozen=True)
class Comparison:
    """How two models are compared. method: one of the metric's; confidence: one-sided; seed: of the bootstrap."""

    metric: str
    method: Method
    decision: float
    unit: str
    confidence: float
    seed: int

    @property
    def resamples(self) -> int:
        """At least 1,000, and 20 / alpha. Raises Unmeasurable where these would be too many to draw."""
        least = least_resamples(1 - self.confidence)
        if least > _MOST_RESAMPLES:
            asked = f"an alpha of {1 - self.confidence:.2g} asks for {least} resamples, {_MOST_RESAMPLES} may be drawn"
            raise Unmeasurable(f"{asked}: use another method, or bring a fresh evaluation set")
        return max(_RESAMPLES, least)


def gain(asked: Comparison, sample: Sample, reference: Reference) -> Difference:
    """The gain over the reference, positive is better, and its one-sided lower bound.

    The reference's own scores have gained nothing, for sure. Raises Unmeasurable.
    """
    for scores in (sample.scores, reference.scores):
        value(asked.metric, sample.labels, scores, decision=asked.decision)
    if numpy.array_equal(sample.scores, reference.scores):
        return Difference(0.0, 0.0)
    if asked.metric in RATES:
        return _of_rate(asked, sample, reference)
    clusters = sample.clusters(asked.unit)
    if asked.metric == "roc_auc":
        auc.require_coverage(sample.labels, sample.scores, clusters)
    if asked.method == "delong":
        found = auc.area_difference(
            sample.labels, sample.scores, reference.scores, confidence=asked.confidence, clusters=clusters
        )
        return Difference(found.value, found.bound)
    if asked.method == "normal":
        ours, theirs = (row_losses(asked.metric, sample.labels, scores) for scores in (sample.scores, reference.scores))
        gains = ours - theirs if metric_of(asked.metric).better == "higher" else theirs - ours
        return mean_gains.mean_gain(gains, confidence=asked.confidence, clusters=clusters)
    return mean_gains.bootstrap_gain(
        WEIGHTED[asked.metric],
        sample.labels,
        sample.scores,
        reference.scores,
        higher_is_better=metric_of(asked.metric).better == "higher",
        confidence=asked.confidence,
        draw=mean_gains.Resampling(asked.resamples, asked.seed, clusters),
    )


def chance_of_loss(asked: Comparison, sample: Sample, reference: Reference, found: Difference) -> float:
    """One-sided p-value of a gain as low as was found, where nothing got worse, 0..1.

    Of a rate on independent rows McNemar's, else of the bound, read as that of a normal error. Raises Unmeasurable.
    """
    if found.gain >= 0:
        return 1.0
    if asked.metric in RATES and sample.clusters(asked.unit) is None and metric_of(asked.metric).tested:
        return difference_seen(asked, sample, reference).p_value / 2
    error = (found.gain - found.bound) / NormalDist().inv_cdf(asked.confidence)
    return NormalDist().cdf(found.gain / error) if error > 0 else 0.0


def difference_seen(asked: Comparison, sample: Sample, reference: Reference) -> NoDifference:
    """McNemar's test of a rate whose trials are both models' at alpha = 1 - confidence, rows as if independent.

    Where rows come in clusters it sees differences too often, never too rarely. Raises Unmeasurable.
    """
    return no_difference(_pairs(asked, sample, reference), alpha=1 - asked.confidence)


def _of_rate(asked: Comparison, sample: Sample, reference: Reference) -> Difference:
    rate = RATES[asked.metric]
    if asked.method != "paired-bootstrap":
        if sample.clusters(asked.unit) is not None:
            raise Unmeasurable(f"{asked.method} is for independent rows, `{asked.unit}` has several rows of one entity")
        counted = _pairs(asked, sample, reference)
        counted = counted if rate.higher_is_better else _turned(counted)
        if asked.method == "tango":
            return Difference(counted.difference, gain_bound(counted, confidence=asked.confidence))
        if counted.rows < FEWEST_PAIRS:
            raise Unmeasurable(f"{counted.rows:.0f} pairs, {FEWEST_PAIRS} are asked")
        bound = newcombe_paired(counted, confidence=both_sides(asked.confidence)).lower
        return Difference(counted.difference, min(counted.difference, bound))
    decided = PairedDecisions(
        sample.labels == 1,
        sample.scores >= asked.decision,
        reference.scores >= asked.decision,
        one_group(len(sample.labels)),
        sample.clusters(asked.unit),
    )
    (found,) = rate_gains(
        [asked.metric], decided, confidence=asked.confidence, resamples=asked.resamples, seed=asked.seed
    )
    if found.gain is None or found.bound is None:
        raise Unmeasurable(found.reason)
    return Difference(float(found.gain), found.bound)


def _pairs(asked: Comparison, sample: Sample, reference: Reference) -> Pairs:
    """Trials by which of the two models hit."""
    rate = RATES[asked.metric]
    label = (sample.labels == 1).astype(int)
    hits, trials = numpy.array(rate.hits), numpy.array(rate.trials)
    tried = trials[label, 0] > 0
    ours, theirs = (
        hits[label, (scores >= asked.decision).astype(int)] > 0 for scores in (sample.scores, reference.scores)
    )
    return pairs(ours[tried], theirs[tried])


def _turned(counted: Pairs) -> Pairs:
    return Pairs(counted.both, counted.theirs_alone, counted.ours_alone, counted.neither)
