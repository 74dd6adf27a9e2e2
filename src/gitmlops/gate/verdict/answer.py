"""The answer of the gate: the report that people read, and the receipt that machines keep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitmlops import __version__
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.required import Required
from gitmlops.gate.sides import releases
from gitmlops.gate.verdict import approvals
from gitmlops.gate.verdict.approvals import Approving
from gitmlops.gate.verdict.judgement import Judgement, findings, subject, tables, verdict
from gitmlops.records.receipt import Receipt
from gitmlops.report import Cell, Finding, Report, Severity

_LATER = "How will it do later? Intervals say how other rows of the evaluated time could have turned out, no more."


@dataclass(frozen=True)
class Question:
    """What was asked: may `head`, whose tree is `tree`, be merged into the branch that `base` is the tip of?

    repository: the URI that names it for every clone; required: policies from elsewhere that judge, too.
    """

    repository: str
    base_ref: str
    base: str
    head: str
    tree: str
    required: Required | None = None


def report(
    question: Question,
    judgements: Sequence[Judgement],
    about: Sequence[Finding],
    change: Approving | None = None,
    *,
    reviewer: str,
    undecided: tuple[tuple[str, str], ...],
) -> Report:
    """The verdict first, then its reasons, then what it rests on.

    about: findings that are of no single model; change: who must approve what they tell; undecided: what the policies
    that judged leave to people.
    """
    found = _found(judgements, about, change)
    return Report(
        title=f"gate of {question.head[:12]} by the rules of {question.base_ref}",
        findings=found,
        summary=(*_told_first(about), *(_summary(judgement) for judgement in judgements)),
        facts=(*_facts(question), *(fact for judgement in judgements for fact in _pins(judgement))),
        tables=(
            *(approvals.tables(change) if change else ()),
            *(table for judgement in judgements for table in tables(judgement)),
        ),
        next_action=_next(found, judgements, change, reviewer),
        undecided=(*undecided, *_of_times(judgements)),
    )


def receipt(
    question: Question,
    judgements: Sequence[Judgement],
    about: Sequence[Finding],
    change: Approving | None = None,
    *,
    run: str,
    time: str,
) -> Receipt:
    """What is kept. Same question and evidence, same receipt, but for run and time."""
    found = _found(judgements, about, change)
    return Receipt(
        repository=question.repository,
        base_ref=question.base_ref,
        base=question.base,
        head=question.head,
        tree=question.tree,
        verdict=verdict(found),
        subjects=tuple(subject(judgement) for judgement in judgements),
        tool=f"gitmlops {__version__}",
        run=run,
        time=time,
        approvals=approvals.places(change) if change else (),
        required=question.required.record if question.required else None,
    )


def _found(judgements: Sequence[Judgement], about: Sequence[Finding], change: Approving | None) -> tuple[Finding, ...]:
    of_models = (finding for judgement in judgements for finding in findings(judgement))
    return (*of_models, *(approvals.findings(change) if change else ()), *about)


def _of_times(judgements: Sequence[Judgement]) -> Iterator[tuple[str, str]]:
    """What no interval says: it is of sampling."""
    for judgement in judgements:
        if any(one.result.interval or one.result.bound for results in judgement.results for one in results):
            yield judgement.model.name, _LATER


def _told_first(about: Sequence[Finding]) -> tuple[str, ...]:
    """What a reader of the verdict must not overlook: what it was compared with may not be all there is."""
    return tuple(f"warning: {one.message}; {one.mend}" for one in about if one.rule == releases.RULE)


def _summary(judgement: Judgement) -> str:
    name, answer = judgement.model.name, verdict(findings(judgement))
    lacking = len(approvals.missing(judgement.approving)) if judgement.approving else 0
    missing = f", {lacking} approval{'s' * (lacking != 1)} missing" if lacking else ""
    return f"{name}: {answer} ({_counted(judgement)}{missing})"


def _counted(judgement: Judgement) -> str:
    """How many checks judged, and how many of them refuse."""
    if not judgement.results:
        return "no check could judge it"
    beside = (approvals.RULE, *(obstacle.rule for obstacle in judgement.obstacles))
    errors = sum(one.severity is Severity.ERROR and one.rule not in beside for one in findings(judgement))
    against = f", beside {judgement.production} in production" if judgement.production else ""
    lacking = ", evidence is missing" if judgement.obstacles else ""
    return f"{f'{errors} of ' if errors else ''}{len(judgement.results)} checks{against}{lacking}"


def _facts(question: Question) -> tuple[tuple[str, Cell], ...]:
    return (
        ("base", f"{question.base_ref} {question.base}"),
        ("head", question.head),
        ("tree", question.tree),
        *((("required policies", question.required.name),) if question.required else ()),
    )


def _pins(judgement: Judgement) -> tuple[tuple[str, Cell], ...]:
    judged = subject(judgement)
    digests = (judged.artifact, *judged.data)
    return (
        *((f"{digest.path} sha256", digest.sha256) for digest in digests if digest.sha256),
        *((f"{digest.path} of the base sha256", digest.sha256) for digest in judged.pins),
        (f"policies of {judged.model}", ", ".join(judged.policies) or "none"),
        (f"evidence of {judged.model}", judgement.grounds.told if judged.checks else "none"),
        *(((f"looks of {judged.model}", _looked(judgement)),) if judged.checks else ()),
        *(((f"scorer of {judged.model}", f"without {', '.join(held)}"),) if (held := judged.confinement) else ()),
    )


def _looked(judgement: Judgement) -> str:
    """Which look it is, and what that costs whom."""
    rules = [results[0].rule for results in judgement.results if not metric_of(results[0].rule.check.metric).family]
    points = sum(not rule.by_limit for rule in rules)
    limits = len(rules) - points
    ways = (
        (limits, "by a limit, which is the surer for it"),
        (points, "by a point, which another look can pass by luck"),
    )
    told = (f"{count} check{'s' * (count != 1)} decide{'s' * (count == 1)} {how}" for count, how in ways if count)
    return "; ".join((f"look {judgement.attempt} at its evaluation set", *told))


def _next(found: Sequence[Finding], judgements: Sequence[Judgement], change: Approving | None, reviewer: str) -> str:
    wrong = [finding for finding in found if finding.severity is Severity.ERROR]
    if wrong and all(finding.rule == approvals.RULE for finding in wrong):
        every = (*(judgement.approving for judgement in judgements), change)
        missing = dict.fromkeys(role for one in every if one for role in approvals.missing(one))
        return f"All else passes. {', '.join(missing)}: look at it and approve it; then run `gitmlops gate` again."
    if wrong:
        owners = sorted({one.model.owner for one in judgements if verdict(findings(one)) == "refused"})
        who = f"{' and '.join(owners)}: " if owners else ""
        return f"{who}mend what is refused, commit, and run `gitmlops gate` again."
    if change is None and any(finding.rule == "rules" for finding in found):
        return f"{reviewer} reviews the changed rules; then merge."
    return "Merge it." if judgements else "Merge it: no model changes."
