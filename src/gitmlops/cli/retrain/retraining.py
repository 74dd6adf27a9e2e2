"""A retraining carried out: in a second work tree, on a branch of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.cli import workspace
from gitmlops.cli.progress import progress
from gitmlops.cli.show import print_text, say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.monitor.retraining_plan import Plan
    from gitmlops.records.baseline import Baseline
    from gitmlops.report import Report
    from gitmlops.specs.model import Model

REMOTE = "origin"


@dataclass(frozen=True)
class Retrained:
    """What speaks for a new model, the gate's report on it, and the commit that holds it."""

    evidence: "Report"
    gated: "Report"
    head: str


def carry_out(
    repository: "Repository", plan: "Plan", model: "Model", seen: "Report", *, push: bool, body: Path | None = None
) -> Retrained:
    """What came of it, after the pull request's body is printed and the branch is pushed."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import sharing
    from gitmlops.adapters.git import authoring, second_tree
    from gitmlops.cli.gate.judging import judge
    from gitmlops.cli.gate.keeping import keep
    from gitmlops.gate.sides.base_and_head import base_tip
    from gitmlops.monitor.retraining_plan import evidence
    from gitmlops.registry.files import receipt_notes

    if push:
        sharing.require_remote(repository)
    authoring.require_identity(repository)
    base = repository.default_branch()
    before = _baseline(repository, plan.model, plan.judged.unit.version)
    with second_tree.new_branch(repository, plan.branch, start=base_tip(repository, base)) as second:
        after = _train(repository, second, plan, model, before)
        # Printed as soon as it is known: the training took its time, and everything that follows can fail.
        told = evidence(plan, before, after)
        opening = _markdown(told, seen)
        print_text(opening)
        _write(body, opening)
        with progress("judging the new model"):
            # Nobody can have approved what was just made: the gate of its pull request counts.
            judged, receipt = judge(repository, base=base, head=plan.branch, models=[plan.model], approvals=False)
        verdict = _markdown(judged)
        print_text(f"\n{verdict}")
        _write(body, f"{opening}\n\n{verdict}")
        keep(repository, receipt, receipt_notes.written(receipt))
        if push:
            dvc.push(second)
            authoring.push(repository, plan.branch, remote=REMOTE)
        return Retrained(told, judged, repository.resolve(plan.branch))


def _train(
    repository: "Repository", second: "Repository", plan: "Plan", model: "Model", before: "Baseline"
) -> "Baseline":
    """The new model's baseline. The second tree's branch has the new model in a commit."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import sharing
    from gitmlops.adapters.git import authoring
    from gitmlops.adapters.system import process
    from gitmlops.cli.forge import workflow_run
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
    from gitmlops.cli.pipeline.run import run_pipeline
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
    """The paths to commit. Raises NotRetrained if there are none."""
    from gitmlops.monitor.retraining_plan import NotRetrained

    if paths := second.changes():
        return paths
    moved = ", ".join(f"{name} {value}" for name, value in plan.parameters.items())
    what = f"the pipeline made what is there already, with {moved or 'no parameter moved'}"
    mend = "see that `retrain.set` moves what decides on the training data, and that new data came"
    raise NotRetrained("nothing new", what, mend=mend)


def _baseline(repository: "Repository", model: str, version: str) -> "Baseline":
    """The baseline of a registered version."""
    from gitmlops.cli.monitor.baselines import baselines

    return baselines(repository, model, [version])[version]


def _written_baseline(second: "Repository", model: "Model") -> "Baseline":
    """The baseline that the pipeline has just written."""
    from gitmlops.errors import InputError
    from gitmlops.records.baseline_file import read_baseline
    from gitmlops.registry.files.contents import companion

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
