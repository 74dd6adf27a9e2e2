"""Until when somebody's validation of a version holds: by its report, and by the policies that let such reports age."""

from dataclasses import dataclass
from datetime import date

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.document_ages import ageing
from gitmlops.specs.model import Model

REPORT = "validation-report"


@dataclass(frozen=True)
class Validation:
    """The day of the newest report about a model file, and the last day on which it counts; None for no end."""

    dated: date
    until: date | None

    def told(self, day: date) -> str:
        """As a cell says it."""
        if self.until is None:
            return f"{self.dated}, no end"
        ended = (day - self.until).days
        return f"{self.dated}, until {self.until}" + (f" (ended {ended} days ago)" if ended > 0 else "")

    def ended(self, day: date) -> bool:
        """Whether it counts no more."""
        return self.until is not None and day > self.until


def validation(model: Model, sha256: str, rules: Definitions) -> Validation | None:
    """The newest report that a model names and that is about this file, or about no file in particular; None for none.

    rules: the definitions whose policies and documents count.
    """
    reports = (one for one in ageing(model, sha256, rules) if one.placed.spec.type == REPORT)
    return next((Validation(one.dated, one.until) for one in reports), None)
