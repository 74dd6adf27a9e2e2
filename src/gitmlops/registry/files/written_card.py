"""A model card, read: Markdown as `package` writes it, or as people write it with the same tables."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.specs.model import Model

_ESCAPED = re.compile(r"\\(.)")
_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?")
_READS = "what it reads"
_FACTS: Mapping[str, str] = {
    "intended use": "intended_use",
    "not intended for": "not_intended_for",
    "owner": "owner",
    "risk tier": "risk_tier",
}
"""Fact of the card -> what the model's definition says of it."""


@dataclass(frozen=True)
class DeclaredValue:
    """A row of a table of metrics, as it is written; slice: `column=value`, empty for all rows."""

    metric: str
    value: str
    rows: str
    slice: str = ""

    @property
    def named(self) -> str:
        """`roc_auc at sex=F`, as sentences say it."""
        return f"{self.metric} at {self.slice}" if self.slice else self.metric


@dataclass(frozen=True)
class WrittenCard:
    """What a card says. facts: by their names in lower case; features: the list below `What it reads`."""

    facts: Mapping[str, str]
    values: tuple[DeclaredValue, ...]
    features: tuple[str, ...]


def read(text: str) -> WrittenCard:
    """The tables and the list of a card; what is in neither is for people alone."""
    facts: dict[str, str] = {}
    values: list[DeclaredValue] = []
    for header, rows in _tables(text.splitlines()):
        names = [name.lower() for name in header]
        if "metric" in names and "value" in names:
            values.extend(_value(dict(zip(names, row, strict=False))) for row in rows)
        elif len(header) == 2:
            facts.update((row[0].lower(), row[1]) for row in rows if len(row) == 2)
    return WrittenCard(facts, tuple(values), tuple(_features(text.splitlines())))


def missing(model: Model, written: WrittenCard) -> Iterator[str]:
    """What a card lacks, or says otherwise than the model's definition: facts, its data, metrics of each slice."""
    yield from (name for name, field in _FACTS.items() if written.facts.get(name) != _said(model, field))
    if not written.facts.get("learned from"):
        yield "learned from"
    if not any(not value.slice for value in written.values):
        yield "how it does"
    told = {value.slice.partition("=")[0] for value in written.values}
    yield from (f"how it does by {column}" for column in model.evaluation.slices if column not in told)


def _said(model: Model, field: str) -> str:
    return " ".join(str(getattr(model, field)).split())


def _value(cells: Mapping[str, str]) -> DeclaredValue:
    return DeclaredValue(*(cells.get(name, "") for name in ("metric", "value", "rows", "slice")))


def _tables(lines: Sequence[str]) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Each table's header and rows."""
    header: list[str] = []
    rows: list[list[str]] = []
    for line in (*lines, ""):
        cells = _cells(line)
        if not cells:
            if header:
                yield header, rows
            header, rows = [], []
        elif not header:
            header = cells
        elif not all(_RULE.fullmatch(cell) for cell in cells):
            rows.append(cells)


def _cells(line: str) -> list[str]:
    """The cells of a table's line, without Markdown's backslashes; none of another line."""
    line = line.strip()
    if not line.startswith("|"):
        return []
    return [_plain(cell) for cell in _CELLS.split(line.strip("|") if line.endswith("|") else line.lstrip("|"))]


def _features(lines: Sequence[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith("#"):
            inside = line.lstrip("# ").strip().lower() == _READS
        elif inside and line.startswith("- "):
            yield _plain(line[2:])


def _plain(text: str) -> str:
    return " ".join(_ESCAPED.sub(r"\1", text).split())
