"""What checks came to on counted predictions, as a report."""

from collections.abc import Sequence

from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.rules.policies import Rule
from gitmlops.report import Cell, Finding, Report, Severity, Table

_COLUMNS = ("check", "slice", "outcome", "value", "95 % interval", "n", "asked", "enforcement")
_MISSED = ("failed", "insufficient_evidence")


def report(model: str, where: str, results: Sequence[tuple[Rule, tuple[Judged, ...]]]) -> Report:
    """The report on a model's predictions. It refuses where a mandatory check is missed, or where no check judged."""
    found = [_finding(rule, judged) for rule, judged in results]
    if all(one.severity is Severity.NOTE for one in found):
        mend = "write a policy in whose scope it is; others than rates, areas, losses and groups are the gate's alone"
        found.append(Finding("policies", Severity.ERROR, f"no check of counts judges {model}", mend=mend))
    rows = tuple(_row(one) for _, judged in results for one in judged)
    return Report(
        title=f"{model}: {where}",
        findings=tuple(found),
        summary=("Counted by an engine; no evidence for the gate, which reads predictions itself.",),
        tables=(Table("", _COLUMNS, rows),),
    )


def _finding(rule: Rule, judged: Sequence[Judged]) -> Finding:
    missed = [one for one in judged if one.result.outcome in _MISSED]
    if missed:
        worst = max(missed, key=lambda one: (one.shortfall is not None, one.shortfall or 0))
        more = f" (and {len(missed) - 1} more)" if missed[1:] else ""
        severity = Severity.ERROR if rule.mandatory else Severity.WARNING
        return Finding(rule.name, severity, f"{worst.reason}{more}", rule.location)
    if all(one.result.outcome == "not_applicable" for one in judged):
        return Finding(rule.name, Severity.NOTE, judged[0].reason, rule.location)
    kept = next(one for one in judged if one.result.outcome == "passed")
    return Finding(rule.name, Severity.PASS, kept.reason, rule.location)


def _row(judged: Judged) -> tuple[Cell, ...]:
    found = judged.result
    interval = " to ".join(found.interval) if found.interval else None
    asked = f"{found.op} {found.threshold}"
    name = f"{found.policy}/{found.check}"
    return (name, found.slice, found.outcome, found.value, interval, found.n, asked, found.enforcement)
