"""Tried cases -> report: what came out otherwise than expected, and what no case asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.policy_tests.trying import KINDS, Kind, Tried, applying, has_least, rules, tried
from gitmlops.gate.rules.extending import extended
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.report import Cell, Finding, Report, Severity, Table
from gitmlops.specs.policy import Policy
from gitmlops.specs.policy_test import PolicyTest


@dataclass(frozen=True)
class Tested:
    """A policy with its cases. own: the checks that it has itself, which its cases must touch; file: its test file."""

    policy: Placed[Policy]
    file: Placed[PolicyTest] | None
    own: tuple[Rule, ...]
    tried: tuple[Tried, ...]


def test(definitions: Definitions, names: Sequence[str]) -> Report:
    """The cases of these policies, judged as the gate judges; cases and policies must make sense (`wiring.check`)."""
    tested = [_tested(definitions, name) for name in names]
    findings = tuple(finding for one in tested for finding in _findings(one))
    number = sum(len(one.file.spec.cases) for one in tested if one.file)
    rows = tuple(_row(one, rule) for one in tested for rule in one.own)
    table = Table("cases by check", ("check", *KINDS), rows)
    refused = any(finding.severity is Severity.ERROR for finding in findings)
    owners = " and ".join(sorted({one.policy.spec.owner for one in tested}))
    return Report(
        title="policy tests",
        findings=findings,
        summary=(
            f"{_counted(number, 'case')} of {_counted(len(tested), 'policy')} with {_counted(len(rows), 'check')}",
        ),
        tables=(table,) if rows else (),
        next_action=f"{owners}: mend the policy or its cases, and run `gitmlops policy test` again." if refused else "",
        outcomes=("passed", "failed"),
    )


def _tested(definitions: Definitions, name: str) -> Tested:
    policy, file = definitions.get(Policy, name), definitions.all(PolicyTest).get(name)
    asked = rules(policy.spec, extended(definitions, name).checks)
    own = {check.id for check in policy.spec.checks}
    found = tuple(tried(file.spec.cases, asked)) if file else ()
    return Tested(policy, file, tuple(rule for rule in asked if rule.check.id in own), found)


def _findings(tested: Tested) -> Iterator[Finding]:
    policy = tested.policy.spec.id
    if tested.file is None:
        if tested.own:
            mend = f"write its cases in policies/tests/{policy}.yaml"
            yield Finding(policy, Severity.ERROR, "no case tests this policy", tested.policy.at("id"), mend)
        return
    yield from (_of_case(tested.file, one) for one in tested.tried)
    yield from _untouched(tested)
    yield from _missing_kinds(tested)
    yield from (_without_least(rule) for rule in tested.own if _needs_least(rule))


def _of_case(file: Placed[PolicyTest], one: Tried) -> Finding:
    found = _words(one.judged.result.outcome)
    place = file.at("cases", one.index, "expect", one.rule.check.id)
    if one.as_expected:
        return Finding(
            one.rule.name, Severity.PASS, f"{one.case.name}: {found}, as expected: {one.judged.reason}", place
        )
    message = f"{one.case.name}: expected {_words(one.expected)}, found {found}: {one.judged.reason}"
    return Finding(one.rule.name, Severity.ERROR, message, place, "mend the check, or what the case expects")


def _untouched(tested: Tested) -> Iterator[Finding]:
    touched = {one.rule.check.id for one in tested.tried}
    for rule in tested.own:
        if rule.check.id not in touched:
            mend = f"name it in `expect:` of a case of policies/tests/{rule.policy}.yaml"
            yield Finding(rule.name, Severity.ERROR, "no case says what this check comes to", rule.location, mend)


def _missing_kinds(tested: Tested) -> Iterator[Finding]:
    policy = tested.policy.spec.id
    there = {kind for one in tested.tried for kind in one.kinds}
    for kind in KINDS:
        able = [rule.check.id for rule in tested.own if kind in applying(rule)]
        if able and kind not in there:
            message = f"no case is a {kind} one, which {', '.join(able)} can have"
            yield Finding(policy, Severity.ERROR, message, tested.policy.at("id"), _MENDS[kind])


_MENDS: dict[Kind, str] = {
    "passing": "write a case that keeps the limit, and expect `passed`",
    "failing": "write a case that misses the limit, and expect `failed`",
    "small-n": "write a case with fewer rows than the check asks for, and expect `insufficient_evidence`",
    "missing": "write a case with `missing: true`, and expect `insufficient_evidence`",
}


def _needs_least(rule: Rule) -> bool:
    metric = metric_of(rule.check.metric)
    return metric.by_rows and not metric.is_size and not has_least(rule)


def _without_least(rule: Rule) -> Finding:
    message = "it judges however few rows there are"
    return Finding(rule.name, Severity.WARNING, message, rule.location, "say how many it needs, e.g. `min_n: 100`")


def _row(tested: Tested, rule: Rule) -> tuple[Cell, ...]:
    """How many cases of each kind a check has; `-` for a kind that it cannot have."""
    counts = [sum(one.rule is rule and kind in one.kinds for one in tested.tried) for kind in KINDS]
    able = applying(rule)
    return (rule.name, *(number if kind in able else None for kind, number in zip(KINDS, counts, strict=True)))


def _counted(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"


def _words(outcome: str) -> str:
    return outcome.replace("_", " ")
