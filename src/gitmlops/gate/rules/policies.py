"""Which checks judge a model: those of the base, and those that the branch brings, so that nothing gets looser."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.extending import Asked, extended
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.required import PREFIX, Required, place_of
from gitmlops.gate.rules.scope import matches
from gitmlops.report import Location
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Check, Citation, Policy


@dataclass(frozen=True)
class Rule:
    """One check as it judges one model. decision: the threshold at which a score becomes a decision.

    unit: the column whose rows belong together, empty if all rows are independent;
    source: what its policy turns into code, None if it does not say;
    pack: what it comes from, as receipts name it, empty for a policy of the repository;
    of_base: whether the base asks for it; what only the branch asks for can make the verdict worse, never better;
    pinned: whether it is asked of the base's evaluation set, beside the branch's own;
    looks: how many its policy allows, None for no end; attempt: which look it judges at, 0 where looks cost nothing;
    spent: why no look is left, empty if one is;
    required: where the repository that requires it has written it, empty for what is asked here.
    """

    policy: str
    version: str
    check: Check
    location: Location
    decision: float
    unit: str
    of_base: bool
    source: Citation | None
    pack: str = ""
    pinned: bool = False
    looks: int | None = None
    attempt: int = 0
    spent: str = ""
    required: str = ""

    @property
    def by_limit(self) -> bool:
        """Whether a limit decides, which another look at the same rows could keep by luck alone."""
        return self.check.decide == "bound" or self.check.op == "noninferior"

    @property
    def sureness(self) -> str:
        """How sure the limit is, as sentences say it."""
        at = f" at look {self.attempt}" if self.attempt else ""
        return f"confidence {self.check.confidence:.5g}{at}"

    @property
    def name(self) -> str:
        """`policy/check`, as reports name it."""
        return f"{self.policy}/{self.check.id}"

    @property
    def asked(self) -> str:
        """What the check asks for, after its operator."""
        check = self.check
        if check.op == "noninferior":
            return f"-{check.margin}"
        return f"p > {1 - check.confidence:.6g}" if check.op == "no-difference" else str(check.threshold)

    @property
    def mandatory(self) -> bool:
        """Whether a miss refuses."""
        return self.check.enforcement != "advisory"


def rules(name: str, base: Definitions, head: Definitions, required: Required | None = None) -> tuple[Rule, ...]:
    """The checks that judge a model: policies of both sides, by scopes and decision thresholds of both, none twice.

    A policy is in scope if the model as the base defines it matches, or as the head does. What is required from
    elsewhere is asked beside them, under names that no policy of the repository can have.
    """
    known = [side.all(Model)[name].spec for side in (base, head) if name in side.all(Model)]
    is_new = name not in base.all(Model)
    found: list[Rule] = []
    known_of: dict[tuple[str, str], list[Rule]] = {}
    for side in (base, head):
        for rule in _rules_of(side, known, is_new=is_new, of_base=side is base):
            alike = known_of.setdefault((rule.policy, rule.check.id), [])
            if not any(_same(rule, other) for other in alike):
                alike.append(rule)
                found.append(rule)
    if required is None:
        return tuple(found)
    place = place_of(name, head, base)
    asked = _rules_of(required.definitions, known, is_new=is_new, of_base=True)
    return (*found, *(_required(rule, place) for rule in asked))


def _required(rule: Rule, place: Location) -> Rule:
    """The rule under its name here; it has no place in the repository but the model that it judges."""
    return replace(rule, policy=f"{PREFIX}{rule.policy}", location=place, required=str(rule.location))


def _rules_of(side: Definitions, models: list[Model], *, is_new: bool, of_base: bool) -> Iterable[Rule]:
    decisions = sorted({model.task.threshold for model in models})
    entities = sorted({model.entity for model in models})
    for name, placed in sorted(side.all(Policy).items()):
        policy = placed.spec
        if not any(matches(policy.scope, model, is_new=is_new) for model in models):
            continue
        for asked in extended(side, name).checks:
            for decision in decisions if metric_of(asked.check.metric).decided else decisions[:1]:
                for unit in [asked.check.resample_unit] if asked.check.resample_unit else entities:
                    yield rule(policy, asked, decision, unit, of_base=of_base)


def rule(policy: Policy, asked: Asked, decision: float, unit: str, *, of_base: bool) -> Rule:
    """A check that a policy asks, as it judges at this decision threshold."""
    return Rule(
        policy.id,
        policy.version,
        asked.check,
        asked.location,
        decision,
        unit,
        of_base,
        asked.policy.source or policy.source,
        asked.pack.pinned if asked.pack else "",
        looks=policy.looks,
    )


def _same(one: Rule, other: Rule) -> bool:
    return all(getattr(one, key) == getattr(other, key) for key in ("policy", "check", "decision", "unit", "looks"))
