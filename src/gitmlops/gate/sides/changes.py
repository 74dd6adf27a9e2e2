"""What a branch changes of the rules that judge it: allowed, judged by both, and never silent."""

from collections.abc import Iterator, Mapping

from gitmlops.definitions import PROJECT_FILE, Definitions
from gitmlops.gate.rules.policy_diff import differences
from gitmlops.gate.sides.affected import removed
from gitmlops.gate.sides.base_and_head import POLICIES, TESTS, WAIVERS, Side
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.model import Model, TimeSplit
from gitmlops.specs.project import Project, Reviewers

_PLATFORM = (".github", ".dvc/config", ".gitmodules", PROJECT_FILE, "CODEOWNERS", "docs/CODEOWNERS")
_ATTRIBUTES = ".gitattributes"


def of_rules(base: Side, head: Side) -> tuple[Finding, ...]:
    """A warning for every policy file, setting of a model, role or stage that differs, naming who reviews it."""
    mend = f"{reviewers(base.definitions)} reviews it"
    return tuple(
        Finding("rules", Severity.WARNING, message, place, mend)
        for message, place in (
            *_policies(base, head),
            *((one.sentence, one.location) for one in differences(base.definitions, head.definitions)),
            *_models(base.definitions, head.definitions),
            *_project(base.definitions.project, head.definitions.project),
        )
    )


def of_platform(base: Side, head: Side) -> tuple[Finding, ...]:
    """A warning for every file that differs and decides which code runs, on which data, or who is asked for reviews."""
    before, after = _platform(base), _platform(head)
    role = base.definitions.project.reviewers.platform if base.definitions.project else Reviewers().platform
    message = "the branch changes what decides which code runs and who is asked"
    return tuple(
        Finding("platform", Severity.WARNING, message, Location(path), f"{_who(base.definitions, role)} reviews it")
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    )


def _platform(side: Side) -> Mapping[str, str]:
    """Path -> mode and SHA; links count, too."""
    nested = [path for path in side.tree.paths() if path.endswith(f"/{_ATTRIBUTES}")]
    held = (side.tree.held(path) for path in (*_PLATFORM, _ATTRIBUTES, *nested))
    return {path: what for part in held for path, what in part.items()}


def reviewers(definitions: Definitions) -> str:
    """Who answers for the rules, by the project file of the base."""
    return _who(definitions, definitions.project.reviewers.rules if definitions.project else Reviewers().rules)


def _who(definitions: Definitions, role: str) -> str:
    people = definitions.project.roles.get(role, []) if definitions.project else []
    return f"{role} ({', '.join(people)})" if people else role


def _policies(base: Side, head: Side) -> Iterator[tuple[str, Location]]:
    broken = {finding.location.path for finding in base.broken if finding.location}
    for path in sorted({*base.tree.paths(), *head.tree.paths()}):
        before, after = base.tree.digest(path), head.tree.digest(path)
        if path.startswith(POLICIES) and before != after:
            verb = "removed" if not after else "added" if not before else "changed"
            said = _of_broken(verb) if path in broken else _consequence(verb, path)
            yield f"the branch {said}", Location(path)


def broken_on_base(base: Side) -> tuple[Finding, ...]:
    """A warning for everything that is wrong with the rules of the base, which the head has mended or removed."""
    until = "no model passes until it is mended there"
    return tuple(
        Finding("gate/base", Severity.WARNING, f"broken on the base, {until}: {one.message}", one.location)
        for one in base.broken
    )


def _consequence(verb: str, path: str) -> str:
    if path.startswith(WAIVERS):
        word = {"removed": "removes", "added": "adds", "changed": "changes"}[verb]
        return f"{word} this waiver: those of the base count until it is merged"
    if path.startswith(TESTS):
        word = {"removed": "removes", "added": "adds", "changed": "changes"}[verb]
        return f"{word} cases that test a policy: they judge no model"
    return {
        "removed": "removes this policy: it still judges the branch",
        "added": "adds this policy: it judges the branch too, beside those of the base",
        "changed": "changes this policy: both versions judge the branch, the worse verdict counts",
    }[verb]


def _of_broken(verb: str) -> str:
    unknown = "which is broken on the base: what it asked there is unknown"
    return f"{'removes' if verb == 'removed' else 'changes'} this policy, {unknown}"


def _models(base: Definitions, head: Definitions) -> Iterator[tuple[str, Location]]:
    before, after = base.all(Model), head.all(Model)
    for name in sorted(before.keys() & after.keys()):
        old, new = _settings(before[name].spec), _settings(after[name].spec)
        for key in old:
            if old[key] != new[key]:
                message = f"the branch changes {key} of {name} from {old[key]} to {new[key]}: both judge the branch"
                yield message, after[name].at(*key.split("."))
    for name in removed(base, head):
        yield f"the branch removes the model {name}: nothing judges it", Location(before[name].path)


def _settings(model: Model) -> Mapping[str, str]:
    task, evaluation = model.task, model.evaluation
    return {
        "risk_tier": model.risk_tier,
        "tags": _listed(model.tags),
        "columns": _listed(model.columns),
        "protected": _listed(model.protected),
        "task.kind": task.kind,
        "task.label": task.label,
        "task.threshold": str(task.threshold),
        "task.classes": _listed(task.classes),
        "task.query": task.query or "none",
        "task.time": task.time or "none",
        "evaluation.data": evaluation.data,
        "evaluation.labels": evaluation.labels,
        "evaluation.id": evaluation.id,
        "evaluation.entity": evaluation.entity or "none",
        "evaluation.slices": _listed(evaluation.slices),
        "evaluation.evidence": evaluation.evidence,
        "evaluation.time_split": _split(evaluation.time_split),
    }


def _split(split: TimeSplit | None) -> str:
    return f"{split.time}, horizon {split.horizon}, embargo {split.embargo or 'none'}" if split else "none"


def _listed(words: list[str]) -> str:
    return ", ".join(words) or "none"


def _project(before: Project | None, after: Project | None) -> Iterator[tuple[str, Location]]:
    who = [(one.roles, one.people, one.signers, one.reviewers) for one in (before, after) if one]
    if before and after and who[0] != who[1]:
        yield "the branch changes the roles: those of the base count until it is merged", Location(PROJECT_FILE)
    if before and after and before.attesters != after.attesters:
        yield "the branch changes the attesters: those of the base count until it is merged", Location(PROJECT_FILE)
    if before and after and before.stages != after.stages:
        yield "the branch changes the stages: those of the base count until it is merged", Location(PROJECT_FILE)
