"""validation: whether somebody validated this very model file who did not develop it, by the names in its report."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from gitmlops.adapters.git import authors
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.gate.families.documents import about
from gitmlops.gate.rules import documents
from gitmlops.gate.sides.affected import beside, pieces
from gitmlops.registry.files.contents import brought
from gitmlops.specs.document import Document
from gitmlops.specs.model import Model
from gitmlops.specs.policy import AskedDocument
from gitmlops.specs.project import Person
from gitmlops.statistics.classification import Unmeasurable

REPORT = AskedDocument("validation-report", "model_digest")
# The address that GitHub gives to accounts which hide theirs: ID+LOGIN, the ID is never given to another account.
_HIDDEN = re.compile(r"(\d+)\+[^@]*@users\.noreply\.\S+")


def _gaps(candidate: Candidate, _: Rows) -> Measured:
    """What is missing of the report itself; else who of its authors is a developer, or nobody knows who they are."""
    held = about(candidate)
    found = documents.gaps(REPORT, held)
    if not found:
        whole = [one for one in held.documents if one.type == REPORT.kind and not documents.gaps_of(one, held, REPORT)]
        developers = _developers(candidate)
        found = min((tuple(_dependent(candidate, one, developers)) for one in whole), key=len)
    return Measured(Fraction(len(found)), "; ".join(found))


def _dependent(candidate: Candidate, report: Document, developers: frozenset[str]) -> Iterator[str]:
    """By the people of the base: a branch gives nobody another address."""
    project = candidate.base.definitions.project
    people = project.people if project else {}
    for member in report.by:
        person = people.get(member.removeprefix("@"))
        if person is None or not (person.emails or person.id):
            yield f"{report.name}: `people:` of the base does not say which commits are {member}'s"
        elif mine := sorted(address for address in developers if _is(person, address)):
            yield f"{report.name}: {member} developed the model, its pipeline or its features ({mine[0]})"


def _is(person: Person, address: str) -> bool:
    hidden = _HIDDEN.fullmatch(address)
    return address in {email.lower() for email in person.emails} or bool(hidden and int(hidden[1]) == person.id)


def _developers(candidate: Candidate) -> frozenset[str]:
    """Addresses of everybody who has a part in what made the model file: the commits of its pipeline and features, and
    the change that brought the file. Raises Unmeasurable where history is cut off: who it hides cannot be told.
    """
    repository, head, model = candidate.head.tree.repository, candidate.head.commit, candidate.model
    if repository.is_shallow():
        raise Unmeasurable("this clone's history is cut off; check out with `fetch-depth: 0`")
    by = authors.of_paths(repository, head, _made_of(candidate, model))
    return by | authors.of_change(repository, brought(repository, head, model.artifact))


def _made_of(candidate: Candidate, model: Model) -> tuple[str, ...]:
    """The files of pipeline and features: who describes the model, or what it is evaluated on, develops nothing."""
    head = candidate.head
    placed = head.definitions.all(Document)
    said = {path for name in model.documents for path in (placed[name].path, placed[name].spec.file)}
    definition = head.definitions.get(Model, model.name).path
    others = {definition, model.artifact, model.evaluation.data, model.evaluation.labels, *beside(model), *said}
    return tuple(sorted({*pieces(head, model.name)} - others))


MEASURES: Mapping[str, Measure] = {"independent_validation_gaps": _gaps}
