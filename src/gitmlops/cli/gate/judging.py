"""A head judged by the rules of a base: every model that differs, the changes of rules, and the receipt of it all."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from gitmlops.cli import workspace
from gitmlops.cli.forge import workflow_run

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.features.versions.comparison import Comparison
    from gitmlops.gate.rules.required import Required
    from gitmlops.gate.sides.affected import Affected
    from gitmlops.gate.sides.base_and_head import Side
    from gitmlops.gate.verdict.judgement import Judgement
    from gitmlops.records.receipt import Receipt
    from gitmlops.registry.tags.history import History
    from gitmlops.report import Finding, Report


def judge(
    repository: "Repository",
    *,
    base: str,
    head: str,
    models: Sequence[str] = (),
    approvals: bool = True,
    required: "Required | None" = None,
) -> tuple["Report", "Receipt"]:
    """The verdict on a head by the rules of a base, for the models that differ and those that are named.

    approvals: whether those who must approve are counted; if not, whom the rules ask for is told, and refuses nothing;
    required: policies from elsewhere that judge, too.
    """
    from gitmlops.cli.gate import approvals as gate_approvals
    from gitmlops.gate.sides.base_and_head import base_side, base_tip, head_side
    from gitmlops.gate.sides.changes import reviewers
    from gitmlops.gate.verdict import answer
    from gitmlops.specs.model import Model

    tip, commit = base_tip(repository, base), repository.resolve(head)
    before, after = base_side(repository, tip), head_side(repository, commit)
    project = before.definitions.project or after.definitions.project
    uri = workspace.uri(repository, project.project if project else "")
    question = answer.Question(uri, base, tip, commit, repository.tree(commit), required)
    for name in models:
        after.definitions.get(Model, name)
    now = datetime.now(UTC)
    if repository.is_ancestor(tip, commit):
        touched, judgements, about = _judge_sides(repository, before, after, models, now.date(), required)
        about = (*about, *_fallen(before, judgements, required, now))
        paths = {model.name: model.paths for model in touched}
        asking = gate_approvals.Asking(repository, base, before, after, paths, int(now.timestamp()), required)
        judgements = gate_approvals.of_models(asking, judgements, count=approvals)
        change = gate_approvals.of_change(asking, about, count=approvals)
        about = (*about, *gate_approvals.unasked(asking, judgements, about))
    else:
        judgements, about, change = (), (_stale(base),), None
    kept = answer.receipt(question, judgements, about, change, run=workflow_run(), time=f"{now:%Y-%m-%dT%H:%M:%SZ}")
    questions = _questions((before, after), judgements, required)
    reviewer = reviewers(before.definitions)
    return answer.report(question, judgements, about, change, reviewer=reviewer, undecided=questions), kept


def _judge_sides(
    repository: "Repository",
    base: "Side",
    head: "Side",
    named: Sequence[str],
    today: date,
    required: "Required | None",
) -> tuple[tuple["Affected", ...], tuple["Judgement", ...], tuple["Finding", ...]]:
    """The models that differ, the judgement of each and of those that are named, and what is of no single model."""
    from gitmlops.cli.feature import definitions
    from gitmlops.features.versions.comparison import compare
    from gitmlops.gate.evidence import confined
    from gitmlops.gate.rules import wiring
    from gitmlops.gate.sides import affected, changes, releases
    from gitmlops.registry.tags import history
    from gitmlops.report import raise_errors

    about_features = definitions.findings(repository, head.definitions, head.tree, lambda _: True)
    raise_errors((*about_features, *wiring.check(head.definitions)))
    touched = affected.affected(base, head)
    names = sorted({*named, *(model.name for model in touched)})
    if names:
        confined.warm()  # it imports what scores models while we go on
    compared = compare(base.definitions, base.tree, head.definitions, head.tree)
    about = (
        *changes.broken_on_base(base),
        *changes.of_rules(base, head),
        *changes.of_platform(base, head),
        *_of_cases(base, head),
        *_reasons(touched),
    )
    if not names and not any(change.alters for change in compared.changed):
        return touched, (), about
    tags = history.read(repository)
    unseen = releases.unseen(tags, is_shallow=repository.is_shallow(), has_remote=repository.has_remote())
    about = (*unseen, *_of_features(repository, compared, tags), *about)
    return touched, _judge_models(repository, base, head, names, tags, today, required) if names else (), about


def _of_cases(base: "Side", head: "Side") -> tuple["Finding", ...]:
    """Cases of changed policies, judged; what judges them is only loaded where there are any."""
    from gitmlops.specs.policy_test import PolicyTest

    if not any(side.definitions.all(PolicyTest) for side in (base, head)):
        return ()
    from gitmlops.gate.policy_tests.of_change import of_change

    return of_change(base, head)


def _of_features(repository: "Repository", compared: "Comparison", tags: "History") -> tuple["Finding", ...]:
    """An error for each view that changes under the same version, naming the models and owners who pin it."""
    from gitmlops.features.versions import impact, refusals
    from gitmlops.gate.sides.released import releases

    live, silent = impact.uses_of_releases(repository, releases(tags, live=True))
    return (*refusals.find(compared, live), *refusals.unknown(compared, silent))


def _judge_models(
    repository: "Repository",
    base: "Side",
    head: "Side",
    names: Sequence[str],
    tags: "History",
    today: date,
    required: "Required | None",
) -> tuple["Judgement", ...]:
    from gitmlops.adapters.dvc import cache
    from gitmlops.gate.verdict.judging import begin, judge_in_turn
    from gitmlops.registry.tags.production import anchor_version, production_version, since_adoption

    kept, counts = cache.of(repository), since_adoption(repository)
    stages = base.definitions.project.stages if base.definitions.project else ()
    begun = (
        begin(
            name,
            base,
            head,
            production=production_version(tags, stages, name, counts),
            anchor=anchor_version(tags, name, counts),
            cache=kept,
            today=today,
            required=required,
        )
        for name in names
    )
    return tuple(judge_in_turn(begun))


def _fallen(
    base: "Side", judgements: Sequence["Judgement"], required: "Required | None", now: datetime
) -> tuple["Finding", ...]:
    from gitmlops.gate.rules import standing
    from gitmlops.gate.rules.required import own_names, without_place

    names, today = _judged_by(judgements), now.date().isoformat()
    elsewhere = standing.fallen(required.definitions, own_names(names), today) if required else ()
    return (*standing.fallen(base.definitions, names, today), *without_place(elsewhere))


def _questions(
    sides: Sequence["Side"], judgements: Sequence["Judgement"], required: "Required | None"
) -> tuple[tuple[str, str], ...]:
    """What the policies that judged leave to people, each once."""
    from gitmlops.gate.rules.required import PREFIX, own_names
    from gitmlops.gate.rules.undecided import undecided

    names = _judged_by(judgements)
    elsewhere = undecided(required.definitions, own_names(names)) if required else ()
    own = (one for side in sides for one in undecided(side.definitions, names))
    return tuple(dict.fromkeys((*own, *((f"{PREFIX}{name}", question) for name, question in elsewhere))))


def _judged_by(judgements: Sequence["Judgement"]) -> list[str]:
    return sorted({results[0].rule.policy for one in judgements for results in one.results})


def _reasons(touched: Sequence["Affected"]) -> tuple["Finding", ...]:
    from gitmlops.report import Finding, Severity

    if not touched:
        message = (
            "no model differs from the base: neither definition, pipeline, components, features, data nor artifact"
        )
        return (Finding("gate/affected", Severity.PASS, message),)
    return tuple(
        Finding("gate/affected", Severity.NOTE, f"{model.name} differs from the base in {_listed(model.paths)}")
        for model in touched
    )


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(paths[:4]) + (f" and {len(paths) - 4} more" if len(paths) > 4 else "")


def _stale(base: str) -> "Finding":
    from gitmlops.report import Finding, Severity

    message = f"the head does not contain the tip of {base}: what was tested would not be what is merged"
    return Finding("gate/stale", Severity.ERROR, message, mend=f"merge {base} into the branch")
