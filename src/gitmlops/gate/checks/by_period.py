"""What the metrics of the checks are in each period after the first evaluation row: shown, and deciding nothing."""

from collections.abc import Iterator, Sequence

import numpy

from gitmlops.gate.checks.judged import PeriodValue
from gitmlops.gate.checks.measuring import limits
from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.results import named
from gitmlops.gate.checks.tasks import asked_of
from gitmlops.gate.checks.values import value
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.periods import Period, rolling_origin

MOST_PERIODS = 24
"""The latest ones are shown: a reader looks for a slope, and its end is what is next to now."""
FEWEST_ROWS = 20
"""A number of fewer rows is one of people whom somebody may know."""
_CONFIDENCE = 0.95


def by_period(asked: Sequence[Rule], sample: Sample, *, horizon: int) -> tuple[PeriodValue, ...]:
    """Each metric of labels and scores that is asked for, once, in each period of `horizon` seconds.

    Nothing for a sample without times.
    """
    if sample.times is None or not len(sample.times):
        return ()
    periods = rolling_origin(
        sample.times,
        first=sample.times.min(),
        horizon=numpy.timedelta64(horizon, "s"),
        embargo=numpy.timedelta64(0, "s"),
    )
    return tuple(_measured(rule, sample, period) for rule in _metrics(asked) for period in periods[-MOST_PERIODS:])


def _metrics(asked: Sequence[Rule]) -> Iterator[Rule]:
    seen = set()
    for rule in asked:
        metric, check = metric_of(rule.check.metric), rule.check
        key = (check.metric, check.of_class, check.k, rule.decision if metric.decided else None)
        if not metric.family and not metric.between_groups and key not in seen:
            seen.add(key)
            yield rule


def _measured(rule: Rule, sample: Sample, period: Period) -> PeriodValue:
    chosen = sample.where(period.within(sample.times)) if sample.times is not None else sample
    start, end = (str(one.astype("datetime64[s]")).replace("T", " ") for one in (period.start, period.end))
    if 0 < len(chosen.labels) < FEWEST_ROWS:
        said = f"not measured: n is {len(chosen.labels)}, {FEWEST_ROWS} are asked"
        return PeriodValue(named(rule), start, end, len(chosen.labels), said)
    try:
        found = asked_of(rule.check, chosen)
        values = [
            shown(value(rule.check.metric, found.labels, scores, decision=rule.decision))
            for scores in (found.scores, *((found.production.scores,) if found.production else ()))
        ]
    except Unmeasurable as error:
        return PeriodValue(named(rule), start, end, len(chosen.labels), f"not measured: {error.what}")
    return PeriodValue(named(rule), start, end, len(found.labels), values[0], _interval(rule, found), *values[1:])


def _interval(rule: Rule, sample: Sample) -> tuple[str, str] | None:
    try:
        found = limits(rule.check.metric, sample, decision=rule.decision, unit=rule.unit, confidence=_CONFIDENCE)
    except Unmeasurable:
        return None
    return shown(found.lower), shown(found.upper)
