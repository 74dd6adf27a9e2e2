"""gitmlops monitor history, and how other commands read and write what it shows."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.monitor.monitored import watched
from gitmlops.cli.show import say, show

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.monitor.recording.history import History
    from gitmlops.monitor.recording.report import Standing
    from gitmlops.records.monitoring_history import HistoryLine

TIME = "%Y-%m-%dT%H:%M:%SZ"


@click.command()
@click.argument("model", required=False)
@options.format
@options.output
def history(model: str | None, format_: str, output: str | None) -> None:
    """Show what runs with --record thought of MODEL, what was told, and how retrainings ended.

    It is read from the branch gitmlops-monitoring, which is fetched from origin. Lines that cannot be read are told and
    left out; if lines were changed or taken away, exit code 3. Without MODEL: the one model that has `monitoring:`.
    """
    from gitmlops.monitor.recording.report import report

    repository = workspace.repository()
    found = gather(repository, watched(workspace.definitions(repository), model).spec.name)
    show(report(found), format_, output)
    found.require_whole()


def gather(repository: "Repository", model: str) -> "History":
    """The history of a model, as origin has it and with what is here alone; as it is here if origin is silent."""
    from gitmlops.adapters.git import side_branch
    from gitmlops.errors import ToolError
    from gitmlops.monitor.recording.history import BRANCH, merged, read

    ours = side_branch.read(repository, side_branch.here(repository, BRANCH))
    if not repository.has_remote(workspace.REMOTE):
        return read(ours, model)
    try:
        there = side_branch.fetch(repository, BRANCH, workspace.REMOTE)
    except ToolError as error:
        say(f"{error.what}: the history is shown as this clone has it")
        there = side_branch.known(repository, BRANCH, workspace.REMOTE)
    theirs = side_branch.read(repository, there)
    published = read(theirs, model)
    return published if published.broken else read(merged(theirs, ours), model)


def last_known(repository: "Repository", model: str) -> "Standing | None":
    """What the newest run thought, as this clone knows it: nobody is asked. None without a run that can be believed."""
    from gitmlops.adapters.git import side_branch
    from gitmlops.monitor.recording.history import BRANCH, read
    from gitmlops.monitor.recording.report import standing

    tips = side_branch.tips(repository, BRANCH, workspace.REMOTE)
    found = [read(side_branch.read(repository, sha), model) for sha in tips]
    standings = [standing(history) for history in found if not history.broken]
    return max((one for one in standings if one), key=lambda one: one.time, default=None)


def add(
    repository: "Repository", model: str, lines: "Callable[[History], Sequence[HistoryLine]]", *, message: str
) -> None:
    """Add the lines that are made of the history as it is in that moment, here and at origin.

    Raises InputError if the history is broken, ToolError if origin does not take it: it is kept here then.
    """
    from gitmlops.adapters.git import side_branch
    from gitmlops.monitor.recording.history import BRANCH, Files, merged, read

    def merge(published: Files, ours: Files) -> Files:
        known = read(merged(published, ours), model)
        known.require_whole()
        return merged(published, ours, lines(known))

    remote = workspace.REMOTE if repository.has_remote(workspace.REMOTE) else None
    side_branch.keep(repository, BRANCH, merge, message=message, remote=remote)


def now() -> str:
    """This moment, as lines of the history write it."""
    return datetime.now(UTC).strftime(TIME)
