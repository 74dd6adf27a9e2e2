"""gitmlops doctor: what is wrong with a repository that no single command would notice."""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.show import finish, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.history import History
    from gitmlops.report import Finding


@click.command()
@options.format
@options.output
def doctor(format_: str, output: str | None) -> None:
    """Look whether the registry is as GTO, DVC and gitmlops need it; nothing is changed. Exit code 1: it is not.

    Tags that GTO fails on or that are not what they say; files of versions in a stage, or that a rollback may go back
    to, which no DVC remote has; commands that collect garbage without regard to tags.
    """
    from gitmlops.report import Report

    repo = workspace.repository()
    report = Report(f"Doctor of {repo.root.name}", tuple(_registry(repo)), outcomes=("healthy", "not healthy"))
    show(report, format_, output)
    finish(report)


def _registry(repo: "Repository") -> "Iterator[Finding]":
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.registry import health, history, suspicion

    told = history.read(repo)
    doubts = suspicion.of_all(repo, *told.artifacts.values())
    yield from health.of_tags(told, health.nested(repo), doubts)
    yield from _files(repo, told)
    yield from health.of_garbage(WorkTree(repo))


def _files(repo: "Repository", told: "History") -> "Iterator[Finding]":
    """Files of the versions that somebody will ask for, by the DVC remotes that the work tree names."""
    from gitmlops.adapters.git.trees import CommitTree, WorkTree
    from gitmlops.cli.model.rollback.preflight import files
    from gitmlops.definitions import load
    from gitmlops.registry import health
    from gitmlops.report import Finding, Severity

    if repo.is_shallow():
        mend = "run `git fetch --unshallow --tags`"
        yield Finding("doctor/files", Severity.WARNING, "not looked at: this clone is shallow", mend=mend)
        return
    versions = [version for artifact in told.artifacts.values() for version in health.needed(artifact)]
    wrong = False
    for version in versions:
        looks = tuple(files(repo, version, load(CommitTree(repo, version.commit)), WorkTree(repo)))
        for finding in health.of_files(version, looks):
            wrong = True
            yield finding
    if not wrong:
        said = f"the files of {len(versions)} versions in stages, and to go back to, can be had"
        yield Finding("doctor/files", Severity.PASS, said)
