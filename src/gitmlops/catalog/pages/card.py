"""The card of a version, which the pipeline wrote beside the model file: its Markdown as sections, all of it text."""

import re
from collections.abc import Iterator, Sequence

from gitmlops.catalog.page import Grid, Prose, Section
from gitmlops.catalog.shelf import Shelf
from gitmlops.registry.tags.history import Version

_HEADING = re.compile(r"#{1,6}\s+(.*)")
_POINT = re.compile(r"\s*[-*]\s+(.*)")
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\s*\|?[\s:|-]+\|?\s*")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~&=-])")


def sections(shelf: Shelf, version: Version) -> Iterator[Section]:
    """The card as git has it in the version's commit; nothing where it has none."""
    text = shelf.cards.get((version.name, version.commit), b"")
    if text:
        yield from of_markdown(text.decode("utf-8", "replace"))


def of_markdown(text: str) -> Iterator[Section]:
    """Headings, paragraphs, lists and tables; whatever else Markdown knows is shown as it is written."""
    title, block = "Card", list[str]()
    for line in (*text.splitlines(), "# "):
        heading = _HEADING.fullmatch(line) if line != "# " else None
        if heading or line == "# ":
            yield from _blocks(title, block)
            title, block = f"Card: {_plain(heading[1])}" if heading else "", []
        else:
            block.append(line)


def _blocks(title: str, lines: Sequence[str]) -> Iterator[Section]:
    """What stands below a heading: runs of lines of one kind, the first of them under the title."""
    runs: list[tuple[str, list[str]]] = []
    for line in lines:
        kind = "table" if line.lstrip().startswith("|") else "point" if _POINT.fullmatch(line) else "text"
        if not line.strip():
            runs.append(("", []))
        elif runs and runs[-1][0] == kind:
            runs[-1][1].append(line)
        else:
            runs.append((kind, [line]))
    for kind, run in (one for one in _joined(runs) if one[1]):
        yield _section(title, kind, run)
        title = ""


def _joined(runs: Sequence[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Paragraphs that follow each other, as one run with a line each."""
    paragraphs: list[str] = []
    for kind, run in runs:
        if kind == "text":
            paragraphs.append(" ".join(run))
        elif kind:
            yield "text", paragraphs
            yield kind, run
            paragraphs = []
    yield "text", paragraphs


def _section(title: str, kind: str, run: Sequence[str]) -> Section:
    if kind == "table":
        rows = [_cells(line) for line in run if not _RULE.fullmatch(line)]
        width = max(map(len, rows), default=0)
        filled = [(*row, *[""] * (width - len(row))) for row in rows]
        return Grid(title, filled[0] if filled else (), tuple(filled[1:]))
    if kind == "point":
        return Prose(title, tuple(_plain(match[1]) for line in run if (match := _POINT.fullmatch(line))), listed=True)
    return Prose(title, tuple(map(_plain, run)))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(_plain(cell) for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|")))


def _plain(text: str) -> str:
    """Without what Markdown writes before a character that shall be one, and the emphasis of whole cells."""
    return _ESCAPED.sub(r"\1", text.strip().strip("*")).replace("<br>", " ")
