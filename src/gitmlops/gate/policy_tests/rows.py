"""The rows that a case describes, scored as it says: counts and areas become labels and scores, always the same."""

from collections.abc import Callable, Sequence

import numpy
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from gitmlops.gate.evidence.samples import Kind, Reference, Sample
from gitmlops.specs.policy_test import Case, Group, Scored
from gitmlops.statistics.classification import Array

_SELECTED, _NOT_SELECTED = 0.75, 0.25
_UNSCORED = 1000


def sample(case: Case, units: Sequence[str]) -> Sample:
    """The evaluation rows of a case. units: the columns whose rows belong together, each row an entity of its own."""
    if case.missing:
        return _unscored(units)
    counts = [_counts(group) for group in case.groups]
    labels = _joined([numpy.repeat([1.0, 0.0], count) for count in counts])
    return Sample(
        labels,
        _scores(case.groups, lambda group: group),
        {column: _names(case.groups, column) for column in (case.groups[0].slice if case.groups else ())},
        tuple(_references(case.groups)),
        "policy test",
        {unit: numpy.arange(len(labels)) for unit in units},
    )


def group_of_rows(case: Case) -> NDArray[numpy.int64]:
    """The index of the group that each row of the case's sample is of."""
    sizes = [sum(_counts(group)) for group in case.groups]
    return numpy.repeat(numpy.arange(len(sizes)), sizes)


def _unscored(units: Sequence[str]) -> Sample:
    """Rows enough for every check, of which a model says nothing, and which are in no group."""
    unknown = numpy.full(_UNSCORED, numpy.nan, dtype=numpy.float64)
    return Sample(
        numpy.tile([0.0, 1.0], _UNSCORED // 2),
        unknown,
        {},
        (Reference("production", "v1.0.0", unknown),),
        "policy test",
        {unit: numpy.arange(_UNSCORED) for unit in units},
    )


def _counts(group: Group) -> tuple[int, int]:
    """Rows with the label 1, and with 0."""
    if group.positive_scores or group.negative_scores:
        return len(group.positive_scores), len(group.negative_scores)
    return group.positives, group.rows - group.positives


def _names(groups: Sequence[Group], column: str) -> NDArray[numpy.object_]:
    return numpy.repeat(
        numpy.array([group.slice[column] for group in groups], dtype=object), [sum(_counts(group)) for group in groups]
    )


def _references(groups: Sequence[Group]) -> list[Reference]:
    kinds: tuple[tuple[Kind, str, Callable[[Group], Scored | None]], ...] = (
        ("production", "v2.0.0", lambda group: group.production),
        ("anchor", "v1.0.0", lambda group: group.anchor),
    )
    return [
        Reference(kind, version, _scores(groups, scored))
        for kind, version, scored in kinds
        if groups and scored(groups[0]) is not None
    ]


def _scores(groups: Sequence[Group], scored: Callable[[Group], Scored | None]) -> Array:
    return _joined([_of(scores, *_counts(group)) for group in groups if (scores := scored(group)) is not None])


def _of(scored: Scored, positives: int, negatives: int) -> Array:
    """The scores of a group's rows: those with the label 1 first."""
    if scored.positive_scores or scored.negative_scores:
        return numpy.array([*scored.positive_scores, *scored.negative_scores], dtype=numpy.float64)
    if scored.roc_auc is not None:
        return _ranking(scored.roc_auc, positives, negatives, scored.shift, scored.seed)
    if scored.selected is not None:
        most = min(scored.selected, positives)
        hits = most if scored.true_positives is None else scored.true_positives
        chosen = numpy.zeros(positives + negatives, dtype=numpy.bool_)
        chosen[:hits] = True
        chosen[positives : positives + scored.selected - hits] = True
        return numpy.where(chosen, _SELECTED, _NOT_SELECTED)
    return numpy.full(positives + negatives, scored.score or 0.0)


def _ranking(area: float, positives: int, negatives: int, shift: float, seed: int) -> Array:
    """Probabilities that are calibrated and rank with about this area, then shifted.

    A signal that is normal with variance 1 in each class and means that are d apart has the area Phi(d / sqrt 2); each
    class has its quantiles at equal steps, not a draw, so that the area is met without many rows. The score is the
    probability of the label 1 at that signal: the log odds are d * x - d^2 / 2 + ln(positives / negatives).
    """
    apart = float(numpy.sqrt(2) * ndtri(area))
    signal = numpy.concatenate([apart + _quantiles(positives), _quantiles(negatives)])
    odds = apart * signal - apart**2 / 2 + numpy.log(positives / negatives)
    scores: Array = numpy.clip(expit(odds) + shift, 0.0, 1.0)
    if not seed:
        return scores
    generator = numpy.random.default_rng(seed)
    return numpy.concatenate([generator.permutation(scores[:positives]), generator.permutation(scores[positives:])])


def _quantiles(number: int) -> Array:
    return numpy.asarray(ndtri((numpy.arange(number) + 0.5) / number), dtype=numpy.float64)


def _joined(parts: Sequence[Array]) -> Array:
    return numpy.concatenate(parts) if parts else numpy.empty(0)
