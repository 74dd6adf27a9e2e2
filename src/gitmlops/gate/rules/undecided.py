"""What policies say that no machine decides, of those that judged a model."""

from collections.abc import Iterator, Sequence

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.extending import extended, lineage
from gitmlops.specs.policy import Policy


def undecided(definitions: Definitions, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Whose question it is, `policy` or `policy/check`, and the question, each once; what is extended included."""
    known = definitions.all(Policy)
    return tuple(dict.fromkeys(one for name in names if name in known for one in _of(definitions, name)))


def _of(definitions: Definitions, name: str) -> Iterator[tuple[str, str]]:
    for one, placed in lineage(definitions, name).items():
        yield from ((one, question) for question in placed.spec.not_decided)
    for asked in extended(definitions, name).checks:
        yield from ((f"{name}/{asked.check.id}", question) for question in asked.check.not_decided)
