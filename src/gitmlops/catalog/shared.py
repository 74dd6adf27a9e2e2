"""Features that models of other repositories learn from: told on the page of the view that they are of."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from gitmlops.adapters.git.address import normalised
from gitmlops.catalog import addresses
from gitmlops.catalog.holding import Copy, Drawn, Holding
from gitmlops.catalog.page import Facts, Grid, Link, Page, Shown, dense
from gitmlops.catalog.shelf import Shelf
from gitmlops.specs.feature import FeatureView

_COLUMNS = ("repository", "feature", "set", "model", "release", "stage", "owner")


def drawn(shelf: Shelf) -> Iterator[Drawn]:
    """What this repository uses of those that it imports, each feature with everybody who learns from it."""
    sources = _sources(shelf)
    for use in shelf.users:
        for pin in sorted(use.pins):
            name, slash, theirs = pin.partition("/")
            if slash and name in sources:
                view, _, feature = theirs.partition(":")
                stages = ", ".join(use.release.stages) if use.release else ""
                users = (
                    shelf.link("feature set", use.feature_set),
                    shelf.link("model", use.model) if use.model else "",
                )
                row = (feature, *users, use.release.tag if use.release else "", stages, use.owner)
                yield Drawn(sources[name], view, row)


def copies(shelf: Shelf) -> Iterator[Copy]:
    """The views that were imported."""
    sources = _sources(shelf)
    for id_ in shelf.definitions.all(FeatureView):
        name, slash, theirs = id_.partition("/")
        if slash and name in sources:
            yield Copy(addresses.page(shelf.name, "feature view", id_), sources[name], theirs)


def originals(holdings: Sequence[Holding]) -> Mapping[str, Link]:
    """Page of a view that was imported -> the one that it has where it comes from, if that is in the catalogue."""
    places = {one.address: one for one in holdings if one.address}
    there = {page.path for one in holdings for page in one.pages}
    found = {}
    for copy in (copy for one in holdings for copy in one.copies if copy.address in places):
        home = places[copy.address]
        path = addresses.page(home.name, "feature view", copy.view)
        if path != copy.path and path in there:
            found[copy.path] = Link(f"{copy.view} of {home.title}", path)
    return found


def led(page: Page, original: Link) -> Page:
    """The page of an imported view, which leads to the one where it comes from before it says anything else."""
    imported = Facts("Imported", (("from", original),))
    return msgspec.structs.replace(page, sections=(imported, *page.sections))


def _sources(shelf: Shelf) -> Mapping[str, str]:
    """What the project calls the repositories that it imports from -> their addresses."""
    project = shelf.definitions.project
    return {one.name: normalised(one.git, here=Path.cwd()) for one in (project.imports if project else ())}


def of_all(holdings: Sequence[Holding]) -> Mapping[str, tuple[tuple[Shown, ...], ...]]:
    """Page of a view -> who of other repositories learns from its features."""
    places = {one.address: one.name for one in holdings if one.address}
    found: dict[str, list[tuple[Shown, ...]]] = {}
    for holding in holdings:
        for one in holding.drawn:
            if one.address in places and places[one.address] != holding.name:
                path = addresses.page(places[one.address], "feature view", one.view)
                found.setdefault(path, []).append((Link(holding.title, f"{holding.name}/index.html"), *one.row))
    return {path: tuple(rows) for path, rows in found.items()}


def told(page: Page, rows: tuple[tuple[Shown, ...], ...]) -> Page:
    """The page with these users at its end."""
    grid = dense(Grid("Used by other repositories", _COLUMNS, rows))
    return msgspec.structs.replace(page, sections=(*page.sections, grid))
