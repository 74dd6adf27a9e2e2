"""By how much a candidate's rates are better than a reference's on the same rows, group by group, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.groups import Groups
from gitmlops.statistics.paired_proportions import Pairs, gain_bound
from gitmlops.statistics.rates import RATES, Decisions, Rate
from gitmlops.statistics.resampling import Whole, require_resamples, resampled_counts

FEWEST_ENTITIES = 200
"""Entities with trials from which the bootstrap's bound was shown to hold."""
FEWEST_DISCORDANT = 30
"""Entities on which the two differ from which it was shown to hold: without any, every resample would say 0."""


@dataclass(frozen=True)
class PairedDecisions:
    """Two models' decisions on the same rows, all of shape (rows,).

    labels: 0 or 1. groups: of the rows; rows of no group are in no rate. clusters: the entity of each row as whole
    numbers from 0; None: every row is independent. Raises Unmeasurable if lengths differ or there are no rows.
    """

    labels: Decisions
    ours: Decisions
    theirs: Decisions
    groups: Groups
    clusters: Whole | None = None

    def __post_init__(self) -> None:
        parts = [self.labels, self.ours, self.theirs, self.groups.codes]
        if len({len(part) for part in parts if part is not None} | _length(self.clusters)) != 1:
            raise Unmeasurable("labels, decisions, groups and entities differ in rows")
        if not len(self.labels):
            raise Unmeasurable("there are no rows")

    @property
    def cells(self) -> Whole:
        """Of each row: ((group * 2 + label) * 2 + ours) * 2 + theirs; rows of no group come last."""
        group = numpy.where(self.groups.codes < 0, len(self.groups.names), self.groups.codes)
        found: Whole = ((group * 2 + (self.labels == 1)) * 2 + self.ours) * 2 + self.theirs
        return found


@dataclass(frozen=True)
class RateGain:
    """ours, theirs: the exact rates. gain: how much better ours is, whatever the rate's direction, -1..1.

    bound: the gain's one-sided lower limit. method: `paired-bootstrap` or `tango`. Where there is no evidence the
    numbers are None and reason says why.
    """

    metric: str
    group: str
    ours: Fraction | None
    theirs: Fraction | None
    bound: float | None
    method: str
    reason: str = ""

    @property
    def gain(self) -> Fraction | None:
        """ours - theirs, turned round for a rate that should be low."""
        if self.ours is None or self.theirs is None:
            return None
        return self.ours - self.theirs if RATES[self.metric].higher_is_better else self.theirs - self.ours


def rate_gains(
    metrics: Sequence[str], decided: PairedDecisions, *, confidence: float, resamples: int, seed: int
) -> tuple[RateGain, ...]:
    """The gain in each rate of RATES in each group, metric by metric, from one bootstrap of all rows.

    The percentile bootstrap of whole entities: the bound is the (1 - confidence) quantile of the resamples' gains,
    the lower one of two; a resample without trials counts as infinitely worse. In a group with fewer entities, or
    fewer on which the two differ, than the bootstrap was shown to need: `paired_proportions.gain_bound` of the rows
    divided by the largest design effect, sum m^2 / sum m of the m rows an entity; where a rate's trials depend on the
    decisions there is none.
    Raises Unmeasurable below 20 / (1 - confidence) resamples.
    """
    require_resamples(resamples, 1 - confidence)
    size = len(decided.groups.names)
    cells = decided.cells
    observed = numpy.bincount(cells, minlength=8 * (size + 1)).reshape(-1, 2, 2, 2)
    drawn = resampled_counts(cells, 8 * (size + 1), decided.clusters, resamples=resamples, seed=seed)
    drawn = drawn.reshape(resamples, -1, 2, 2, 2)
    found = []
    for metric in metrics:
        enough = _enough(RATES[metric], decided)
        for group in range(size):
            part = _Part(metric, decided.groups.names[group], observed[group], bool(enough[group]))
            found.append(_gain(part, drawn[:, group], decided, group, confidence))
    return tuple(found)


@dataclass(frozen=True)
class _Part:
    metric: str
    group: str
    observed: Whole
    enough: bool


def _gain(part: _Part, drawn: Whole, decided: PairedDecisions, group: int, confidence: float) -> RateGain:
    rate = RATES[part.metric]
    (hits, trials), (other_hits, other_trials) = _both(rate, part.observed)
    if not trials or not other_trials:
        return _none(part, f"{part.metric} needs a {rate.needs}, there is none")
    ours, theirs = Fraction(int(hits), int(trials)), Fraction(int(other_hits), int(other_trials))
    if part.enough:
        bound = min(_percentile(rate, drawn, 1 - confidence), float(_turned(rate, ours - theirs)))
        if not numpy.isfinite(bound):
            return _none(part, f"{part.metric} has no trials in some resamples")
        return RateGain(part.metric, part.group, ours, theirs, bound, "paired-bootstrap")
    if not rate.paired:
        return _none(part, f"fewer than {FEWEST_DISCORDANT} of at least {FEWEST_ENTITIES} entities tell the two apart")
    try:
        bound = _tango(rate, part.observed, _design_effect(rate, decided, group), confidence)
    except Unmeasurable as error:
        return _none(part, error.what)
    return RateGain(part.metric, part.group, ours, theirs, bound, "tango")


def _none(part: _Part, reason: str) -> RateGain:
    return RateGain(part.metric, part.group, None, None, None, "", reason)


def _both(rate: Rate, tables: Whole) -> tuple[tuple[Whole, Whole], tuple[Whole, Whole]]:
    """Hits and trials of ours and of theirs in tables of shape (..., label, ours, theirs)."""
    ours, theirs = tables.sum(axis=-1), tables.sum(axis=-2)
    hits, trials = numpy.array(rate.hits), numpy.array(rate.trials)
    axes = (-2, -1)
    return (
        ((ours * hits).sum(axis=axes), (ours * trials).sum(axis=axes)),
        ((theirs * hits).sum(axis=axes), (theirs * trials).sum(axis=axes)),
    )


def _turned(rate: Rate, difference: Fraction) -> Fraction:
    return difference if rate.higher_is_better else -difference


def _percentile(rate: Rate, drawn: Whole, alpha: float) -> float:
    (hits, trials), (other_hits, other_trials) = _both(rate, drawn)
    measured = (trials > 0) & (other_trials > 0)
    gains = numpy.full(len(drawn), -numpy.inf)
    difference = hits[measured] / trials[measured] - other_hits[measured] / other_trials[measured]
    gains[measured] = difference if rate.higher_is_better else -difference
    return float(numpy.quantile(gains, alpha, method="lower"))


def _enough(rate: Rate, decided: PairedDecisions) -> Decisions:
    """Of each group: whether enough entities have trials, and enough of them differ."""
    hits, trials = numpy.array(rate.hits), numpy.array(rate.trials)
    label, ours, theirs = (part.astype(numpy.int64) for part in (decided.labels == 1, decided.ours, decided.theirs))
    tried = (trials[label, ours] > 0) | (trials[label, theirs] > 0)
    differ = (hits[label, ours] != hits[label, theirs]) | (trials[label, ours] != trials[label, theirs])
    found: Decisions = (_entities(decided, tried) >= FEWEST_ENTITIES) & (
        _entities(decided, differ) >= FEWEST_DISCORDANT
    )
    return found


def _entities(decided: PairedDecisions, chosen: Decisions) -> Whole:
    """Entities of each group that have a chosen row in it: shape (groups,)."""
    size = len(decided.groups.names)
    chosen = chosen & (decided.groups.codes >= 0)
    codes = decided.groups.codes[chosen]
    if decided.clusters is None:
        return numpy.bincount(codes, minlength=size)
    seen = numpy.zeros((int(decided.clusters.max()) + 1, size), dtype=numpy.bool_)
    seen[decided.clusters[chosen], codes] = True
    found: Whole = seen.sum(axis=0, dtype=numpy.int64)
    return found


def _design_effect(rate: Rate, decided: PairedDecisions, group: int) -> float:
    """Rows of an entity that are worth one row if they were all alike: sum m^2 / sum m over entities with trials."""
    if decided.clusters is None:
        return 1.0
    label = (decided.labels == 1).astype(numpy.int64)
    tried = (numpy.array(rate.trials)[label, 0] > 0) & (decided.groups.codes == group)
    rows = numpy.bincount(decided.clusters[tried])
    return float((rows * rows).sum() / rows.sum())


def _tango(rate: Rate, table: Whole, design_effect: float, confidence: float) -> float:
    """The one-sided limit for a rate whose trials are both models'."""
    better = worse = 0
    for label, decision in ((0, 0), (0, 1), (1, 0), (1, 1)):
        rows = int(table[label, decision, 1 - decision])
        gained = rate.hits[label][decision] - rate.hits[label][1 - decision]
        better, worse = better + rows * (gained > 0), worse + rows * (gained < 0)
    trials = sum(int(table[label].sum()) * rate.trials[label][0] for label in (0, 1))
    if not rate.higher_is_better:
        better, worse = worse, better
    counted = Pairs(trials - better - worse, better, worse, 0)
    return gain_bound(counted.thinned(design_effect), confidence=confidence)


def _length(clusters: Whole | None) -> set[int]:
    return set() if clusters is None else {len(clusters)}
