"""One check on one model's scores -> what came out. Pure: arrays and a rule in, results and sentences out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from gitmlops.gate.checks.comparing import Comparison, chance_of_loss, difference_seen, gain
from gitmlops.gate.checks.disparities import judge_groups
from gitmlops.gate.checks.judged import Judged, Outcome
from gitmlops.gate.checks.measuring import limits
from gitmlops.gate.checks.numbers import shown
from gitmlops.gate.checks.results import Part, named, operator, result, unmeasured
from gitmlops.gate.checks.sizes import least_rows, shortage
from gitmlops.gate.checks.tasks import asked_of
from gitmlops.gate.checks.values import require_measurable, value
from gitmlops.gate.evidence.samples import Reference, Sample, partitions, samples_of
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.specs.fields import exact
from gitmlops.statistics.auc import SMALLEST_CLASS
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import keeps
from gitmlops.statistics.multiplicity import holm
from gitmlops.statistics.proportions import both_sides, clopper_pearson
from gitmlops.statistics.resampling import seed
from gitmlops.statistics.verdicts import noninferior

_SHOWN_CONFIDENCE = 0.95


def judge(rule: Rule, sample: Sample) -> tuple[Judged, ...]:
    """The check's results: for all rows or each group of its slices, against each baseline; never none."""
    whole = Part(sample)
    references = _references(rule, sample)
    if rule.check.baseline and not references:
        return (unmeasured(rule, whole, "bootstrap: no production version yet", "not_applicable"),)
    if rule.spent:
        return (unmeasured(rule, whole, rule.spent),)
    if missing := _missing_column(rule, sample):
        return (unmeasured(rule, whole, f"the evaluation rows have no column {missing!r}"),)
    try:
        sample = asked_of(rule.check, sample)
        require_measurable(rule.check.metric, sample.labels, sample.scores)
    except Unmeasurable as error:
        return (unmeasured(rule, whole, error.what),)
    whole, references = Part(sample), _references(rule, sample)
    if mixed := _missing_column(rule, sample):
        return (unmeasured(rule, whole, f"{mixed!r} is not one for all rows of a query"),)
    if metric_of(rule.check.metric).between_groups:
        judged = tuple(judge_groups(rule, sample))
    elif rule.check.slice is None:
        judged = tuple(_judge_part(rule, whole, references))
    else:
        judged = _adjusted(tuple(_judge_slices(rule, sample, references)))
    if all(item.result.outcome == "not_applicable" for item in judged):
        return (*judged, unmeasured(rule, whole, f"no group has {least_rows(rule)} rows"))
    return judged


def _references(rule: Rule, sample: Sample) -> tuple[Reference, ...]:
    """What the check compares with: production, and the anchor where it asks for it."""
    if rule.check.baseline is None:
        return ()
    with_anchor = rule.check.baseline.anchor is not None
    return tuple(one for one in sample.references if one.kind == "production" or with_anchor)


def _missing_column(rule: Rule, sample: Sample) -> str:
    sliced = rule.check.slice.columns if rule.check.slice else ()
    for column, known in (*((name, sample.groups) for name in sliced), (rule.unit, sample.entities)):
        if column and column not in known:
            return column
    return ""


def _judge_slices(rule: Rule, sample: Sample, references: Sequence[Reference]) -> Iterator[Judged]:
    if rule.check.slice is None:
        return
    for _, groups in partitions(rule.check.slice, sample):
        for label, rows in samples_of(groups, sample):
            yield from _judge_part(rule, Part(rows, label), _references(rule, rows) if references else ())


def _judge_part(rule: Rule, part: Part, references: Sequence[Reference]) -> Iterator[Judged]:
    if short := shortage(rule, part.sample, part.at):
        if part.label and rule.check.on_small_n == "leave_out":
            yield unmeasured(rule, part, f"left out: {short}", "not_applicable")
        else:
            yield unmeasured(rule, part, short)
        return
    for reference in references or (None,):
        try:
            yield _compare(rule, part, reference) if reference else _threshold(rule, part)
        except Unmeasurable as error:
            yield unmeasured(rule, part, f"{error.what}{part.at}")


def _threshold(rule: Rule, part: Part) -> Judged:
    """Exact: the limit is the number that was written, the value the ratio that was counted."""
    check, limit, sample = rule.check, exact(str(rule.check.threshold)), part.sample
    found = value(check.metric, sample.labels, sample.scores, decision=rule.decision)
    judged_by = found if check.decide == "point" else _surely(rule, sample)
    kept = keeps(judged_by, operator(rule), limit)
    text = shown(found, apart_from=limit if check.decide == "point" else None)
    bound = "" if check.decide == "point" else shown(judged_by, apart_from=limit)
    least = "at least" if check.op in (">=", ">") else "at most"
    sure = f", {least} {bound} ({rule.sureness})" if bound else ""
    reason = f"{named(rule)} is {text}{part.at}{sure}, policy asks {check.op} {check.threshold}"
    shortfall = limit - judged_by if check.op in (">=", ">") else judged_by - limit
    entry = result(
        rule,
        part,
        "passed" if kept else "failed",
        shown_value=text,
        bound=bound,
        interval=_interval(rule, sample),
        reference=sample.production,
    )
    return Judged(rule, entry, reason, shortfall, "" if kept or part.label else _worst_slice(rule, sample))


def _surely(rule: Rule, sample: Sample) -> Fraction:
    """The metric's one-sided limit on the side that matters, at the check's confidence. Raises Unmeasurable."""
    check = rule.check
    confidence = both_sides(check.confidence)
    found = limits(
        check.metric,
        sample,
        decision=rule.decision,
        unit=rule.unit,
        confidence=confidence,
        counted=clopper_pearson,
    )
    return Fraction(found.lower if check.op in (">=", ">") else found.upper)


def _compare(rule: Rule, part: Part, reference: Reference) -> Judged:
    check, sample = rule.check, part.sample
    text, theirs = (
        shown(value(check.metric, sample.labels, scores, decision=rule.decision))
        for scores in (sample.scores, reference.scores)
    )
    said = f"{named(rule)} is {text}{part.at}, {theirs} {reference.named}"
    if check.op == "no-difference":
        return _unchanged(rule, part, reference, text, said)
    margin = exact(str(check.margin))
    compared = _comparison(rule, part)
    found = gain(compared, sample, reference)
    bound = shown(found.bound, apart_from=-margin)
    kept = noninferior(found.bound, margin)
    reason = f"{said}: a gain of at least {bound}, policy asks > -{check.margin} ({rule.sureness})"
    entry = result(
        rule,
        part,
        "passed" if kept else "failed",
        shown_value=text,
        bound=bound,
        interval=_interval(rule, sample),
        reference=reference,
    )
    worst = "" if kept or part.label else _worst_slice(rule, sample)
    worse = chance_of_loss(compared, sample, reference, found) if part.label else None
    return Judged(rule, entry, reason, -margin - Fraction(found.bound), worst, worse)


def _adjusted(judged: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """Groups with their chance of loss adjusted for all that were compared."""
    compared = [one for one in judged if one.worse is not None]
    adjusted = iter(holm([one.worse for one in compared if one.worse is not None]))
    return tuple(one if one.worse is None else replace(one, worse=float(next(adjusted))) for one in judged)


def _unchanged(rule: Rule, part: Part, reference: Reference, text: str, said: str) -> Judged:
    found = difference_seen(_comparison(rule, part), part.sample, reference)
    reason = f"{said}: McNemar {shown(found.statistic)}, p = {shown(found.p_value)}, policy asks {rule.asked}"
    outcome: Outcome = "failed" if found.seen else "passed"
    entry = result(rule, part, outcome, shown_value=text, interval=_interval(rule, part.sample), reference=reference)
    return Judged(rule, entry, reason, Fraction(1 - rule.check.confidence) - Fraction(found.p_value))


def _comparison(rule: Rule, part: Part) -> Comparison:
    """Seeded from the rule and the evaluation rows alone: a new attempt at the same rows draws the same resamples."""
    check = rule.check
    drawn = seed(rule.policy, rule.version, check.id, part.sample.digest, part.label)
    method = check.method or metric_of(check.metric).methods[0]
    return Comparison(check.metric, method, rule.decision, rule.unit, check.confidence, drawn)


def _worst_slice(rule: Rule, sample: Sample) -> str:
    """Where to look first: the group with the worst value, of those that are large enough; empty if there is none.

    The worst of many groups looks worse than it is, by selection: it is named for the reader and decides nothing.
    """
    check = rule.check
    measured = [
        (found, label)
        for column in sample.groups
        for label, group in samples_of(sample.by_column(column), sample)
        if _large_enough(rule, group) and (found := _value_or_none(rule, group)) is not None
    ]
    if not measured:
        return ""
    lowest = check.op in (">=", ">") or (check.op == "noninferior" and metric_of(check.metric).better == "higher")
    found, label = min(measured) if lowest else max(measured)
    return f"; worst slice of {len(measured)}: {label}, {shown(found)}"


def _value_or_none(rule: Rule, sample: Sample) -> Fraction | None:
    try:
        return value(rule.check.metric, sample.labels, sample.scores, decision=rule.decision)
    except Unmeasurable:
        return None


def _large_enough(rule: Rule, group: Sample) -> bool:
    both_classes = group.task.kind != "binary" or 0 < group.positives < len(group.labels)
    return len(group.labels) >= SMALLEST_CLASS and both_classes and not shortage(rule, group)


def _interval(rule: Rule, sample: Sample) -> tuple[str, str] | None:
    """What is shown beside the value; None where no interval was shown to hold."""
    try:
        found = limits(rule.check.metric, sample, decision=rule.decision, unit=rule.unit, confidence=_SHOWN_CONFIDENCE)
    except Unmeasurable:
        return None
    return shown(found.lower), shown(found.upper)
