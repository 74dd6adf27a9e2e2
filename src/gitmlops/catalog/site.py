"""The whole site from what its repositories hold: their pages, the lists over all of them, what search finds."""

import json
from collections.abc import Iterator, Sequence
from datetime import date

from gitmlops.audit.inventory import COLUMNS
from gitmlops.catalog import shared
from gitmlops.catalog.holding import Holding
from gitmlops.catalog.listing import LISTS, List
from gitmlops.catalog.page import Cards, Grid, Link, Page, Prose, Section, Shown
from gitmlops.catalog.pages.component import library_pages
from gitmlops.plain_text import cut, visible

SEARCH_INDEX = "assets/search-index.js"
_KINDS = ("feature", "feature view", "feature set", "model", "version", "policy", "pipeline", "component")
_LONGEST = 160
_LIBRARY = "gitmlops"


def title(holdings: Sequence[Holding]) -> str:
    """What the catalogue is called: the project, or how many there are."""
    return holdings[0].title if len(holdings) == 1 else f"{len(holdings)} repositories"


def pages(holdings: Sequence[Holding], day: date) -> Iterator[Page]:
    """Every page of the site. day: the one by which days left were counted."""
    yield _overview(holdings)
    yield from (_list_page(here, holdings) for here in dict.fromkeys(one.here for one in LISTS))
    yield _inventory(holdings, day)
    yield from library_pages()
    others, originals = shared.of_all(holdings), shared.originals(holdings)
    for page in (page for one in holdings for page in one.pages):
        if page.path in originals:
            yield shared.led(page, originals[page.path])
        else:
            yield shared.told(page, others[page.path]) if page.path in others else page


def search_index(holdings: Sequence[Holding]) -> bytes:
    """What search finds, as a script: a page that lies on disk may not read another file in any other way.

    What was imported is found where it comes from.
    """
    originals = shared.originals(holdings)
    entries = [
        [_KINDS.index(found.kind), visible(found.name), found.to, index, cut(visible(found.text), _LONGEST)]
        for index, one in enumerate(holdings)
        for found in one.found
        if found.to.partition("#")[0] not in originals
    ]
    entries += [
        [_KINDS.index("component"), page.title, page.path, len(holdings), cut(" ".join(page.lead), _LONGEST)]
        for page in library_pages()
    ]
    repositories = [*(visible(one.title) for one in holdings), _LIBRARY]
    index = {"kinds": _KINDS, "repositories": repositories, "entries": entries}
    return f"catalogIndex = {json.dumps(index, separators=(',', ':'))}\n".encode()


def _overview(holdings: Sequence[Holding]) -> Page:
    counted = [(one, sum(row.of == one.of for held in holdings for row in held.listed)) for one in LISTS]
    cards = tuple((one.title, Link(str(number), f"{one.here}.html"), (), "") for one, number in counted if number)
    if running := sum(len(one.inventory) for one in holdings):
        cards += (("Inventory", Link(str(running), "inventory.html"), (), ""),)
    several = len(holdings) > 1
    rows = tuple(_row(one) for one in holdings)
    return Page(
        path="index.html",
        title=title(holdings),
        lead=("What there is, what runs where, and on what evidence.",),
        problems=tuple(_worst(one) for one in holdings if one.problems) if several else holdings[0].problems,
        sections=(
            Cards("", cards),
            Grid(
                "Repositories", ("repository", "models", "feature views", "made from", "problems"), rows, sortable=True
            ),
            *_production(holdings),
        ),
        made_from=holdings[0].made_from if not several else "",
    )


def _worst(one: Holding) -> str:
    """Of what is wrong with a repository the first, and how much more its page tells."""
    first, *more = one.problems
    return f"{one.title}: {first}" + (f" ({len(more)} more on its page)" if more else "")


def _row(one: Holding) -> tuple[Shown, ...]:
    models, views = (sum(row.of == of for row in one.listed) for of in ("models", "views"))
    return _repository(one), models, views, one.made_from, len(one.problems)


def _production(holdings: Sequence[Holding]) -> Iterator[Section]:
    """Of one repository, what runs where, at once; of several, the inventory tells."""
    if len(holdings) == 1 and holdings[0].inventory:
        chosen = [COLUMNS.index(name) for name in ("model", "stage", "version", "since", "approved by", "gate")]
        rows = tuple(tuple(row[at] for at in chosen) for row in holdings[0].inventory)
        yield Grid("What runs where", tuple(COLUMNS[at] for at in chosen), rows)


def _list_page(here: str, holdings: Sequence[Holding]) -> Page:
    sections = tuple(section for one in LISTS if one.here == here if (section := _list(one, holdings)))
    if here == "pipelines":
        rows = tuple((Link(page.title, page.path), " ".join(page.lead)) for page in library_pages())
        sections = (*sections, Grid("Components that come with gitmlops", ("component", "description"), rows))
    empty = (Prose("", ("There is none yet.",)),)
    return Page(path=f"{here}.html", title=here.capitalize(), sections=sections or empty)


def _list(list_: List, holdings: Sequence[Holding]) -> Grid | None:
    several = len(holdings) > 1
    rows = tuple(
        (_repository(one), *listed.row) if several else listed.row
        for one in holdings
        for listed in one.listed
        if listed.of == list_.of
    )
    columns = ("repository", *list_.columns) if several else list_.columns
    return Grid(list_.title, columns, rows, sortable=True) if rows else None


def _inventory(holdings: Sequence[Holding], day: date) -> Page:
    several = len(holdings) > 1
    rows = tuple((_repository(one), *row) if several else row for one in holdings for row in one.inventory)
    warnings = tuple(f"{one.title}: {line}" if several else line for one in holdings for line in one.warnings)
    columns = ("repository", *COLUMNS) if several else COLUMNS
    note = "" if rows else "No version was registered yet."
    return Page(
        path="inventory.html",
        title="Inventory of models",
        lead=(f"Every model by tier, with what is in which stage; days left as of {day}.",),
        sections=(
            Grid("Models", columns, rows, note=note, sortable=True),
            *((Prose("What somebody should look at", warnings, listed=True),) if warnings else ()),
        ),
        made_from="; ".join(one.made_from for one in holdings if one.made_from),
    )


def _repository(one: Holding) -> Link:
    return Link(one.title, f"{one.name}/index.html")
