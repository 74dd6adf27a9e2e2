"""gitmlops pipeline status"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.pipelines.planning.plan import PlannedStep


@click.command()
@click.argument("name", required=False)
@options.format
def status(name: str | None, format_: str) -> None:
    """Say which stages of pipeline NAME (of all that dvc.yaml says without a NAME) would run, and why."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.cli.pipeline.choice import chosen_steps
    from gitmlops.cli.pipeline.compile import compiled
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.errors import InputError
    from gitmlops.pipelines.running.certificate import Certificate
    from gitmlops.report import Report, Table

    repo = repository()
    if Certificate(repo.root, [name or ""]).holds():
        show(Report("Pipeline status", summary=(UP_TO_DATE,)), format_)
        return
    dvc.require_installed()
    dvc.require(repo)
    known = definitions(repo)
    current, new = compiled(repo, known)
    if current != new:
        raise InputError(
            "is older than the definitions", where="dvc.yaml", mend="run `gitmlops pipeline compile` first"
        )
    steps = chosen_steps(known, name, ())
    needs, reasons = _asked(repo, steps, [step.stage for step in steps] if name else []) if current else ({}, {})
    named = {step.stage: (step.pipeline, step.name) for step in steps}
    rows = tuple((*named.get(stage, ("", stage)), why) for stage, every in reasons.items() for why in every)
    tables = (Table("What would run", ("pipeline", "step", "because"), rows),) if rows else ()
    summary = f"{len(reasons)} of {len(needs)} stages would run" if rows else UP_TO_DATE
    show(Report("Pipeline status", summary=(summary,), tables=tables), format_)


UP_TO_DATE = "Everything is up to date."


def _asked(
    repo: "Repository", steps: Sequence["PlannedStep"], targets: Sequence[str]
) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]:
    """What each stage needs, and why those would run that would, as DVC sees it."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import versions
    from gitmlops.pipelines.planning.plan import stage_name, why

    if not versions.tested():
        needs: dict[str, Sequence[str]] = {
            step.stage: [stage_name(step.pipeline, n) for n in step.after] for step in steps
        }
        return needs, why(needs, dvc.reasons(repo, targets))
    from gitmlops.adapters.dvc.internal.workspace import opened

    with opened(repo.root, targets) as workspace:
        needs = {node.name: node.needs for node in workspace.nodes}
        return needs, why(needs, {stage: workspace.reasons(stage) for stage in needs})
