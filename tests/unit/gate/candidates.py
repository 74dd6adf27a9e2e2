"""Candidates for checks of families, and what the checks of a text come to on them."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy
import pandas
from tests.gate_lab import DEFINITIONS, frame, good, labels, parquet, rows
from tests.unit.gate.definition_files import Texts, check, policy

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.definitions import load_valid
from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.checks.of_families import judge_family, value_of
from gitmlops.gate.evidence.making import File, Files
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.families.candidate import Candidate
from gitmlops.gate.rules.policies import rules
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.records.receipt import Digest
from gitmlops.specs.model import Model

TODAY = date(2026, 11, 30)


@dataclass(frozen=True)
class Commit(Texts):
    """Texts as git would hold them."""

    def digest(self, path: str) -> str:
        return "0" if path in self.files else ""

    def held(self, path: str) -> dict[str, str]:
        return {path: "100644 0"} if path in self.files else {}


def file(path: str, content: bytes) -> File:
    return File(Digest(path, hashlib.sha256(content).hexdigest(), len(content)), content)


def side(beside: dict[str, str] | None = None, **files: str) -> Side:
    """A commit with the lab's definitions, some of them written otherwise; `models__toy` is models/toy.yaml.

    beside: path -> text of files that are no definitions.
    """
    texts = {path: text for path, text in DEFINITIONS.items() if isinstance(text, str) and path.endswith(".yaml")}
    written = {f"{name.replace('__', '/')}.yaml": text for name, text in files.items()}
    tree = Commit({**texts, **written, **(beside or {})})
    return Side("0" * 40, tree, load_valid(tree), pointers.read(tree))  # type: ignore[arg-type]


def candidate(
    *,
    base: Side | None = None,
    head: Side | None = None,
    artifact: bytes | None = None,
    table: pandas.DataFrame | None = None,
    cache: Path = Path("/nowhere"),
    asked: frozenset[str] = frozenset(),
) -> Candidate:
    """The lab's model on the lab's rows, in so far as nothing else is said."""
    head = head or side()
    evaluated = rows() if table is None else table
    known = frame().set_index("row_id").loc[evaluated["row_id"]]
    sample = Sample(
        known["late"].to_numpy(dtype=float),
        numpy.linspace(0, 1, len(evaluated)),
        {"place": evaluated["place"].to_numpy(dtype=object)},
        (),
        "digest",
        {},
    )
    files = Files(
        file("models/toy.skops", good() if artifact is None else artifact),
        file("data/evaluation.parquet", parquet(evaluated)),
        file("data/labels.parquet", parquet(labels())),
    )
    model = head.definitions.get(Model, "toy").spec
    return Candidate(model, base or head, head, files, sample, Cache(cache), asked, partial(value_of, 0.5), TODAY)


def results(fields: str, about: Candidate) -> tuple[Judged, ...]:
    judging = side(policies__quality=policy(check(fields)))
    return judge_family(rules("toy", judging.definitions, judging.definitions)[0], about)


def outcome(fields: str, about: Candidate) -> tuple[str, str]:
    (judged,) = results(fields, about)
    return judged.result.outcome, judged.reason
