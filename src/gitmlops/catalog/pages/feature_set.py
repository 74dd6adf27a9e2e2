"""The page of a feature set: what a model learns from, pinned."""

from gitmlops.catalog import addresses
from gitmlops.catalog.page import Facts, Grid, Link, Page, Shown
from gitmlops.catalog.pages.feature import feature_link
from gitmlops.catalog.shelf import Shelf
from gitmlops.definitions import Placed
from gitmlops.specs.feature import FeatureSet, FeatureView
from gitmlops.specs.model import Model


def page(shelf: Shelf, placed: Placed[FeatureSet]) -> Page:
    """The features of a set, each with what it is, and the models that learn from it."""
    spec = placed.spec
    models = [name for name, one in sorted(shelf.definitions.all(Model).items()) if one.spec.feature_set == spec.name]
    features = tuple(_row(shelf, pin) for pin in spec.features)
    return Page(
        path=addresses.page(shelf.name, "feature set", spec.name),
        title=spec.name,
        kind="feature set",
        crumbs=shelf.crumbs(Link("Features", "features.html")),
        lead=(spec.description,),
        chips=((f"owner {spec.owner}", ""),),
        sections=(
            Grid("Features", ("feature", "type", "unit", "description"), features),
            Grid(
                "Models that learn from it",
                ("model",),
                tuple((shelf.link("model", name),) for name in models),
                note="" if models else "None.",
            ),
            Facts("Definition", (("defined in", placed.path),)),
        ),
        made_from=shelf.made_from,
    )


def _row(shelf: Shelf, pin: str) -> tuple[Shown, ...]:
    view, _, name = pin.partition(":")
    placed = shelf.definitions.all(FeatureView).get(view)
    found = [one for one in placed.spec.features if one.name == name] if placed else []
    about = (found[0].dtype, found[0].unit, found[0].description) if found else ("", "", "")
    return (feature_link(shelf, pin), *about)
