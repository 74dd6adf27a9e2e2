"""oversight: what the model's definition says of the people who watch over it. Whether they do, people decide."""

from collections.abc import Mapping
from fractions import Fraction

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Oversight
from gitmlops.statistics.classification import Unmeasurable

_DAY = 86_400
_PARTS = ("by", "limits", "overrules", "stops", "reviews")


def _gaps(candidate: Candidate, _: Rows) -> Measured:
    plan = candidate.model.oversight
    missing = [name for name in _PARTS if not str(getattr(plan, name, None) or "").strip()]
    return Measured(Fraction(len(missing)), f"nothing of {', '.join(missing)}" if missing else "")


def _review_days(candidate: Candidate, _: Rows) -> Measured:
    reviews = _plan(candidate).reviews
    if reviews is None:
        raise Unmeasurable("`oversight:` says nothing of reviews")
    return Measured(Fraction(seconds(reviews), _DAY))


def _automated(candidate: Candidate, _: Rows) -> Measured:
    plan = _plan(candidate)
    return Measured(Fraction(plan.acts != "before"), f"{plan.by}: {plan.acts} a decision takes effect")


def _plan(candidate: Candidate) -> Oversight:
    if candidate.model.oversight is None:
        raise Unmeasurable("the model has no `oversight:`")
    return candidate.model.oversight


MEASURES: Mapping[str, Measure] = {
    "oversight_gaps": _gaps,
    "oversight_review_days": _review_days,
    "automated_decisions": _automated,
}
