"""A repository turned into pages, rows of lists and what search finds."""

from collections.abc import Iterator

from gitmlops.catalog.holding import Found, Holding, Listed
from gitmlops.catalog.page import Grid, Link, Page, Section
from gitmlops.catalog.pages import model, version
from gitmlops.catalog.shelf import Shelf
from gitmlops.specs.model import Model


def holding(shelf: Shelf) -> Holding:
    """Everything that the catalogue has of a repository."""
    problems = tuple(_problems(shelf))
    listed = tuple(_listed(shelf))
    pages = (_index(shelf, listed, problems), *_pages(shelf))
    return Holding(
        shelf.name,
        shelf.title,
        shelf.place.origin,
        shelf.made_from,
        pages,
        listed,
        tuple(_found(shelf)),
        problems=problems,
    )


def _problems(shelf: Shelf) -> Iterator[str]:
    if shelf.place.stale:
        yield shelf.place.stale
    for finding in shelf.definitions.findings:
        yield f"{finding.location}: {finding.message}; {finding.mend}"


def _pages(shelf: Shelf) -> Iterator[Page]:
    for name in shelf.models:
        yield model.page(shelf, name)
    for artifact in shelf.history.artifacts.values():
        yield from (version.page(shelf, artifact, one) for one in artifact.versions)


def _listed(shelf: Shelf) -> Iterator[Listed]:
    models = shelf.definitions.all(Model)
    for name in shelf.models:
        placed, artifact = models.get(name), shelf.history.artifacts.get(name)
        latest = artifact.latest if artifact else None
        stages = [(stage, artifact.in_stage(stage)) for stage in artifact.stages] if artifact else []
        placing = ", ".join(f"{one.version} in {stage}" for stage, one in stages if one)
        about = (placed.spec.risk_tier, placed.spec.owner, placed.spec.intended_use) if placed else ("unknown", "", "")
        row = (shelf.link("model", name), about[0], about[1], latest.version if latest else "", placing, about[2])
        yield Listed("models", row)


def _found(shelf: Shelf) -> Iterator[Found]:
    models = shelf.definitions.all(Model)
    for name in shelf.models:
        spec = models[name].spec if name in models else None
        text = " ".join((spec.intended_use, spec.owner, *spec.tags)) if spec else ""
        yield Found("model", name, shelf.to("model", name), text)


def _index(shelf: Shelf, listed: tuple[Listed, ...], problems: tuple[str, ...]) -> Page:
    return Page(
        path=f"{shelf.name}/index.html",
        title=shelf.title,
        kind="repository",
        here="overview",
        crumbs=(Link("Overview", "index.html"),),
        lead=(f"Read from {shelf.place.origin}.",) if shelf.place.origin else (),
        problems=problems,
        sections=tuple(_lists(listed)),
        made_from=shelf.made_from,
    )


COLUMNS = {"models": ("model", "tier", "owner", "latest", "in stages", "intended use")}
"""The columns of each of the site's lists, without the repository."""


def _lists(listed: tuple[Listed, ...]) -> Iterator[Section]:
    for here, columns in COLUMNS.items():
        if rows := tuple(one.row for one in listed if one.here == here):
            yield Grid(here.capitalize(), columns, rows)
