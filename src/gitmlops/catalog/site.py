"""The whole site from what its repositories hold: their pages, the lists over all of them, what search finds."""

import json
from collections.abc import Iterator, Sequence

from gitmlops.catalog.holding import Holding
from gitmlops.catalog.page import Grid, Link, Page, Shown
from gitmlops.catalog.repository import COLUMNS
from gitmlops.plain_text import cut, visible

_KINDS = ("feature", "feature view", "feature set", "model", "version", "policy", "pipeline", "component")
_LONGEST = 160
SEARCH_INDEX = "assets/search-index.js"


def title(holdings: Sequence[Holding]) -> str:
    """What the catalogue is called: the project, or how many there are."""
    return holdings[0].title if len(holdings) == 1 else f"{len(holdings)} repositories"


def pages(holdings: Sequence[Holding]) -> Iterator[Page]:
    """Every page of the site."""
    yield _overview(holdings)
    for here, columns in COLUMNS.items():
        yield _list(here, columns, holdings)
    for one in holdings:
        yield from one.pages


def search_index(holdings: Sequence[Holding]) -> bytes:
    """What search finds, as a script: a page that lies on disk may not read another file in any other way."""
    entries = [
        [_KINDS.index(found.kind), visible(found.name), found.to, index, cut(visible(found.text), _LONGEST)]
        for index, one in enumerate(holdings)
        for found in one.found
    ]
    index = {"kinds": _KINDS, "repositories": [one.title for one in holdings], "entries": entries}
    return f"catalogIndex = {json.dumps(index, separators=(',', ':'))}\n".encode()


def _overview(holdings: Sequence[Holding]) -> Page:
    rows = tuple(_row(one) for one in holdings)
    return Page(
        path="index.html",
        title=title(holdings),
        here="overview",
        problems=tuple(f"{one.title}: {problem}" for one in holdings for problem in one.problems),
        sections=(Grid("Repositories", ("repository", "models", "made from"), rows),),
        made_from="; ".join(one.made_from for one in holdings[:1]),
    )


def _row(one: Holding) -> tuple[Shown, ...]:
    counts = sum(row.here == "models" for row in one.listed)
    return (Link(one.title, f"{one.name}/index.html"), counts, one.made_from)


def _list(here: str, columns: tuple[str, ...], holdings: Sequence[Holding]) -> Page:
    several = len(holdings) > 1
    rows = tuple(
        (Link(one.title, f"{one.name}/index.html"), *listed.row) if several else listed.row
        for one in holdings
        for listed in one.listed
        if listed.here == here
    )
    columns = ("repository", *columns) if several else columns
    grid = Grid("", columns, rows, note="" if rows else "There is none.")
    return Page(path=f"{here}.html", title=here.capitalize(), here=here, sections=(grid,))
