"""documents: what people wrote of the model and its data: there, dated, about this and no other."""

from collections.abc import Mapping
from fractions import Fraction

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.gate.rules import documents
from gitmlops.gate.rules.documents import About
from gitmlops.gate.sides.made_from import data_of
from gitmlops.specs.policy import AskedDocument

_SHOWN = 3


def measure(asked: AskedDocument | None) -> Measure:
    """What measures the document that a check asks for; of a check that asks for none, all that the model names."""
    return lambda candidate, _: _measured(documents.gaps(asked, about(candidate)))


def about(candidate: Candidate) -> About:
    """What the candidate's documents are held against."""
    head = candidate.head

    def content(path: str) -> bytes | None:
        return head.tree.read(path) if head.tree.digest(path) else None

    named = documents.named(head.definitions, candidate.model)
    data = data_of(head, candidate.model.name)
    return About(named, content, candidate.files.artifact.digest.sha256, data, candidate.today)


def _measured(found: tuple[str, ...]) -> Measured:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Measured(Fraction(len(found)), "; ".join(found[:_SHOWN]) + more)


def _of_all(candidate: Candidate, rows: Rows) -> Measured:
    return measure(None)(candidate, rows)


MEASURES: Mapping[str, Measure] = {"document_gaps": _of_all}
