"""Whether the checks of the policies make sense, before anything is judged by them."""

from collections.abc import Iterator

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.rules import approving, case_wiring, check_wiring, documents, waiver_wiring
from gitmlops.gate.rules.days import is_day
from gitmlops.gate.rules.extending import Asked, extended, lineage
from gitmlops.gate.rules.left_open import left_open
from gitmlops.gate.rules.scope import matches
from gitmlops.report import Finding, Severity
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Policy


def check(definitions: Definitions) -> tuple[Finding, ...]:
    """What is wrong with the policies: errors in checks and cases, warnings for scopes that name no model."""
    placed = definitions.all(Policy)
    # What is wrong with a policy that others extend is told once.
    of_policies = (one for name in sorted(placed) for one in _of_policy(placed[name], definitions))
    of_others = (*waiver_wiring.check(definitions), *documents.check(definitions), *case_wiring.check(definitions))
    return tuple(dict.fromkeys((*of_policies, *of_others)))


def of_policies(definitions: Definitions) -> tuple[Finding, ...]:
    """What is wrong with policies by themselves, whoever has which role and whatever models there are."""
    placed = definitions.all(Policy)
    return tuple(dict.fromkeys(one for name in sorted(placed) for one in _by_itself(placed[name], definitions)))


def _of_policy(placed: Placed[Policy], definitions: Definitions) -> Iterator[Finding]:
    yield from _by_itself(placed, definitions)
    yield from _of_roles(placed, definitions)
    yield from _of_scope(placed, definitions)


def _by_itself(placed: Placed[Policy], definitions: Definitions) -> Iterator[Finding]:
    whole = extended(definitions, placed.spec.id)
    yield from whole.findings
    if not whole.checks and not [*approving.asked(definitions, placed.spec.id)]:
        yield _error(placed, "there is no check in it", "write one, or remove the policy", "checks")
    seen: set[str] = set()
    seen_kinds = [asked.kind for asked in placed.spec.evidence]
    for index, kind in enumerate(seen_kinds):
        if kind in seen_kinds[:index]:
            yield _error(placed, f"{kind} is asked for twice", "write one line", "evidence", index, "kind")
    for index, asked in enumerate(placed.spec.checks):
        if asked.id in seen:
            yield _error(placed, f"the check {asked.id!r} is here twice", "rename one of them", "checks", index, "id")
        seen.add(asked.id)
        for key, what, mend in check_wiring.wrong(asked):
            yield _error(placed, what, mend, "checks", index, key)
    yield from (finding for asked in whole.checks for finding in _open(placed, asked))
    yield from _of_approvals(placed, definitions)
    yield from _of_source(placed)


def _open(placed: Placed[Policy], asked: Asked) -> Iterator[Finding]:
    """An error for a check of a pack that nothing can judge by until the policy says what the law does not."""
    check = asked.check
    if asked.pack is None or not (keys := left_open(check)) or check.id in {own.id for own in placed.spec.checks}:
        return
    of = f" ({check.citation})" if check.citation else ""
    what = f"{asked.pack.name} leaves {' and '.join(keys)} of {check.id!r} open{of}: its source sets none"
    mend = f"write a check `{check.id}` here, of {check.metric} {check.op}, with your {' and '.join(keys)}"
    yield Finding("policy", Severity.ERROR, what, asked.location, mend)


def _of_approvals(placed: Placed[Policy], definitions: Definitions) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, own in enumerate(placed.spec.approvals):
        if own.role in seen:
            what = f"{own.role} is asked for approval twice"
            yield _error(placed, what, "write one line with the `count`", "approvals", index, "role")
        seen.add(own.role)
    for index, what, mend in approving.looser(placed, lineage(definitions, placed.spec.id)):
        yield _error(placed, what, mend, "approvals", index, "count")


def _of_roles(placed: Placed[Policy], definitions: Definitions) -> Iterator[Finding]:
    roles = definitions.project.roles if definitions.project else {}
    for demand in approving.asked(definitions, placed.spec.id):
        if demand.role not in roles:
            add = f'add `roles: {{{demand.role}: ["@LOGIN"]}}` to gitmlops.yaml'
            what, mend = f"there is no role {demand.role!r}", nearest(demand.role, roles) if roles else add
            yield Finding("policy", Severity.ERROR, what, demand.location, mend)


def _of_source(placed: Placed[Policy]) -> Iterator[Finding]:
    source = placed.spec.source
    days = ("effective_from", "effective_to", "reviewed") if source else ()
    for key in days:
        if (day := getattr(source, key)) and not is_day(day):
            yield _error(placed, f"there is no day {day}", 'write a day, e.g. "2026-11-23"', "source", key)
    if source and source.effective_from and source.effective_to and source.effective_to < source.effective_from:
        what = f"its last day, {source.effective_to}, is before its first, {source.effective_from}"
        yield _error(placed, what, "mend one of them", "source", "effective_to")


def _of_scope(placed: Placed[Policy], definitions: Definitions) -> Iterator[Finding]:
    known, scope = definitions.all(Model), placed.spec.scope
    gone = [
        (index, name) for index, name in enumerate(scope.models) if not set("*?[") & set(name) and name not in known
    ]
    for index, name in gone:
        message = f"it judges the model {name!r}, which is not there"
        yield Finding("policy", Severity.WARNING, message, placed.at("scope", "models", index), nearest(name, known))
    if not gone and known and not any(matches(scope, model.spec, is_new=False) for model in known.values()):
        mend = "mend its scope, or leave it for a model to come"
        yield Finding("policy", Severity.WARNING, "it judges no model", placed.at("scope"), mend)


def _error(placed: Placed[Policy], what: str, mend: str, *keys: str | int) -> Finding:
    return Finding("policy", Severity.ERROR, what, placed.at(*keys), mend)
