"""What today's rules say of a version that older ones have judged: by what was measured then, nothing is run again."""

from collections.abc import Callable, Collection, Iterator, Sequence

from msgspec.structs import replace

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule, rules
from gitmlops.gate.rules.rechecking import OUTCOMES, plainly_misses
from gitmlops.gate.rules.required import Required
from gitmlops.records.receipt import CheckResult


def refusals(
    model: str,
    judged: Sequence[CheckResult],
    base: Definitions,
    then: Definitions,
    *,
    enforcement: Collection[str],
    is_waived: Callable[[str], bool],
    required: Required | None = None,
) -> Iterator[str]:
    """Why checks of today, of these levels, would refuse a version, one sentence a check.

    judged: what its receipt says; base: the definitions of today; then: those of its commit. is_waived: whether a
    waiver of today is for a check, `policy/check`; hard-mandatory ones have none; required: policies from elsewhere
    that ask today, too. Documents, which age, are looked at by themselves.
    """
    named: dict[str, Rule] = {}
    for rule in rules(model, base, then, required):
        if rule.of_base and rule.check.enforcement in enforcement:
            named.setdefault(rule.name, rule)
    for name, rule in named.items():
        if metric_of(rule.check.metric).family == "documents":
            continue
        found = [one for one in judged if (one.policy, one.check) == (rule.policy, rule.check.id)]
        if (why := _why(rule, found)) and (rule.check.enforcement == "hard-mandatory" or not is_waived(name)):
            yield f"{name} {why}"


def _why(rule: Rule, found: Sequence[CheckResult]) -> str:
    check = rule.check
    same = [one for one in found if (one.metric, one.op) == (check.metric, check.op)]
    if not same:
        return f"asks for {check.metric} {check.op} {rule.asked} today, which this version was never asked"
    for one in same:
        within = f" in {one.slice}" if one.slice else ""
        if one.outcome in OUTCOMES:
            return f"{OUTCOMES[one.outcome]}{within} when the gate judged it"
        if one.outcome == "waived":
            return f"was waived{within}, and no waiver is for it today"
        if one.outcome == "passed" and check.op != "noninferior" and plainly_misses(replace(one, threshold=rule.asked)):
            return f"asks for {check.op} {rule.asked} today, {one.bound or one.value} was found{within}"
    return ""
