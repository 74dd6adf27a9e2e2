"""What the definition says of the people who watch over a model."""

import pytest
from tests.gate_lab import TOY
from tests.unit.gate.candidates import candidate, outcome, side

from gitmlops.gate.families.candidate import Candidate

GAPS = "metric: oversight_gaps, op: '<=', threshold: 0"
AUTOMATED = "metric: automated_decisions, op: '<=', threshold: 0"
PLAN = {
    "by": "a loan officer",
    "acts": "before",
    "limits": "a day of training each year",
    "overrules": "with a note in the file",
    "stops": "rollback",
    "reviews": "30d",
}


def overseen(**changed: str) -> Candidate:
    plan = {**PLAN, **changed}
    lines = "".join(f"  {name}: {text!r}\n" for name, text in plan.items() if text)
    return candidate(head=side(models__toy=f"{TOY}oversight:\n{lines}"))


def test_a_plan_that_says_it_all_passes() -> None:
    assert outcome(GAPS, overseen()) == ("passed", "oversight_gaps is 0, policy asks <= 0")
    assert outcome(AUTOMATED, overseen())[0] == "passed"


@pytest.mark.parametrize("name", ["limits", "overrules", "stops", "reviews"])
def test_what_a_plan_does_not_say_is_named(name: str) -> None:
    assert outcome(GAPS, overseen(**{name: ""})) == (
        "failed",
        f"oversight_gaps is 1 (nothing of {name}), policy asks <= 0",
    )


def test_blanks_say_nothing() -> None:
    assert "oversight_gaps is 2 (nothing of by, stops)" in outcome(GAPS, overseen(by="  ", stops=" "))[1]


def test_without_a_plan_all_of_it_is_missing() -> None:
    said = outcome(GAPS, candidate())
    assert said == (
        "failed",
        "oversight_gaps is 5 (nothing of by, limits, overrules, stops, reviews), policy asks <= 0",
    )


def test_a_decision_that_takes_effect_before_a_person_sees_it_is_automated() -> None:
    said = outcome(AUTOMATED, overseen(acts="after"))
    assert said == (
        "failed",
        "automated_decisions is 1 (a loan officer: after a decision takes effect), policy asks <= 0",
    )


def test_reviews_are_told_in_days() -> None:
    fields = "metric: oversight_review_days, op: '<=', threshold: "
    assert outcome(f"{fields}30", overseen())[0] == "passed"
    assert outcome(f"{fields}29", overseen())[0] == "failed"
    assert outcome(f"{fields}30", overseen(reviews=""))[0] == "insufficient_evidence"


def test_nobody_who_oversees_is_no_evidence() -> None:
    said = outcome(AUTOMATED, candidate())
    assert said == ("insufficient_evidence", "automated_decisions is not measured: the model has no `oversight:`")
