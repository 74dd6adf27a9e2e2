"""Whether the checks of the policies make sense, before anything is judged by them."""

from collections.abc import Iterator
from fractions import Fraction

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.scope import matches
from gitmlops.report import Finding, Severity
from gitmlops.specs.fields import Threshold, exact
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Check, Policy


def check(definitions: Definitions) -> tuple[Finding, ...]:
    """What is wrong with the policies: errors in checks, warnings for scopes that name no model."""
    placed = definitions.all(Policy)
    return tuple(finding for name in sorted(placed) for finding in _of_policy(placed[name], definitions))


def _of_policy(placed: Placed[Policy], definitions: Definitions) -> Iterator[Finding]:
    if not placed.spec.checks:
        yield _error(placed, "there is no check in it", "write one, or remove the policy", "checks")
    seen: set[str] = set()
    for index, asked in enumerate(placed.spec.checks):
        if asked.id in seen:
            yield _error(placed, f"the check {asked.id!r} is here twice", "rename one of them", "checks", index, "id")
        seen.add(asked.id)
        for key, what, mend in _of_check(asked):
            yield _error(placed, what, mend, "checks", index, key)
    yield from _of_scope(placed, definitions)


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


def _of_check(asked: Check) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong there, and the mend."""
    if asked.op == "noninferior":
        yield from _of_comparison(asked)
        return
    if asked.threshold is None:
        yield "op", f"`op: {asked.op!r}` compares with nothing", "add a threshold"
    for key in ("baseline", "margin"):
        if getattr(asked, key) is not None:
            yield (
                key,
                f"{key} is of `op: noninferior` only",
                f"remove it, or compare with noninferior instead of {asked.op}",
            )


def _of_comparison(asked: Check) -> Iterator[tuple[str, str, str]]:
    if asked.baseline is None:
        yield "op", "noninferior to what?", "add `baseline: {ref: production}`"
    if asked.threshold is not None:
        yield "threshold", "noninferior has a margin, no threshold", "remove it, or write a check of its own for it"
    if asked.margin is None:
        yield "op", "noninferior by how much?", "add a margin, e.g. 0.01"
    elif _negative(asked.margin):
        yield "margin", f"the margin {asked.margin} is negative", "write how much worse the candidate may be, e.g. 0.01"
    if not 0.5 <= asked.confidence < 1:
        yield "confidence", f"the confidence {asked.confidence} is not in 0.5..1, 1 left out", "write e.g. 0.95"


def _negative(margin: Threshold) -> bool:
    return exact(margin) < Fraction(0)


def _error(placed: Placed[Policy], what: str, mend: str, *keys: str | int) -> Finding:
    return Finding("policy", Severity.ERROR, what, placed.at(*keys), mend)
