"""A repository turned into pages, rows of lists and what search finds."""

from collections.abc import Iterator

from gitmlops.catalog import listing, problems, shared
from gitmlops.catalog.holding import Holding, Listed
from gitmlops.catalog.page import Grid, Page, Prose, Section
from gitmlops.catalog.pages import component, feature, feature_set, model, pipeline, policy, version
from gitmlops.catalog.shelf import Shelf
from gitmlops.pipelines.contracts.library import local
from gitmlops.specs.feature import FeatureSet, FeatureView, OnDemand
from gitmlops.specs.pipeline import Pipeline
from gitmlops.specs.policy import Policy


def holding(shelf: Shelf) -> Holding:
    """Everything that the catalogue has of a repository."""
    pages, found = tuple(_pages(shelf)), problems.find(shelf)
    wrong = (*found, *problems.of_pages(pages, found))
    listed = tuple(listing.rows(shelf))
    inventory, warnings = listing.inventory_of(shelf)
    return Holding(
        name=shelf.name,
        title=shelf.title,
        origin=shelf.place.origin,
        made_from=shelf.made_from,
        pages=(_index(shelf, listed, wrong), *pages),
        listed=listed,
        found=tuple(listing.found(shelf)),
        address=shelf.place.address,
        drawn=tuple(shared.drawn(shelf)),
        copies=tuple(shared.copies(shelf)),
        inventory=inventory,
        warnings=warnings,
        problems=wrong,
    )


def _pages(shelf: Shelf) -> Iterator[Page]:
    definitions = shelf.definitions
    yield from (model.page(shelf, name) for name in shelf.models)
    for artifact in shelf.history.artifacts.values():
        yield from (version.page(shelf, artifact, one) for one in artifact.versions)
    yield from (feature.of_view(shelf, one) for one in definitions.all(FeatureView).values())
    yield from (feature.of_on_demand(shelf, one) for one in definitions.all(OnDemand).values())
    yield from (feature_set.page(shelf, one) for one in definitions.all(FeatureSet).values())
    yield from (policy.page(shelf, one) for one in definitions.all(Policy).values())
    yield from (pipeline.page(shelf, one) for one in definitions.all(Pipeline).values())
    yield from (component.page(shelf, one) for one in local(definitions))


def _index(shelf: Shelf, listed: tuple[Listed, ...], wrong: tuple[str, ...]) -> Page:
    return Page(
        path=f"{shelf.name}/index.html",
        title=shelf.title,
        kind="repository",
        lead=(f"Read from {shelf.place.origin}.",) if shelf.place.origin else (),
        problems=wrong,
        sections=tuple(_lists(listed)),
        made_from=shelf.made_from,
    )


def _lists(listed: tuple[Listed, ...]) -> Iterator[Section]:
    if not listed:
        yield Prose("", ("Nothing is defined here yet.",))
    for list_ in listing.LISTS:
        if rows := tuple(one.row for one in listed if one.of == list_.of):
            yield Grid(list_.title, list_.columns, rows, sortable=True)
