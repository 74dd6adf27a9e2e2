"""A page of the catalogue as a value: what it says, before anybody knows how it looks."""

from typing import Any

import msgspec

from gitmlops.catalog.plots.graph import Graph
from gitmlops.catalog.plots.histogram import Histogram, Levels
from gitmlops.catalog.plots.intervals import Intervals
from gitmlops.catalog.plots.stages import StageTimeline
from gitmlops.catalog.plots.windows import Windows
from gitmlops.report import Cell, Report, Table


class Link(msgspec.Struct, frozen=True, tag=True):
    """Words that lead somewhere. to: a path of the site, with `#anchor` or without; or an address of http or https."""

    text: str
    to: str


Shown = Cell | Link
"""What stands in a cell of a page."""


class Facts(msgspec.Struct, frozen=True, tag=True):
    """Names and what they are, in reading order."""

    title: str
    rows: tuple[tuple[str, Shown], ...]


class Grid(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Rows under named columns.

    anchors: the id of each row, where links lead to single rows; note: a line below; sortable: whether readers look for
    one row of many.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Shown, ...], ...]
    anchors: tuple[str, ...] = ()
    note: str = ""
    sortable: bool = False


class Cards(msgspec.Struct, frozen=True, tag=True):
    """A few things that a reader looks for first: what each is called, what it is, lines on it, a tone as of chips."""

    title: str
    rows: tuple[tuple[str, Shown, tuple[str, ...], str], ...]


class Prose(msgspec.Struct, frozen=True, tag=True):
    """Paragraphs; what stands between backticks is code. listed: whether each is a point of a list."""

    title: str
    lines: tuple[str, ...]
    listed: bool = False


class Commands(msgspec.Struct, frozen=True, tag=True):
    """What to type: for what, and the command."""

    title: str
    rows: tuple[tuple[str, str], ...]


class StagesAt(msgspec.Struct, frozen=True, tag=True):
    """What was in each deployment stage at any moment: data for the date picker.

    rows: those of the table, each once; moments: seconds since 1970 from which on the rows at these indexes held.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    moments: tuple[tuple[int, tuple[int, ...]], ...]


Plot = Windows | Intervals | Histogram | Levels | StageTimeline
Section = Facts | Grid | Cards | Prose | Commands | StagesAt | Graph | Plot


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One page. path: where it is in the site; crumbs: the lists that it is in, of which one is in the navigation.

    lead: what it is, in a sentence or two; chips: words that say how it stands, each with a tone (`pass`, `warning`,
    `error`, `note` or none); problems: what is wrong with what it shows; made_from: the commit that it tells of.
    """

    path: str
    title: str
    kind: str = ""
    crumbs: tuple[Link, ...] = ()
    lead: tuple[str, ...] = ()
    chips: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    made_from: str = ""


def grid(table: Table, **changed: Any) -> Grid:
    """A table of a report, as it is or with some parts changed."""
    return msgspec.structs.replace(Grid(table.title, table.columns, table.rows), **changed)


def dense(grid_: Grid) -> Grid:
    """The grid without columns that say nothing in any row."""
    kept = [at for at in range(len(grid_.columns)) if any(row[at] not in ("", None) for row in grid_.rows)]
    rows = tuple(tuple(row[at] for at in kept) for row in grid_.rows)
    return msgspec.structs.replace(grid_, columns=tuple(grid_.columns[at] for at in kept), rows=rows)


def facts(title: str, report: Report) -> Facts:
    """The facts of a report."""
    return Facts(title, tuple(report.facts))
