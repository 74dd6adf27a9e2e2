"""What a look at an evaluation set costs the checks that decide by a limit: each look has its share of their alpha."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec

from gitmlops.gate.rules.policies import Rule
from gitmlops.records.receipt import CheckResult, Subject
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.multiplicity import budgeted_alpha, spent_alpha


def at_look(rule: Rule, attempt: int) -> Rule:
    """The rule as it judges the k-th model file on one evaluation set: surer with each where a limit decides.

    Once the budget of its policy is spent, it says so and decides nothing.
    """
    if not rule.by_limit:
        return rule
    alpha, budget = 1 - rule.check.confidence, rule.looks
    try:
        share = budgeted_alpha(alpha, attempt, budget=budget) if budget else spent_alpha(alpha, attempt)
    except Unmeasurable as spent:
        return replace(
            rule, attempt=attempt, spent=f"{spent.what}: bring a fresh evaluation set, and no new model with it"
        )
    return replace(rule, check=msgspec.structs.replace(rule.check, confidence=1 - share), attempt=attempt)


def alpha(rule: Rule) -> str:
    """How often the limit of a rule fails at most, as receipts have it; empty where no limit decides."""
    return f"{1 - rule.check.confidence:.5g}" if rule.by_limit else ""


def doubts(subject: Subject, asked: Sequence[Rule], looks: tuple[int, int]) -> Iterator[str]:
    """Why a receipt cannot be as sure as it says, as what follows "the receipt of …".

    asked: the rules by which the model is judged; looks: which look at the branch's evaluation set it was at least,
    and at the base's, as the notes count them.
    """
    look, of_base = looks
    if subject.attempt < look:
        yield f"was judged as look {subject.attempt} at its evaluation set, and it was look {look}"
    for check in subject.checks:
        number = of_base if check.pinned else max(look, subject.attempt)
        mine = [at_look(rule, number) for rule in asked if rule.by_limit and _is_of(check, rule)]
        name = f"{check.policy}/{check.check}"
        if check.outcome == "passed" and any(rule.spent for rule in mine):
            yield f"says that {name} passed at look {number}, and the budget of its policy was spent"
        elif mine and not any(_as_sure(check.alpha, rule) for rule in mine):
            least = max((alpha(rule) for rule in mine), key=float)
            yield f"says that {name} was judged at an alpha of {check.alpha or 'none'}, look {number} leaves {least}"


def _is_of(check: CheckResult, rule: Rule) -> bool:
    return (check.policy, check.policy_version, check.check) == (rule.policy, rule.version, rule.check.id)


def _as_sure(told: str, rule: Rule) -> bool:
    """Whether an alpha is no greater than that of the rule, to the figures that receipts have."""
    try:
        return 0 < float(told) <= float(alpha(rule))
    except ValueError:
        return False
