"""What a look at an evaluation set costs the checks that decide by a limit: each look has its share of their alpha."""

from dataclasses import replace

import msgspec

from gitmlops.gate.rules.policies import Rule
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
