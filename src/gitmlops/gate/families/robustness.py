"""robustness: what becomes of the decisions when the world is not quite as the evaluation rows are."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy
from numpy.typing import NDArray

from gitmlops.gate.evidence.variants import Kind, Variant
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.gate.families.trials import Trials
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.scoring import weighted_auc


def _noise_flips(candidate: Candidate, rows: Rows) -> Measured:
    trials = candidate.trials
    (noise,) = trials.all_of("noise")
    flips, of = _flips(trials, trials.of(noise), rows)
    return Measured(Fraction(flips, of), f"{flips:,} of {of:,} decisions change under noise of a tenth of each sd")


def _noise_auc_loss(candidate: Candidate, _: Rows) -> Measured:
    trials = candidate.trials
    (noise,) = trials.all_of("noise")
    labels = candidate.sample.labels[trials.places]
    before, after = (weighted_auc(labels, scores) for scores in (trials.as_is, trials.of(noise)))
    return Measured(Fraction(before) - Fraction(after), f"{before:.4f} without noise, {after:.4f} with it")


def _missing_flips(candidate: Candidate, rows: Rows) -> Measured:
    trials = candidate.trials
    found = [(_flips(trials, _scores_without(trials, one), rows), one.columns[0]) for one in trials.all_of("missing")]
    if not found:
        return Measured(Fraction(0), "no feature is nullable")
    (flips, of), name = max(found)
    return Measured(Fraction(flips, of), f"{flips:,} of {of:,} decisions change without {name!r}")


def _scores_without(trials: Trials, variant: Variant) -> Array:
    try:
        return trials.of(variant)
    except Unmeasurable as error:
        raise Unmeasurable(f"without {variant.columns[0]!r}: {error.what}") from error


def _flips(trials: Trials, scores: Array, rows: Rows) -> tuple[int, int]:
    chosen = rows.chosen[trials.places]
    if not chosen.any():
        raise Unmeasurable("none of the rows that were tried is of this group")
    before, after = (_decided(one, rows.decision) for one in (trials.as_is, scores))
    changed = before != after
    return int(numpy.count_nonzero(changed & chosen)), int(numpy.count_nonzero(chosen))


def _decided(scores: Array, decision: float) -> NDArray[numpy.int64]:
    """The class that is decided: of several the likeliest."""
    return scores.argmax(axis=1) if scores.ndim == 2 else (scores >= decision).astype(numpy.int64)


def _failures(kind: Kind) -> Measure:
    def of_candidate(candidate: Candidate, _: Rows) -> Measured:
        has_probabilities = candidate.model.task.kind in ("binary", "multiclass")
        found = tuple(_failing(candidate.trials, kind, has_probabilities=has_probabilities))
        return Measured(Fraction(len(found)), "; ".join(found[:3]) + (" and others" if len(found) > 3 else ""))

    return of_candidate


def _failing(trials: Trials, kind: Kind, *, has_probabilities: bool) -> Iterator[str]:
    """The features for which the model gives no probability, or no number, to some row, with the reason."""
    for variant in trials.all_of(kind):
        try:
            scores = trials.of(variant)
        except Unmeasurable as error:
            yield f"{variant.columns[0]}: {error.what}"
            continue
        outside = ((scores < 0) | (scores > 1)).reshape(len(scores), -1).any(axis=1)
        if has_probabilities and (wrong := int(numpy.count_nonzero(outside))):
            yield f"{variant.columns[0]}: {wrong} of {len(scores)} scores are no probabilities"


MEASURES: Mapping[str, Measure] = {
    "noise_flips": _noise_flips,
    "noise_auc_loss": _noise_auc_loss,
    "missing_flips": _missing_flips,
    "missing_failures": _failures("missing"),
    "outside_failures": _failures("outside"),
}
