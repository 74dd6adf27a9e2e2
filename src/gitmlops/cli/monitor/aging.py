"""What is too old about a version that serves: the days that its verdict does not know."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitmlops.cli.monitor import history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.monitor.alarm import Verdict
    from gitmlops.monitor.observing.observation import Observation
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
    from datetime import date

    from gitmlops.monitor.staleness import Expiry, Standing, staleness
    from gitmlops.specs.waiver import Waiver

    rules = model.staleness
    if rules is None:
        return ()
    baseline = observation.baselines.get(verdict.version)
    known = history.last_known(repository, model.name) if rules.runs_every else None
    sha256 = baseline.model_sha256 if baseline else ""
    expiries = [
        Expiry(f"the waiver of {placed.spec.check}", date.fromisoformat(placed.spec.expires), placed.at("expires"))
        for _, placed in sorted(definitions.all(Waiver).items())
        if (placed.spec.model, placed.spec.model_sha256) == (model.name, sha256)
    ]
    last_run = datetime.strptime(known.time, history.TIME).replace(tzinfo=UTC) if known else None
    return staleness(verdict, baseline, rules, Standing(until, last_run, expiries))
