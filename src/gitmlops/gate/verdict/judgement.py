"""Results -> verdict and report: every mandatory check must pass, and one that the base asks for must have run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from gitmlops.gate.checks.judged import Judged, PeriodValue
from gitmlops.gate.evidence.levels import BY_THE_GATE, Grounds, rests_on_predictions
from gitmlops.gate.rules.metrics import MENDS, metric_of, packages
from gitmlops.gate.rules.policies import Rule
from gitmlops.gate.verdict import approvals
from gitmlops.gate.verdict.approvals import Approving
from gitmlops.records.receipt import CheckResult, Digest, Subject
from gitmlops.report import Cell, Finding, Location, Severity, Table
from gitmlops.specs.model import Model, Task

Verdict = Literal["passed", "refused"]

_SURELY = 0.05
"""The chance at most that any group is told to have got worse without it."""
_MISSED = ("failed", "insufficient_evidence")
_COLUMNS = ("check", "slice", "outcome", "value", "95 % interval", "n", "asked", "production", "enforcement")
_OF_PERIODS = ("metric", "from", "until", "value", "95 % interval", "n", "production")


@dataclass(frozen=True)
class Judgement:
    """One model and all that came out: results by rule, and `obstacles` where evidence could not be made.

    production: the version it was compared with, empty if there is none; notes: what a reader should know beside it;
    confinement: what the process that scored it could not reach; grounds: what its predictions are worth;
    approving: who must approve it, and who has; None where nobody is asked;
    policy_files: the files of the base that its rules are written in; pins: its evaluation set, where it judged, too;
    by_period: what its metrics are as time goes on; attempt: which look at the evaluation set it is.
    """

    model: Model
    place: Location
    artifact: Digest
    data: tuple[Digest, ...] = ()
    production: str = ""
    results: tuple[tuple[Judged, ...], ...] = ()
    obstacles: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    confinement: tuple[str, ...] = ()
    approving: Approving | None = None
    policy_files: tuple[Digest, ...] = ()
    pins: tuple[Digest, ...] = ()
    grounds: Grounds = BY_THE_GATE
    by_period: tuple[PeriodValue, ...] = ()
    attempt: int = 1


def findings(judgement: Judgement) -> tuple[Finding, ...]:
    """What there is to say of a model: obstacles, one finding a check, notes; only errors refuse."""
    found = (*judgement.obstacles, *(_finding(judgement, results) for results in judgement.results))
    if not judgement.obstacles and not _judged_by_base(judgement.results):
        found = (*found, _nothing_judged(judgement))
    approving = approvals.findings(judgement.approving) if judgement.approving else ()
    return (*found, *approving, *judgement.notes)


def subject(judgement: Judgement) -> Subject:
    """The model's part of the receipt."""
    rules = [results[0].rule for results in judgement.results]
    packs = (rule.pack for rule in rules)
    return Subject(
        model=judgement.model.name,
        verdict=verdict(findings(judgement)),
        evidence=judgement.grounds.level,
        artifact=judgement.artifact,
        data=judgement.data,
        policies=tuple(sorted({f"{rule.policy}@{rule.version}" for rule in rules} | {*filter(None, packs)})),
        checks=tuple(_entry(judged, judgement.grounds) for results in judgement.results for judged in results),
        production=judgement.production,
        confinement=judgement.confinement,
        approvals=approvals.places(judgement.approving) if judgement.approving else (),
        policy_files=judgement.policy_files,
        pins=judgement.pins,
        plugins=packages(rule.check.metric for rule in rules),
        attempt=judgement.attempt,
    )


def _entry(judged: Judged, grounds: Grounds) -> CheckResult:
    """The result, with the level of what it rests on: what is no prediction the gate has read itself."""
    brought = rests_on_predictions(judged.rule.check.metric)
    return msgspec.structs.replace(judged.result, evidence=grounds.level) if brought else judged.result


def verdict(found: Sequence[Finding]) -> Verdict:
    """`refused` if any finding is an error."""
    return "refused" if any(finding.severity is Severity.ERROR for finding in found) else "passed"


def tables(judgement: Judgement) -> tuple[Table, ...]:
    """Every check, sliced ones by their worst group; every group of every sliced check, worst first; and periods."""
    name = judgement.model.name
    checks = [_row(worst(results)) for results in judgement.results]
    groups = [
        _row(judged)
        for results in judgement.results
        for judged in sorted(results, key=_badness, reverse=True)
        if judged.result.slice
    ]
    titled = ((f"checks of {name}", checks), (f"groups of {name}", groups))
    listed = (Table(title, _COLUMNS, tuple(rows)) for title, rows in titled if rows)
    periods = tuple(
        (one.metric, one.start, one.end, one.value, _limits(one.interval), one.rows, one.production)
        for one in judgement.by_period
    )
    of_periods = (Table(f"periods of {name}", _OF_PERIODS, periods),) if periods else ()
    people = approvals.tables(judgement.approving) if judgement.approving else ()
    return (*people, *listed, *of_periods)


def worst(results: Sequence[Judged]) -> Judged:
    """The result that counts: what could not be measured, else what misses its limit by most."""
    return max(results, key=_badness)


def _badness(judged: Judged) -> tuple[int, float]:
    rank = ("not_applicable", "passed", "waived", "failed", "insufficient_evidence").index(judged.result.outcome)
    return rank, float(judged.shortfall) if judged.shortfall is not None else float("inf")


def _judged_by_base(results: Sequence[Sequence[Judged]]) -> bool:
    """Whether a hard-mandatory check of the base looked at it; what people wrote of a model is no look at it."""
    return any(
        group[0].rule.of_base
        and metric_of(group[0].rule.check.metric).family != "documents"
        and group[0].rule.check.enforcement == "hard-mandatory"
        and any(judged.result.outcome != "not_applicable" for judged in group)
        for group in results
    )


def _nothing_judged(judgement: Judgement) -> Finding:
    message = (
        f"{judgement.model.name}: no mandatory check judged it: no policy of the base has a hard-mandatory check for it"
    )
    mend = "merge a policy whose scope covers it first, in a pull request of its own"
    return Finding("gate/no-check", Severity.ERROR, message, judgement.place, mend)


def _finding(judgement: Judgement, results: Sequence[Judged]) -> Finding:
    counting = worst(results)
    rule, outcome = counting.rule, counting.result.outcome
    missed = [judged for judged in results if judged.result.outcome in _MISSED]
    name, whose = judgement.model.name, _whose(rule, judgement.model.task)
    message = (
        f"{name}: {counting.reason}{_of_groups(results, missed)}{whose}{counting.worst_slice}{_got_worse(results)}"
    )
    mend = ""
    if missed:
        mend = (
            MENDS[metric_of(rule.check.metric).family] if outcome == "failed" else "bring the evidence that is missing"
        )
    waived = counting.waived
    if waived:
        until = f"{waived.until}, {waived.days_left} day{'s' * (waived.days_left != 1)} left"
        message += f"; waived until {until}, by {waived.by}: {waived.reason}"
    accepted = waived.reason if waived else ""
    details = (*_details(rule), *_level(rule, judgement.grounds))
    told = (message, rule.location, mend, details, accepted, rule.check.title)
    return Finding(rule.name, _severity(rule, outcome), *told)


def _level(rule: Rule, grounds: Grounds) -> tuple[tuple[str, Cell], ...]:
    """What the check rests on, where it is not what the gate has made itself."""
    brought = grounds.level != "scored" and rests_on_predictions(rule.check.metric)
    return (("evidence", grounds.level),) if brought else ()


def _details(rule: Rule) -> tuple[tuple[str, Cell], ...]:
    details: tuple[tuple[str, Cell], ...] = (
        ("enforcement", rule.check.enforcement),
        ("policy", f"{rule.policy}@{rule.version}"),
        *((("pack", rule.pack.partition(" ")[0]),) if rule.pack else ()),
        *((("required by", rule.required),) if rule.required else ()),
    )
    source = rule.source
    if source is None:
        return details
    cited = (
        ("source", f"{source.citation}, {rule.check.citation}" if rule.check.citation else source.citation),
        ("url", source.url),
        ("status", "" if source.status == "in-force" else source.status),
        ("superseded by", source.superseded_by),
        ("reviewed", source.reviewed),
    )
    return (*details, *((name, value) for name, value in cited if value))


def _severity(rule: Rule, outcome: str) -> Severity:
    if outcome in _MISSED:
        return Severity.ERROR if rule.mandatory else Severity.WARNING
    return {"passed": Severity.PASS, "waived": Severity.WARNING}.get(outcome, Severity.NOTE)


def _of_groups(results: Sequence[Judged], missed: Sequence[Judged]) -> str:
    groups = [judged for judged in results if judged.result.slice]
    if not groups:
        return ""
    judged = {one.result.slice for one in groups if one.result.outcome != "not_applicable"}
    left_out = len({one.result.slice for one in groups} - judged)
    missing = len({one.result.slice for one in missed})
    failing = f", {missing} miss it" if missing > 1 else ""
    small = f", {left_out} small ones left out" if left_out else ""
    return f" (worst of {len(judged)} groups{failing}{small})"


def _got_worse(results: Sequence[Judged]) -> str:
    """The groups that got worse than a released version, beyond chance over all groups: told, whatever passes."""
    worse = dict.fromkeys(one.result.slice for one in results if one.worse is not None and one.worse <= _SURELY)
    return f"; got worse, by Holm's rule at {_SURELY:.0%}: {', '.join(worse)}" if worse else ""


def _whose(rule: Rule, task: Task) -> str:
    is_decided = metric_of(rule.check.metric).decided and task.kind == "binary"
    decided = f", decided at {rule.decision:g}" if is_decided else ""
    if rule.unit and (rule.check.decide == "bound" or rule.check.op == "noninferior"):
        decided += f", by {rule.unit}"
    rows = ", on the evaluation set of the base" if rule.pinned else ""
    return f"{decided}{rows}" if rule.of_base else f"{decided}{rows}, as the branch's own policy asks"


def _row(judged: Judged) -> tuple[Cell, ...]:
    result = judged.result
    return (
        judged.rule.name + " (base's set)" * judged.rule.pinned,
        result.slice,
        result.outcome.replace("_", " "),
        _told(result),
        _limits(result.interval),
        result.n or "",
        _asked(result),
        result.baseline.rpartition(" ")[2],
        result.enforcement.removesuffix("-mandatory"),
    )


def _limits(interval: tuple[str, str] | None) -> str:
    return f"{interval[0]} to {interval[1]}" if interval else ""


def _told(result: CheckResult) -> str:
    """What was held against the limit."""
    if not result.bound:
        return result.value
    return f"gain {result.bound}" if result.op == "noninferior" else f"{result.value} (limit {result.bound})"


def _asked(result: CheckResult) -> str:
    if result.op == "noninferior":
        return f"gain > {result.threshold}"
    return result.threshold if result.op == "no-difference" else f"{result.op} {result.threshold}"
