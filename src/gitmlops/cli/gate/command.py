"""gitmlops gate"""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.progress import progress
from gitmlops.cli.show import finish, say, show

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.features.versions.comparison import Comparison
    from gitmlops.gate.rules.required import Required
    from gitmlops.gate.sides.affected import Affected
    from gitmlops.gate.sides.base_and_head import Side
    from gitmlops.gate.verdict.judgement import Judgement
    from gitmlops.records.receipt import Receipt
    from gitmlops.registry.history import History
    from gitmlops.report import Finding, Report


@click.command()
@click.option("--base", default="", help="Branch whose policies judge.  [default: the default branch]")
@click.option("--head", default="HEAD", show_default=True, help="Commit that is judged.")
@options.required_policies("Judge by the policies of another repository, too.")
@click.option("--model", "models", multiple=True, help="Judge this model too, even if nothing of it changed.")
@options.format
@options.output
@click.option("--without-approvals", is_flag=True, help="Judge all else; no release rests on the receipt.")
@click.option("--receipt", "receipt_file", type=click.Path(dir_okay=False), help="Write the receipt to a file, too.")
@click.option("--counted", is_flag=True, help="Count this look at the evaluation set: for the workflow on main alone.")
@click.option("--sign", is_flag=True, help="Sign the receipt with an SSH key.")
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with.  [default: git's user.signingKey]")
@options.dry_run
def gate(
    base: str,
    head: str,
    required_policies: str | None,
    models: tuple[str, ...],
    format_: str,
    output: str | None,
    without_approvals: bool,
    receipt_file: str | None,
    counted: bool,
    sign: bool,
    key: Path | None,
    dry_run: bool,
) -> None:
    """Judge the models that a branch changes, by the policies of its base.

    Reads commits, never the work tree. The receipt is kept as a note on the tree that was judged. Approvals that
    policies ask for are reviews of the pull request on GitHub, signed notes elsewhere; who is missing refuses.

    Required policies judge every model in their scope beside those of the base, which cannot replace, loosen or waive
    them; where they cannot be fetched, nothing is decided.
    """
    repository = workspace.repository()
    required = required_from(required_policies)
    _fetch_looks(repository, counted=counted)
    with progress("judging"):
        branch = base or repository.default_branch()
        report, receipt = judge(
            repository, base=branch, head=head, models=models, approvals=not without_approvals, required=required
        )
    show(report, format_, output)
    if counted and not dry_run:
        count(repository, receipt)
    if not dry_run:
        _keep(repository, receipt, receipt_file, signing_key(repository, key) if sign or key else None)
    finish(report)


def required_from(address: str | None) -> "Required | None":
    """The policies at `GIT_URL@REF`, fetched. Raises UsageError, ToolError, InputError."""
    if address is None:
        return None
    from gitmlops.gate.sides import required_policies

    asked = required_policies.address(address)
    with progress(f"fetching the policies of {asked.url}"):
        return required_policies.fetch(asked)


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
    from gitmlops.registry import history
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
    from gitmlops.cli.releases import releases
    from gitmlops.features.versions import impact, refusals

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
    from gitmlops.registry.production import anchor_version, production_version, since_adoption

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


def workflow_run() -> str:
    """The address of the GitHub run that this is part of, empty elsewhere."""
    parts = [os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def _fetch_looks(repository: "Repository", *, counted: bool) -> None:
    """A verdict that counts must know of every look before it; another one in a workflow tells what it will be."""
    from gitmlops.adapters.git import notes
    from gitmlops.errors import ToolError

    if not repository.has_remote(workspace.REMOTE) or not (counted or workflow_run()):
        return
    try:
        notes.fetch(repository, notes.LOOKS, workspace.REMOTE)
    except ToolError as error:
        if counted:
            raise
        say(f"looks at evaluation sets are not known here: {error.what}")


def count(repository: "Repository", receipt: "Receipt") -> None:
    """Count the looks that a receipt tells of, and say so."""
    from gitmlops.gate.evidence import looks

    for one in looks.count(repository, receipt, time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"):
        say(f"look {one.attempt} of {one.model} at its evaluation set counted")


def signing_key(repository: "Repository", key: Path | None) -> Path:
    """The SSH key that is named, else the one that git signs with here. Raises InputError if there is none."""
    from gitmlops.adapters import signatures

    return key or signatures.configured_key(repository)


def _keep(repository: "Repository", receipt: "Receipt", path: str | None, key: Path | None) -> None:
    from gitmlops.adapters.files import write_atomic
    from gitmlops.registry import receipt_notes

    line = receipt_notes.written(receipt)
    line = receipt_notes.signed(line, key=key) if key else line
    if path:
        write_atomic(Path(path), line)
        say(f"receipt written to {path}")
    if keep(repository, receipt, line):
        say(f"{'signed receipt' if key else 'receipt'} kept as a note on tree {receipt.tree[:12]}")


def keep(repository: "Repository", receipt: "Receipt", line: bytes) -> bool:
    """Keep the line of a receipt as a note on its tree; whether it was kept.

    No release could rest on one without a model, or on one that passed without those whom the rules ask for.
    """
    from gitmlops.registry import receipt_notes

    uncounted = receipt.verdict == "passed" and any(map(receipt.unapproved, receipt.subjects))
    if not receipt.subjects or uncounted:
        return False
    receipt_notes.keep(repository, receipt.tree, line)
    return True
