"""What a version promised of groups, the checks of its own commit, and what its log says of that."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions, Placed
    from gitmlops.gate.rules.policies import Rule
    from gitmlops.monitor.alarm import Verdict
    from gitmlops.monitor.fairness.judging import Held
    from gitmlops.monitor.fairness.promises import Promise
    from gitmlops.monitor.observing.observation import Observation
    from gitmlops.registry.tags.history import Version
    from gitmlops.specs.model import Model


def held(
    repository: "Repository",
    today: "Definitions",
    placed: "Placed[Model]",
    observation: "Observation",
    verdict: "Verdict",
    until: datetime,
) -> "Sequence[Held]":
    """What production says of each promise of the version that the verdict is about. today: whose waivers count."""
    from gitmlops.monitor.fairness.counting import count_groups
    from gitmlops.monitor.fairness.judging import judge_groups
    from gitmlops.registry.tags.history import read_artifact

    monitoring, versions = placed.spec.monitoring, read_artifact(repository, placed.spec.name).versions
    version = next((one for one in versions if one.version == verdict.version), None)
    if version is None or monitoring is None or observation.rows is None:
        return ()
    promised = _promises(repository, today, version, until)
    groups = count_groups(repository.root, monitoring, observation.rows, promised)
    return judge_groups(observation.units, verdict.version, promised, groups, verdict.rules)


def _promises(
    repository: "Repository", today: "Definitions", version: "Version", until: datetime
) -> "Sequence[Promise]":
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.gate.checks.sizes import least_rows
    from gitmlops.gate.rules.policies import rules
    from gitmlops.monitor.fairness.promises import Promise, is_watched
    from gitmlops.specs.model import Model

    then = load(CommitTree(repository, version.commit))
    if then.get(Model, version.name).spec.task.kind != "binary":
        return ()
    return [
        Promise(rule.name, rule.check, rule.decision, least_rows(rule), _waived(today, rule, version, until))
        for rule in rules(version.name, then, then)
        if is_watched(rule.check)
    ]


def _waived(today: "Definitions", rule: "Rule", version: "Version", until: datetime) -> str:
    """Until which day a waiver of the version's model file lets a miss pass; empty if none does."""
    from gitmlops.gate.rules.waiver_wiring import in_force

    if rule.check.enforcement != "soft-mandatory":
        return ""
    digest, day = version.trailers.one("Model"), until.date().isoformat()
    waiver = in_force(rule.name, version.name, digest, day, today)
    return waiver.expires if waiver else ""
