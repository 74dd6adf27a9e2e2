"""gitmlops retrain"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, rollback_review, workspace
from gitmlops.cli.monitor import horizon, judge, until_option
from gitmlops.cli.monitored import watched
from gitmlops.cli.progress import progress
from gitmlops.cli.show import finish, print_text, say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.monitor.retraining_plan import Plan
    from gitmlops.records.baseline import Baseline
    from gitmlops.report import Report
    from gitmlops.specs.model import Model

REMOTE = "origin"


@click.command()
@click.argument("model")
@until_option
@click.option(
    "--body", type=click.Path(dir_okay=False, path_type=Path), help="Write the pull request's body here, too."
)
@click.option("--no-push", is_flag=True, help="Leave the branch here; push neither it nor its data.")
@options.dry_run
def retrain(model: str, until: datetime | None, body: Path | None, no_push: bool, dry_run: bool) -> None:
    """Write the branch that MODEL's alarm asks for: parameters moved, pipeline run, gate run.

    The work happens in a second work tree: yours is not touched. Prints the pull request's body. Without an alarm
    there is nothing to do. Exits with 1 if the gate refuses the new model; the branch is there all the same. What
    fails before the training is done leaves everything as it was; what fails after it leaves the branch here.
    """
    from gitmlops.monitor.retraining_plan import plan

    repository = workspace.repository()
    placed = watched(workspace.definitions(repository), model)
    with progress(f"judging {model}"):
        judged = judge(repository, placed, horizon(until))
    wanted = plan(placed, judged.verdict)
    if wanted is None:
        say(f"{model}: {judged.verdict.state.value}; there is no alarm that asks for retraining, nothing was written")
        return
    if found := _places(repository, wanted.branch, remote=not no_push):
        _stop_at(wanted.branch, found, pushed=not no_push)
        return
    if dry_run:
        _show_plan(wanted)
        return
    rollback_review.require_closed(repository, None if no_push else REMOTE, model)
    with _what_is_left(repository, wanted.branch, push=not no_push):
        gated = _carry_out(repository, wanted, placed.spec, judged.report, push=not no_push, body=body)
    say(f"branch {wanted.branch} {'written' if no_push else 'pushed'}")
    finish(gated)


def _places(repository: "Repository", branch: str, *, remote: bool) -> list[str]:
    """Where a branch of this name is already: here, at the remote. Raises ToolError if the remote is not there."""
    from gitmlops.errors import ToolError

    found = ["here"] if repository.has_branch(branch) else []
    if not remote:
        return found
    if not repository.has_remote(REMOTE):
        mend = f"run `git remote add {REMOTE} URL`, or use --no-push"
        raise ToolError(f"there is no remote {REMOTE} to push to; nothing was written", mend=mend)
    return found + ([f"at {REMOTE}"] if repository.has_branch(branch, remote=REMOTE) else [])


def _stop_at(branch: str, places: list[str], *, pushed: bool) -> None:
    """Say that the branch is there. Raises Refusal if nobody but us can see it: the alarm would go unheard."""
    from gitmlops.errors import Refusal

    what, mend = _is_there(branch, places)
    if pushed and f"at {REMOTE}" not in places:
        raise Refusal(what, mend=f"push it: `{_push_command(branch)}`; or make it anew: `{mend}`")
    say(f"{what}; to make it anew: `{mend}`")


def _is_there(branch: str, places: list[str]) -> tuple[str, str]:
    # A run that was killed leaves the entry of a work tree whose folder is gone.
    remove = [f"git worktree prune && git branch -D {branch}"] if "here" in places else []
    remove += [f"git push {REMOTE} --delete {branch}"] if f"at {REMOTE}" in places else []
    where = " and ".join(places)
    return f"the branch {branch} is {where} already, nothing was written", " && ".join(remove)


def _show_plan(plan: "Plan") -> None:
    click.echo(f"would write the branch {plan.branch} ({plan.reason} alarm in {plan.window.label}):")
    for name, value in plan.parameters.items():
        click.echo(f"  pipelines: {plan.pipeline}: params.{name} = {value}")
    click.echo(f"  gitmlops pipeline run {plan.pipeline}, gitmlops gate, commit, push")


def _push_command(branch: str) -> str:
    # Not `dvc push --all-branches`: of another branch's configuration DVC resolves relative storages wrongly.
    return f"git switch {branch} && dvc push && git push --set-upstream {REMOTE} {branch} && git switch -"


@contextmanager
def _what_is_left(repository: "Repository", branch: str, *, push: bool) -> Iterator[None]:
    """If the block fails or is interrupted, say what there is now."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done and _places(repository, branch, remote=False):
            then = f"; push it: `{_push_command(branch)}`" if push else ""
            say(f"the training is done, it is on the branch {branch} here{then}")
        elif not done:
            say(f"nothing was written: the branch {branch} is gone again")


def _carry_out(
    repository: "Repository", plan: "Plan", model: "Model", seen: "Report", *, push: bool, body: Path | None
) -> "Report":
    """The gate's report on the branch, after the pull request's body is printed and the branch is pushed."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import sharing
    from gitmlops.adapters.git import authoring, second_tree
    from gitmlops.cli import gate
    from gitmlops.gate.sides.base_and_head import base_tip
    from gitmlops.monitor.retraining_plan import evidence
    from gitmlops.registry import receipt_notes

    if push:
        sharing.require_remote(repository)
    authoring.require_identity(repository)
    base = repository.default_branch()
    before = _baseline(repository, plan.model, plan.judged.unit.version)
    with second_tree.new_branch(repository, plan.branch, start=base_tip(repository, base)) as second:
        after = _train(repository, second, plan, model, before)
        # Printed as soon as it is known: the training took its time, and everything that follows can fail.
        opening = _markdown(evidence(plan, before, after), seen)
        print_text(opening)
        _write(body, opening)
        with progress("judging the new model"):
            # Nobody can have approved what was just made: the gate of its pull request counts.
            judged, receipt = gate.judge(repository, base=base, head=plan.branch, models=[plan.model], approvals=False)
        verdict = _markdown(judged)
        print_text(f"\n{verdict}")
        _write(body, f"{opening}\n\n{verdict}")
        gate.keep(repository, receipt, receipt_notes.written(receipt))
        if push:
            dvc.push(second)
            authoring.push(repository, plan.branch, remote=REMOTE)
    return judged


def _train(
    repository: "Repository", second: "Repository", plan: "Plan", model: "Model", before: "Baseline"
) -> "Baseline":
    """The new model's baseline. The second tree's branch has the new model in a commit."""
    from gitmlops.adapters import process
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import sharing
    from gitmlops.adapters.git import authoring
    from gitmlops.cli.gate import workflow_run
    from gitmlops.monitor.retraining_plan import message

    sharing.share(repository, second)
    dvc.checkout(second)
    _run(second, plan)
    after = _written_baseline(second, model)
    with process.undisturbed():
        authoring.commit(second, message(plan, before, after, run=workflow_run()), paths=_changed(second, plan))
    return after


def _markdown(*reports: "Report") -> str:
    from gitmlops.render.formats import render

    return "\n\n".join(render(report, "markdown") for report in reports)


def _run(second: "Repository", plan: "Plan") -> None:
    """Move the parameters, run the pipeline."""
    from gitmlops.adapters.files import write_atomic
    from gitmlops.cli.pipeline_run import run_pipeline
    from gitmlops.errors import InputError
    from gitmlops.pipelines.planning.parameters import set_value
    from gitmlops.specs.pipeline import Pipeline

    path = workspace.definitions(second).get(Pipeline, plan.pipeline).path
    text = (second.root / path).read_text(encoding="utf-8")
    for name, value in plan.parameters.items():
        try:
            text = set_value(text, ["params", name], value)
        except InputError as error:
            mend = f"{error.mend}; the names under `retrain.set` are the pipeline's parameters"
            raise InputError(error.what, where=path, mend=mend) from error
    write_atomic(second.root / path, text.encode())
    run_pipeline(second, plan.pipeline)


def _changed(second: "Repository", plan: "Plan") -> tuple[str, ...]:
    """The paths to commit. Raises Refusal if there are none."""
    from gitmlops.errors import Refusal

    if paths := second.changes():
        return paths
    moved = ", ".join(f"{name} {value}" for name, value in plan.parameters.items())
    what = f"the pipeline made what is there already, with {moved or 'no parameter moved'}"
    raise Refusal(what, mend="see that `retrain.set` moves what decides on the training data, and that new data came")


def _baseline(repository: "Repository", model: str, version: str) -> "Baseline":
    """The baseline of a registered version."""
    from gitmlops.cli.monitor import baselines

    return baselines(repository, model, [version])[version]


def _written_baseline(second: "Repository", model: "Model") -> "Baseline":
    """The baseline that the pipeline has just written."""
    from gitmlops.errors import InputError
    from gitmlops.records.baseline import read_baseline
    from gitmlops.registry.contents import companion

    path = companion(model.artifact, ".baseline.json")
    file = second.root / path
    if not file.exists():
        mend = f"let its package step write {path}"
        raise InputError("the pipeline wrote no baseline", where=f"pipeline {model.pipeline}", mend=mend)
    return read_baseline(file.read_bytes(), path=path)


def _write(body: Path | None, text: str) -> None:
    from gitmlops.adapters.files import write_atomic

    if body:
        write_atomic(body, text.encode() + b"\n")
        say(f"written to {body}")
