"""The pages of components: the contract of a reusable step, of a repository or of the library that comes with us."""

import re
from collections.abc import Iterator

from gitmlops.catalog import addresses
from gitmlops.catalog.page import Facts, Grid, Link, Page, Section, grid
from gitmlops.catalog.shelf import Shelf
from gitmlops.pipelines.contracts.library import Contract, library
from gitmlops.pipelines.showing.contract import behaviour, tables
from gitmlops.specs.pipeline import Pipeline

LIBRARY = "library"
"""The folder of the pages of the library's components."""
_OF_LIBRARY = re.compile(r"gitmlops/([^@/]+)@[^@/]+")
_LOCAL = re.compile(r"\./components/([^/]+)")


def page(shelf: Shelf, contract: Contract) -> Page:
    """A component of a repository, and the steps that use it."""
    pipelines = shelf.definitions.all(Pipeline)
    rows = tuple(
        (shelf.link("pipeline", name), step)
        for name, placed in sorted(pipelines.items())
        for step, one in placed.spec.steps.items()
        if one.uses == contract.uses
    )
    used = Grid("Used by", ("pipeline", "step"), rows, note="" if rows else "No step uses it.")
    crumbs = shelf.crumbs(Link("Pipelines", "pipelines.html"))
    return _page(contract, shelf.name, crumbs, (*_contract(contract), used), shelf.made_from)


def library_pages() -> Iterator[Page]:
    """The components that come with gitmlops."""
    crumbs = (Link("Pipelines", "pipelines.html"),)
    for contract in library():
        yield _page(contract, LIBRARY, crumbs, tuple(_contract(contract)), "")


def address(shelf: Shelf, uses: str) -> str:
    """The page of what a step uses; empty for a command, or a component that has no page."""
    if match := _OF_LIBRARY.fullmatch(uses):
        known = {one.spec.name for one in library()}
        return addresses.page(LIBRARY, "component", match[1]) if match[1] in known else ""
    local = _LOCAL.fullmatch(uses)
    return shelf.to("component", local[1]) if local else ""


def _page(
    contract: Contract, folder: str, crumbs: tuple[Link, ...], sections: tuple[Section, ...], made_from: str
) -> Page:
    spec = contract.spec
    return Page(
        path=addresses.page(folder, "component", spec.name),
        title=spec.name,
        kind="component",
        crumbs=crumbs,
        lead=(spec.description,),
        chips=((contract.uses, ""), (f"owner {spec.owner}", "")),
        sections=sections,
        made_from=made_from,
    )


def _contract(contract: Contract) -> Iterator[Section]:
    yield Facts("How it behaves", (("entry", contract.spec.entry), *behaviour(contract.spec)))
    yield from (grid(table) for table in tables(contract.spec) if table.rows)
