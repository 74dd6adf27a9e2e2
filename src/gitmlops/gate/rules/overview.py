"""Policies as a list, and one with all that hangs on it: source, checks, what extends what, waivers, models."""

from collections.abc import Iterator, Mapping
from datetime import date

from gitmlops.definitions import Definitions
from gitmlops.gate.rules import approving
from gitmlops.gate.rules.extending import Asked, extended, lineage
from gitmlops.gate.rules.scope import matches
from gitmlops.gate.rules.standing import fallen, source_of
from gitmlops.gate.rules.undecided import undecided
from gitmlops.gate.rules.waiver_wiring import standing
from gitmlops.registry.files.receipts import LastVerdict
from gitmlops.report import Cell, Report, Table
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Check, Citation, Enforcement, Policy, Scope
from gitmlops.specs.policy_test import PolicyTest
from gitmlops.specs.waiver import Waiver

_LIST = ("policy", "version", "title", "scope", "source", "hard", "soft", "advisory", "judges", "cases")
_ENFORCEMENTS: tuple[Enforcement, ...] = ("hard-mandatory", "soft-mandatory", "advisory")


def listed(definitions: Definitions, today: date) -> Report:
    """Every policy in a row. today: the day that decides whether its source is still in force."""
    rows = tuple(_row(definitions, name, today) for name in sorted(definitions.all(Policy)))
    return Report(
        "policies",
        tables=(Table("", _LIST, rows),),
        next_action="" if rows else "Write policies/ID.yaml: without a policy nothing can be merged.",
    )


def shown(definitions: Definitions, name: str, verdicts: Mapping[str, LastVerdict], today: date) -> Report:
    """One policy. verdicts: the last judgement of each model by it, as far as receipts know."""
    placed = definitions.get(Policy, name)
    checks = extended(definitions, name).checks
    tables = (
        Table("checks", ("check", "asks", "slice", "of at least", "enforcement", "by"), tuple(map(_check, checks))),
        Table("waivers", ("check", "model", "until", "days left", "by"), tuple(_waivers(definitions, name, today))),
        Table(
            "models",
            ("model", "tier", "owner", "last verdict", "by version", "at"),
            tuple(_models(definitions, name, verdicts)),
        ),
    )
    return Report(
        title=f"policy {name} {placed.spec.version}",
        findings=fallen(definitions, [name], today.isoformat()),
        summary=(placed.spec.title,),
        facts=(*_facts(definitions, name), *_source(source_of(definitions, name), today)),
        tables=tuple(table for table in tables if table.rows),
        undecided=undecided(definitions, [name]),
        outcomes=("judges", "judges nothing"),
    )


def _row(definitions: Definitions, name: str, today: date) -> tuple[Cell, ...]:
    policy = definitions.all(Policy)[name].spec
    asked = [one.check.enforcement for one in extended(definitions, name).checks]
    return (
        name,
        policy.version,
        policy.title,
        _scope(policy.scope),
        _standing(source_of(definitions, name), today),
        *(asked.count(one) for one in _ENFORCEMENTS),
        ", ".join(_judged(definitions, policy)) or "none",
        _cases(definitions, name),
    )


def _judged(definitions: Definitions, policy: Policy) -> list[str]:
    """The models that are in its scope now."""
    models = sorted(definitions.all(Model).items())
    return [name for name, placed in models if matches(policy.scope, placed.spec, is_new=False)]


def _cases(definitions: Definitions, name: str) -> Cell:
    test = definitions.all(PolicyTest).get(name)
    return len(test.spec.cases) if test else "none"


def _scope(scope: Scope) -> str:
    named = (("models", scope.models), ("tags", scope.tags), ("risk tier", scope.risk_tier))
    return "; ".join(f"{key} {', '.join(values)}" for key, values in named if values) or "all models"


def _standing(source: Citation | None, today: date) -> str:
    """The standing of a source in a word, or the day since when it has none."""
    if source is None:
        return "none"
    if source.effective_to and source.effective_to < today.isoformat():
        return f"ended {source.effective_to}"
    if source.effective_from and source.effective_from > today.isoformat():
        return f"from {source.effective_from}"
    return source.status.replace("-", " ")


def _facts(definitions: Definitions, name: str) -> Iterator[tuple[str, Cell]]:
    placed = definitions.all(Policy)[name]
    extends = [f"{one}@{other.spec.version}" for one, other in lineage(definitions, name).items() if one != name]
    others = definitions.all(Policy)
    extending = [one for one in sorted(others) if one != name and name in lineage(definitions, one)]
    approvals = [f"{one.count} {one.role}" for one in approving.asked(definitions, name)]
    waivers = placed.spec.waivers
    yield "file", placed.path
    yield "owner", placed.spec.owner
    yield "scope", _scope(placed.spec.scope)
    yield "extends", ", ".join(extends) or "nothing"
    yield "extended by", ", ".join(extending) or "nothing"
    yield "approvals", ", ".join(approvals) or "none asked for"
    yield "waived by", f"{waivers.role}, for at most {waivers.at_most}"
    yield "cases", _cases(definitions, name)


def _source(source: Citation | None, today: date) -> Iterator[tuple[str, Cell]]:
    if source is None:
        yield "source", "none: a rule of this repository"
        return
    yield "source", source.citation
    yield "standing", _standing(source, today)
    for key, value in (
        ("url", source.url),
        ("in force from", source.effective_from),
        ("in force until", source.effective_to),
        ("superseded by", source.superseded_by),
        ("reviewed", source.reviewed),
    ):
        if value:
            yield key, value


def _check(asked: Asked) -> tuple[Cell, ...]:
    check = asked.check
    return (
        check.id,
        _asks(check),
        _slice(check),
        _least(check),
        check.enforcement,
        asked.pack.name if asked.pack else asked.policy.id,
    )


def _asks(check: Check) -> str:
    if check.op == "noninferior":
        anchor = " and of the anchor" if check.baseline and check.baseline.anchor else ""
        return f"{check.metric} within {check.margin} of production{anchor}, confidence {check.confidence:g}"
    if check.op == "no-difference":
        return f"{check.metric} not different from production, confidence {check.confidence:g}"
    surely = f" by its limit at confidence {check.confidence:g}" if check.decide == "bound" else ""
    return f"{check.metric} {check.op} {check.threshold or 'left open'}{surely}"


def _slice(check: Check) -> str:
    if check.slice is None:
        return ""
    pooled = (
        f"; pooled: {name} ({', '.join(one)})" for pools in check.slice.pool.values() for name, one in pools.items()
    )
    crossed = " and crossed" if check.slice.intersectional else ""
    return f"{', '.join(check.slice.columns)}{crossed}{''.join(pooled)}"


def _least(check: Check) -> str:
    asked = ((check.min_n, "rows"), (check.min_positives, "positives"), (check.min_negatives, "negatives"))
    return ", ".join(f"{number} {noun}" for number, noun in asked if number)


def _waivers(definitions: Definitions, name: str, today: date) -> Iterator[tuple[Cell, ...]]:
    """The waivers of its checks that hold today, those that end first, first."""
    day = today.isoformat()
    waivers = sorted((one.spec for one in definitions.all(Waiver).values()), key=lambda one: (one.expires, one.check))
    for waiver in waivers:
        mine = waiver.check.rpartition("/")[0] == name
        if mine and waiver.issued <= day <= waiver.expires and not standing(waiver, definitions):
            left = (date.fromisoformat(waiver.expires) - today).days
            yield waiver.check, waiver.model, waiver.expires, left, f"{waiver.approver}, {waiver.role}"


def _models(definitions: Definitions, name: str, verdicts: Mapping[str, LastVerdict]) -> Iterator[tuple[Cell, ...]]:
    for model in _judged(definitions, definitions.all(Policy)[name].spec):
        spec, last = definitions.all(Model)[model].spec, verdicts.get(model)
        told = (last.said, last.policy_version, last.time) if last else ("no receipt here", "", "")
        yield model, spec.risk_tier, spec.owner, *told
