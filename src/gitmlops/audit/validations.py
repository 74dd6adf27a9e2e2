"""Until when somebody's validation of a version holds: by its report, and by the policies that let such reports age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.days import is_day
from gitmlops.gate.rules.documents import named
from gitmlops.gate.rules.extending import extended
from gitmlops.gate.rules.scope import matches
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Policy

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
    days = [
        date.fromisoformat(one.date)
        for one in named(rules, model)
        if one.type == REPORT and one.model_sha256 in (None, sha256) and is_day(one.date)
    ]
    if not days:
        return None
    least = min(_ages(model, rules), default=None)
    return Validation(max(days), max(days) + least if least else None)


def _ages(model: Model, rules: Definitions) -> Iterator[timedelta]:
    """How old the policies in whose scope the model is let a validation report be."""
    for name, placed in rules.all(Policy).items():
        if matches(placed.spec.scope, model, is_new=False):
            for asked in extended(rules, name).checks:
                document = asked.check.document
                if document and document.kind == REPORT and document.max_age:
                    yield timedelta(seconds=seconds(document.max_age))
