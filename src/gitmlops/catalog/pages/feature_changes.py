"""Which versions of a view there are, and what became of its features from each to the next."""

from collections.abc import Iterator, Mapping

from gitmlops.catalog.page import Grid, Shown
from gitmlops.catalog.shelf import Shelf
from gitmlops.features.versions import changes
from gitmlops.features.versions.hashes import Described
from gitmlops.specs.feature import FeatureView


def sections(shelf: Shelf, view: FeatureView) -> Iterator[Grid]:
    """Every version of the view by its number; against the one before, each feature that differs and how."""
    known = shelf.definitions.all(FeatureView).values()
    versions = sorted((one.spec for one in known if one.spec.name == view.name), key=lambda one: one.version)
    if len(versions) > 1:
        rows = tuple(
            (shelf.link("feature view", one.id), one.status, one.owner, one.replaced_by or "") for one in versions
        )
        yield Grid("Versions", ("version", "status", "owner", "replaced by"), rows)
    before = [one for one in versions if one.version < view.version]
    if before:
        changed = changes.between(_of(shelf, before[-1], view), _of(shelf, view, view))
        found: tuple[tuple[Shown, ...], ...] = tuple(
            (one.pin.partition(":")[2], one.change.value, "; ".join(one.details)) for one in changed
        )
        yield Grid(
            f"Since {before[-1].id}", ("feature", "class", "what changed"), found, note="" if found else "Nothing."
        )


def _of(shelf: Shelf, view: FeatureView, as_: FeatureView) -> Mapping[str, Described]:
    """The features of a view, as if they were another version's: what is compared is what they are."""
    return {
        f"{as_.id}:{one.feature.name}": one
        for one in shelf.described.values()
        if one.feature is not None and one.placed.spec.id == view.id
    }
