"""What a repository adds to the lists of the whole site, to its inventory and to what search finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from gitmlops.audit import inventory
from gitmlops.catalog import addresses
from gitmlops.catalog.holding import Found, Listed
from gitmlops.catalog.page import Shown
from gitmlops.catalog.pages.model import version_link
from gitmlops.catalog.shelf import Shelf
from gitmlops.features.versions.impact import touched
from gitmlops.pipelines.contracts.library import local
from gitmlops.specs.feature import FeatureSet, FeatureView, OnDemand
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline
from gitmlops.specs.policy import Policy


@dataclass(frozen=True)
class List:
    """A list over all repositories. of: what is in it; here: the page that it is on, as the navigation calls it."""

    of: str
    here: str
    title: str
    columns: tuple[str, ...]


LISTS = (
    List("models", "models", "Models", ("model", "tier", "owner", "latest", "in stages", "intended use")),
    List("views", "features", "Feature views", ("view", "status", "owner", "features", "models", "description")),
    List("sets", "features", "Feature sets", ("set", "owner", "features", "models", "description")),
    List("policies", "policies", "Policies", ("policy", "version", "source", "checks", "owner", "title")),
    List("pipelines", "pipelines", "Pipelines", ("pipeline", "steps", "models", "description")),
    List("components", "pipelines", "Components", ("component", "owner", "description")),
)
"""Every list, in the order in which a page of a repository has them."""


def rows(shelf: Shelf) -> Iterator[Listed]:
    """The rows of every list."""
    yield from (Listed("models", row) for row in _models(shelf))
    yield from (Listed("views", row) for row in (*_views(shelf), *_on_demand(shelf)))
    yield from (Listed("sets", row) for row in _sets(shelf))
    yield from (Listed("policies", row) for row in _policies(shelf))
    yield from (Listed("pipelines", row) for row in _pipelines(shelf))
    for one in local(shelf.definitions):
        yield Listed("components", (shelf.link("component", one.spec.name), one.spec.owner, one.spec.description))


def inventory_of(shelf: Shelf) -> tuple[tuple[tuple[Shown, ...], ...], tuple[str, ...]]:
    """The rows of the inventory as of the shelf's day, and what somebody should look at in them."""
    end = int(datetime.combine(shelf.day, time(23, 59, 59), UTC).timestamp())
    report = inventory.report(shelf.history, shelf.definitions, shelf.then, at=None, now=end, doubts=shelf.doubts)
    found = tuple(_linked(shelf, row) for table in report.tables for row in table.rows)
    return found, tuple(finding.message for finding in report.findings)


def _linked(shelf: Shelf, row: tuple[Shown, ...]) -> tuple[Shown, ...]:
    """A row of the inventory, in which model and version lead to their pages, which say at what time it was, too."""
    model, version = str(row[inventory.COLUMNS.index("model")]), str(row[inventory.COLUMNS.index("version")])
    artifact = shelf.history.artifacts[model]
    to = {
        "model": shelf.link("model", model),
        "version": version_link(shelf, artifact, version.partition(" ")[0], version),
        "since": str(row[inventory.COLUMNS.index("since")]).partition("T")[0],
    }
    return tuple(to.get(column, cell) for column, cell in zip(inventory.COLUMNS, row, strict=True))


def found(shelf: Shelf) -> Iterator[Found]:
    """Everything that search finds here; of versions none, as they would bury their models."""
    known = shelf.definitions
    for name in shelf.models:
        model = known.all(Model).get(name)
        said = (model.spec.intended_use, model.spec.owner, *model.spec.tags) if model else ()
        yield Found("model", name, shelf.to("model", name), " ".join(said))
    for id_, view in known.all(FeatureView).items():
        to, tags = shelf.to("feature view", id_), view.spec.tags
        yield Found("feature view", id_, to, " ".join((view.spec.description, view.spec.owner, *tags)))
        for one in view.spec.features:
            said = (one.description, one.unit, id_, view.spec.owner, *tags)
            yield Found("feature", one.name, f"{to}#{addresses.anchor(one.name)}", " ".join(filter(None, said)))
    for id_, computed in known.all(OnDemand).items():
        said = (computed.spec.description, computed.spec.owner, *computed.spec.tags)
        yield Found("feature", id_, shelf.to("on-demand feature", id_), " ".join(said))
    for name, set_ in known.all(FeatureSet).items():
        yield Found("feature set", name, shelf.to("feature set", name), f"{set_.spec.description} {set_.spec.owner}")
    for id_, policy in known.all(Policy).items():
        source = policy.spec.source.citation if policy.spec.source else ""
        said = (policy.spec.title, policy.spec.owner, source)
        yield Found("policy", id_, shelf.to("policy", id_), " ".join(filter(None, said)))
    for name, pipeline in known.all(Pipeline).items():
        yield Found("pipeline", name, shelf.to("pipeline", name), pipeline.spec.description)
    for contract in local(known):
        to = shelf.to("component", contract.spec.name)
        yield Found("component", contract.spec.name, to, f"{contract.spec.description} {contract.spec.owner}")


def _models(shelf: Shelf) -> Iterator[tuple[Shown, ...]]:
    models = shelf.definitions.all(Model)
    for name in shelf.models:
        placed, artifact = models.get(name), shelf.history.artifacts.get(name)
        latest = artifact.latest if artifact else None
        stages = [(stage, artifact.in_stage(stage)) for stage in artifact.stages] if artifact else []
        placing = ", ".join(f"{one.version} in {stage}" for stage, one in stages if one)
        tier, owner, use = (
            (placed.spec.risk_tier, placed.spec.owner, placed.spec.intended_use) if placed else ("unknown", "", "")
        )
        yield shelf.link("model", name), tier, owner, latest.version if latest else "", placing, use


def _views(shelf: Shelf) -> Iterator[tuple[Shown, ...]]:
    for id_, placed in shelf.definitions.all(FeatureView).items():
        spec, pins = placed.spec, [f"{id_}:{feature.name}" for feature in placed.spec.features]
        models = {use.model for pin in pins for use in touched(pin, shelf.users) if use.model}
        names = ", ".join(feature.name for feature in spec.features)
        yield shelf.link("feature view", id_), spec.status, spec.owner, names, len(models), spec.description


def _on_demand(shelf: Shelf) -> Iterator[tuple[Shown, ...]]:
    for id_, placed in shelf.definitions.all(OnDemand).items():
        spec, models = placed.spec, {use.model for use in touched(id_, shelf.users) if use.model}
        yield shelf.link("on-demand feature", id_), spec.status, spec.owner, id_, len(models), spec.description


def _sets(shelf: Shelf) -> Iterator[tuple[Shown, ...]]:
    for name, placed in shelf.definitions.all(FeatureSet).items():
        spec = placed.spec
        models = sum(one.spec.feature_set == name for one in shelf.definitions.all(Model).values())
        yield shelf.link("feature set", name), spec.owner, len(spec.features), models, spec.description


def _policies(shelf: Shelf) -> Iterator[tuple[Shown, ...]]:
    for id_, placed in shelf.definitions.all(Policy).items():
        spec = placed.spec
        source = spec.source.citation if spec.source else ""
        yield shelf.link("policy", id_), spec.version, source, len(spec.checks), spec.owner, spec.title


def _pipelines(shelf: Shelf) -> Iterator[tuple[Shown, ...]]:
    for name, placed in shelf.definitions.all(Pipeline).items():
        models = ", ".join(key for key, one in shelf.definitions.all(Model).items() if one.spec.pipeline == name)
        yield shelf.link("pipeline", name), len(placed.spec.steps), models, placed.spec.description
