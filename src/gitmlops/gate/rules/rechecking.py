"""Whether a receipt can be what the gate wrote: its checks against the policies, its verdict against its checks."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from gitmlops.adapters.git.trees import CommitTree
from gitmlops.definitions import Definitions
from gitmlops.gate.rules import approving
from gitmlops.gate.rules.metrics import METRICS, metric_of
from gitmlops.gate.rules.policies import Rule, rules
from gitmlops.gate.rules.required import PREFIX, Required
from gitmlops.gate.rules.waiver_wiring import standing
from gitmlops.records.receipt import CheckResult, Subject
from gitmlops.specs.fields import exact
from gitmlops.specs.policy import Policy
from gitmlops.specs.waiver import Waiver

OUTCOMES = {"failed": "failed", "insufficient_evidence": "had not enough evidence"}
"""What it means in a sentence that a check came to this."""
_FEWEST_DECIMALS = 4


@dataclass(frozen=True)
class Rules:
    """What a receipt is held against. base, head: the definitions of its two commits; tree: the files of its base.

    required: the policies that are required from elsewhere, None if whoever asks requires none: what a receipt says of
    such policies then counts against it alone.
    """

    base: Definitions
    head: Definitions
    tree: CommitTree
    required: Required | None = None


def doubts(subject: Subject, by: Rules) -> Iterator[str]:
    """Why a receipt that says passed cannot be believed, as what follows "the receipt of …"; nothing if it can be."""
    asked = rules(subject.model, by.base, by.head, by.required)
    ours = tuple(check for check in subject.checks if by.required or not check.policy.startswith(PREFIX))
    yield from _of_files(subject, asked, by.base, by.tree)
    yield from _of_rules(ours, asked)
    yield from _of_approvals(subject, by)
    for check in subject.checks:
        yield from _of_check(check, subject, by)
    if not _judged(subject.checks, asked):
        yield "says passed, and no hard-mandatory check of the base judged the model"


def _of_files(subject: Subject, asked: Sequence[Rule], base: Definitions, tree: CommitTree) -> Iterator[str]:
    of_base = [rule for rule in asked if rule.of_base and not rule.required]
    paths = {path for rule in of_base for path in (rule.location.path, base.get(Policy, rule.policy).path)}
    named = {digest.path: digest.sha256 for digest in subject.policy_files}
    for path in sorted(paths | {*named}):
        if path not in paths:
            yield f"names {path}, which is no policy that the base has for the model"
        elif named.get(path) != hashlib.sha256(tree.read(path)).hexdigest():
            yield f"was not judged by {path} as the base has it"


def _of_rules(checks: Sequence[CheckResult], asked: Sequence[Rule]) -> Iterator[str]:
    """Every check comes from a rule, and every rule has come to something."""
    known = {_as_asked(rule) for rule in asked}
    for check in checks:
        if _as_judged(check) not in known:
            yield f"has the check {check.policy}/{check.check}, which no policy asks like that"
    judged = {_as_judged(check) for check in checks}
    for rule in asked:
        if _as_asked(rule) not in judged:
            yield f"lacks the check {rule.name}, which the policies ask"


def _of_approvals(subject: Subject, by: Rules) -> Iterator[str]:
    """Every place that the policies ask for has somebody in it, and nobody is in two."""
    people = Counter(place.person for place in subject.approvals if place.person)
    yield from (f"counts the approval of {person} {count} times" for person, count in people.items() if count > 1)
    for demand in approving.of_policies(subject.model, by.base, by.head, by.required):
        there = sum(place.role == demand.role and bool(place.person) for place in subject.approvals)
        if there < demand.count:
            yield f"has {there} of {demand.count} approvals by {demand.role}, which the policies ask"


def _as_asked(rule: Rule) -> tuple[str, ...]:
    check = rule.check
    return (rule.policy, rule.version, check.id, check.enforcement, check.metric, check.op, rule.asked)


def _as_judged(check: CheckResult) -> tuple[str, ...]:
    return (
        check.policy,
        check.policy_version,
        check.check,
        check.enforcement,
        check.metric,
        check.op,
        check.threshold,
    )


def _of_check(check: CheckResult, subject: Subject, by: Rules) -> Iterator[str]:
    name = f"{check.policy}/{check.check}"
    if check.outcome in OUTCOMES and check.enforcement != "advisory":
        yield f"says passed, and in it {name} {OUTCOMES[check.outcome]}"
    if check.outcome == "waived" and not _is_waived(check, subject, by):
        yield f"says that {name} is waived, and the base has no waiver that counts for it"
    if check.outcome == "passed" and plainly_misses(check):
        found = check.bound or check.value or "no value"
        yield f"says that {name} passed, with {found} where {check.op} {check.threshold} is asked"


def _is_waived(check: CheckResult, subject: Subject, by: Rules) -> bool:
    wanted = (f"{check.policy}/{check.check}", check.policy_version, subject.model, subject.artifact.sha256)
    return check.enforcement == "soft-mandatory" and any(
        (one.spec.check, one.spec.policy_version, one.spec.model, one.spec.model_sha256) == wanted
        and not standing(one.spec, by.base, by.required.definitions if by.required else None)
        for one in by.base.all(Waiver).values()
    )


def plainly_misses(check: CheckResult) -> bool:
    """Whether the value lies beyond its limit by more than what rounding hides."""
    metric = METRICS.get(check.metric)
    if (metric and not metric.steady) or check.op == "no-difference":
        return False
    try:
        found = Decimal(check.bound or check.value)
    except InvalidOperation:
        return True
    if not found.is_finite():
        return True
    decimals = max(_FEWEST_DECIMALS, -int(found.as_tuple().exponent))
    beyond = Fraction(found) - exact(check.threshold)
    hidden = Fraction(1, 2 * 10**decimals)
    return beyond > hidden if check.op in ("<=", "<") else beyond < -hidden


def _judged(checks: Sequence[CheckResult], asked: Sequence[Rule]) -> bool:
    looks = [rule for rule in asked if rule.of_base and metric_of(rule.check.metric).family != "documents"]
    hard = {_as_asked(rule) for rule in looks if rule.check.enforcement == "hard-mandatory"}
    return any(check.outcome == "passed" and _as_judged(check) in hard for check in checks)
