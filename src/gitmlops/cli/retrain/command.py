"""gitmlops retrain"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model.rollback import review
from gitmlops.cli.monitor.group import horizon, in_full, until_option
from gitmlops.cli.monitor.monitored import watched
from gitmlops.cli.progress import progress
from gitmlops.cli.retrain import handover as retrain_handover
from gitmlops.cli.retrain.retraining import REMOTE, carry_out
from gitmlops.cli.show import finish, say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.monitor.retraining_plan import Plan


@click.command()
@click.argument("model")
@until_option
@click.option(
    "--body", type=click.Path(dir_okay=False, path_type=Path), help="Write the pull request's body here, too."
)
@click.option("--no-push", is_flag=True, help="Leave the branch here; push neither it nor its data.")
@click.option(
    "--handover",
    type=click.Path(file_okay=False, path_type=Path),
    help="Push nothing, and write how it ended into this new folder, for `gitmlops github retraining`.",
)
@options.dry_run
def retrain(
    model: str, until: datetime | None, body: Path | None, no_push: bool, handover: Path | None, dry_run: bool
) -> None:
    """Write the branch that MODEL's alarm asks for: parameters moved, pipeline run, gate run.

    The work happens in a second work tree: yours is not touched. Prints the pull request's body. Without an alarm
    there is nothing to do. Exits with 1 if the gate refuses the new model; the branch is there all the same. What
    fails before the training is done leaves everything as it was; what fails after it leaves the branch here.

    With --handover it needs no token: the branch is of the incident that the history knows, stays here, and is pushed
    and proposed by `gitmlops github retraining`, which runs nothing of the project.
    """
    from gitmlops.monitor.retraining_plan import plan

    repository = workspace.repository()
    definitions = workspace.definitions(repository)
    placed = watched(definitions, model)
    if handover:
        retrain_handover.hand_over(repository, definitions, placed, horizon(until), handover)
        return
    with progress(f"judging {model}"):
        judged = in_full(repository, definitions, placed, horizon(until))
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
    review.require_closed(repository, None if no_push else REMOTE, model)
    with _what_is_left(repository, wanted.branch, push=not no_push):
        made = carry_out(repository, wanted, placed.spec, judged.report, push=not no_push, body=body)
    say(f"branch {wanted.branch} {'written' if no_push else 'pushed'}")
    finish(made.gated)


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
