"""gitmlops pipeline status"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.pipelines.planning.plan import PlannedStep


@click.command()
@click.argument("name", required=False)
@options.format
def status(name: str | None, format_: str) -> None:
    """Say which stages of pipeline NAME (of all that any dvc.yaml says without a NAME) would run, and why."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.cli.pipeline.choice import chosen_steps, has_stages, roots
    from gitmlops.cli.pipeline.compile import compiled
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.errors import InputError
    from gitmlops.pipelines.running.certificate import Certificate
    from gitmlops.report import Report, Table
    from gitmlops.specs.pipeline import Pipeline

    repo = repository()
    asked = roots(repo, name)
    if all(Certificate(root, [name or ""]).holds() for root in asked):
        show(Report("Pipeline status", summary=(UP_TO_DATE,)), format_)
        return
    dvc.require_installed()
    known = definitions(repo)
    if name or known.all(Pipeline):
        dvc.require(repo)
    current, new = compiled(repo, known)
    if current != new:
        raise InputError(
            "is older than the definitions", where="dvc.yaml", mend="run `gitmlops pipeline compile` first"
        )
    steps = chosen_steps(known, name, ())
    needs: dict[str, Sequence[str]] = {}
    reasons: dict[str, Sequence[str]] = {}
    for root in asked if has_stages(repo) else ():
        said_there = _asked(root, steps, [step.stage for step in steps] if name else [])
        for found, of_root in zip((needs, reasons), said_there, strict=True):
            found.update({_from(root.relative_to(repo.root), stage): said for stage, said in of_root.items()})
    named = {step.stage: (step.pipeline, step.name) for step in steps}
    rows = tuple((*named.get(stage, ("", stage)), why) for stage, every in reasons.items() for why in every)
    tables = (Table("What would run", ("pipeline", "step", "because"), rows),) if rows else ()
    summary = f"{len(reasons)} of {len(needs)} stages would run" if rows else UP_TO_DATE
    show(Report("Pipeline status", summary=(summary,), tables=tables), format_)


UP_TO_DATE = "Everything is up to date."


def _from(folder: Path, stage: str) -> str:
    """A stage's name as DVC would say it at the root: one of another folder's dvc.yaml is `FOLDER/dvc.yaml:NAME`."""
    if folder == Path():
        return stage
    return (
        f"{folder}/{stage}" if "/" in stage or ":" in stage or stage.endswith(".dvc") else f"{folder}/dvc.yaml:{stage}"
    )


def _asked(
    root: Path, steps: Sequence["PlannedStep"], targets: Sequence[str]
) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]:
    """What each stage of a DVC project needs, and why those would run that would, as DVC sees it."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import versions
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.pipelines.planning.plan import stage_name, why

    if not versions.tested():
        needs: dict[str, Sequence[str]] = {
            step.stage: [stage_name(step.pipeline, n) for n in step.after] for step in steps
        }
        return needs, why(needs, dvc.reasons(Repository(root), targets))
    from gitmlops.adapters.dvc.internal.workspace import opened

    with opened(root, targets) as workspace:
        needs = {node.name: node.needs for node in workspace.nodes}
        return needs, why(needs, {stage: workspace.reasons(stage) for stage in needs})
