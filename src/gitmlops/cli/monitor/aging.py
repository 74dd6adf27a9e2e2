"""What is too old about a version that serves: the days that its verdict does not know."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitmlops.cli.monitor import history

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.monitor.alarm import Verdict
    from gitmlops.monitor.observing.observation import Observation
    from gitmlops.monitor.staleness import Expiry
    from gitmlops.report import Finding
    from gitmlops.specs.model import Model


def age(
    repository: "Repository",
    definitions: "Definitions",
    model: "Model",
    observation: "Observation",
    verdict: "Verdict",
    until: datetime,
) -> "Sequence[Finding]":
    """What is said of the version's staleness, nothing if the model does not ask for it."""
    from gitmlops.monitor.observing.log import moment
    from gitmlops.monitor.staleness import Standing, staleness

    rules = model.staleness
    if rules is None:
        return ()
    baseline = observation.baselines.get(verdict.version)
    known = history.last_known(repository, model.name) if rules.runs_every else None
    last_run = datetime.strptime(known.time, history.TIME).replace(tzinfo=UTC) if known else None
    expiries = tuple(_expiries(definitions, model, baseline.model_sha256 if baseline else ""))
    found = staleness(verdict, baseline, rules, Standing(until, last_run, expiries, moment(observation.newest)))
    return (*found, *_features(repository, definitions, model, until))


def _expiries(definitions: "Definitions", model: "Model", sha256: str) -> "Iterator[Expiry]":
    """What stands for the model file, a day long: waivers, and documents that policies let age."""
    from datetime import date

    from gitmlops.gate.rules.document_ages import ageing
    from gitmlops.monitor.staleness import Expiry
    from gitmlops.specs.waiver import Waiver

    for _, placed in sorted(definitions.all(Waiver).items()):
        if (placed.spec.model, placed.spec.model_sha256) == (model.name, sha256):
            until = date.fromisoformat(placed.spec.expires)
            yield Expiry(f"the waiver of {placed.spec.check}", until, placed.at("expires"))
    for one in ageing(model, sha256, definitions):
        if one.until:
            document = one.placed.spec
            yield Expiry(f"the {document.type} {document.name}", one.until, one.placed.at("date"))


def _features(
    repository: "Repository", definitions: "Definitions", model: "Model", until: datetime
) -> "Iterator[Finding]":
    """What is older than the views of the model's features allow; a note where their data are not here."""
    from gitmlops.errors import InputError
    from gitmlops.features.building import freshness
    from gitmlops.features.wiring.selection import resolve, stored
    from gitmlops.report import Finding, Severity
    from gitmlops.specs.feature import FeatureSet

    placed = definitions.all(FeatureSet).get(model.feature_set or "")
    chosen = stored(resolve(definitions, placed)[0]) if placed else ()
    views = {one.view.spec.id: one.view for one in chosen if one.view.spec.freshness}
    for name, view in views.items():
        try:
            found = freshness.of_view(repository.root, definitions, view, until)
        except InputError as error:
            where = view.at("freshness")
            yield Finding("staleness", Severity.NOTE, f"{name}: how fresh it is, is not known: {error}", where)
            continue
        for one in found:
            yield replace(one, rule="staleness", message=f"{name}: {one.message}")
