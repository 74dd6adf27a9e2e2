"""Until when documents about a model file count: policies let them age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.rules.days import is_day
from gitmlops.gate.rules.extending import extended
from gitmlops.gate.rules.scope import matches
from gitmlops.specs.document import Document
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Policy


@dataclass(frozen=True)
class Ageing:
    """The newest document of a kind about a model file, and the last day on which it counts; None for no end."""

    placed: Placed[Document]
    dated: date
    until: date | None


def ageing(model: Model, sha256: str, rules: Definitions) -> tuple[Ageing, ...]:
    """For each kind of document that a model names, the newest one about this file, or about no file in particular.

    rules: the definitions whose policies and documents count.
    """
    known = rules.all(Document)
    newest: dict[str, Ageing] = {}
    for placed in (known[name] for name in model.documents if name in known):
        one = placed.spec
        if one.model_sha256 in (None, sha256) and is_day(one.date):
            before, dated = newest.get(one.type), date.fromisoformat(one.date)
            if before is None or before.dated < dated:
                least = min(_ages(model, one.type, rules), default=None)
                newest[one.type] = Ageing(placed, dated, dated + least if least else None)
    return tuple(newest[kind] for kind in sorted(newest))


def _ages(model: Model, kind: str, rules: Definitions) -> Iterator[timedelta]:
    """How old the policies in whose scope the model is let such documents be."""
    for name, placed in rules.all(Policy).items():
        if matches(placed.spec.scope, model, is_new=False):
            for asked in extended(rules, name).checks:
                document = asked.check.document
                if document and document.kind == kind and document.max_age:
                    yield timedelta(seconds=seconds(document.max_age))
