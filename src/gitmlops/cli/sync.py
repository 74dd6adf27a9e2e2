"""gitmlops sync: what GitHub's own button merges without our drivers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.show import finish, show

if TYPE_CHECKING:
    from gitmlops.adapters.git.merging import Conflict
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.report import Finding, Report

_NO_NAME = re.compile(r"^-|[~^:?*\[\\\s]|\.\.|@\{")
"""What makes a revision of a name."""
ATTRIBUTES = ("dvc.lock merge=gitmlops", "features/locks/*.lock merge=gitmlops")


@dataclass(frozen=True)
class Question:
    """What is to be merged into which branch, by SHA. here: whether the branch is checked out."""

    base: str
    tip: str
    branch: str
    head: str
    here: bool


@click.command()
@click.argument("branch", required=False)
@click.option("--base", help="Branch that is merged into it.  [default: the default branch]")
@click.option("--push", is_flag=True, help="Push the merge to BRANCH at origin, and change nothing here.")
@options.dry_run
@options.format
def sync(branch: str | None, base: str | None, push: bool, dry_run: bool, format_: str) -> None:
    """Merge the base into BRANCH (the one that is checked out): dvc.lock by stage, feature locks by feature.

    GitHub's own button knows neither. All is merged or nothing is, in memory: no file of the branch is checked out or
    run before that. Conflicts are told by file and line, and exit with 1.
    """
    from gitmlops.adapters.git import authoring, merging
    from gitmlops.cli.merge_driver import driver
    from gitmlops.report import Report

    repository = workspace.repository()
    repository.require_whole()
    asked = _asked(repository, branch, base, push=push)
    title = f"merge {asked.base} into {asked.branch}"
    if repository.is_ancestor(asked.tip, asked.head):
        show(Report(title, summary=(f"{asked.branch} has all of {asked.base} already",)), format_)
        return
    authoring.require_identity(repository)
    merged = merging.merge(repository, asked.head, asked.tip, driver=driver(), attributes=ATTRIBUTES)
    if merged.conflicts:
        report = _refused(title, merged.conflicts)
        show(report, format_)
        finish(report)
    summary = f"Merge {asked.base} into {asked.branch}"
    commit = merging.commit(repository, merged.tree, (asked.head, asked.tip), f"{summary}\n")
    if not dry_run:
        _put(repository, asked, commit, push=push)
    show(_report(repository, title, asked, commit, dry_run=dry_run, push=push), format_)


def _asked(repository: "Repository", branch: str | None, base: str | None, *, push: bool) -> Question:
    """Raises InputError for what is no branch."""
    from gitmlops.errors import InputError
    from gitmlops.gate.sides.base_and_head import base_tip

    current, named = repository.branch(), base or repository.default_branch()
    chosen = branch or current
    if chosen is None:
        raise InputError("no branch is checked out", mend="name it: gitmlops sync BRANCH")
    if chosen == named:
        raise InputError(f"{chosen} is the base itself", mend="name the branch of the pull request")
    if _NO_NAME.search(chosen):
        raise InputError(f"{chosen!r} is no branch", mend="write its name alone")
    place = f"refs/remotes/{workspace.REMOTE}/{chosen}" if push else f"refs/heads/{chosen}"
    try:
        head = repository.resolve(place)
    except InputError as error:
        mend = "a fork's branch is its owner's to merge" if push else f"`git switch {chosen}` first, or use --push"
        where = f" at {workspace.REMOTE}" if push else " here"
        raise InputError(f"there is no branch {chosen!r}{where}", mend=mend) from error
    return Question(named, base_tip(repository, named), chosen, head, chosen == current and not push)


def _put(repository: "Repository", asked: Question, commit: str, *, push: bool) -> None:
    """Let the branch be at the commit. Raises ToolError where it has moved, or local changes are in the way."""
    from gitmlops.adapters.git import authoring
    from gitmlops.adapters.system import process
    from gitmlops.errors import ToolError

    if push:
        if not authoring.replace(repository, asked.branch, commit, remote=workspace.REMOTE, expected=asked.head):
            mend = "`git fetch`, and run the command again"
            raise ToolError(f"{asked.branch} has moved at {workspace.REMOTE}: nothing was pushed", mend=mend)
        return
    with process.undisturbed():
        if asked.here:
            repository.git("merge", "--quiet", "--ff-only", commit)
        else:
            repository.git("update-ref", f"refs/heads/{asked.branch}", commit, asked.head)


def _report(
    repository: "Repository", title: str, asked: Question, commit: str, *, dry_run: bool, push: bool
) -> "Report":
    from gitmlops.report import Report

    done = "would be " * dry_run + ("pushed" if push else "merged")
    left_out = tuple(_left_out(repository, asked))
    changed = "`dvc checkout`, then " if asked.here else ""
    run = f"Run {changed}`gitmlops pipeline run`, and commit dvc.lock." if left_out else ""
    return Report(
        title,
        findings=left_out,
        summary=(f"{done}: {commit[:12]}",),
        facts=(("base", asked.tip), ("branch", asked.head), ("merge", commit)),
        next_action=run or ("Run `dvc checkout`." if asked.here and not dry_run else ""),
        outcomes=("merged", "refused"),
    )


def _left_out(repository: "Repository", asked: Question) -> "Iterator[Finding]":
    """A warning for each dvc.lock of which both sides changed a stage, which is left out and runs again."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.pipelines.dvc_lock.merge import merged
    from gitmlops.report import Finding, Location, Severity

    parent = repository.git("merge-base", asked.head, asked.tip).strip()
    before, ours, theirs = (CommitTree(repository, commit) for commit in (parent, asked.head, asked.tip))
    locks = (path for path in ours.paths() if PurePosixPath(path).name == "dvc.lock" and theirs.digest(path))
    for path in locks:
        if len({tree.digest(path) for tree in (before, ours, theirs)}) < 3:
            continue
        _, stages = merged(
            before.read(path) if before.digest(path) else b"", ours.read(path), theirs.read(path), path=path
        )
        if stages:
            what = f"both sides changed {', '.join(stages)}: left out, so that it runs again"
            yield Finding("sync", Severity.WARNING, what, Location(path), "run it and commit the lock")


def _refused(title: str, conflicts: "tuple[Conflict, ...]") -> "Report":
    from gitmlops.report import Finding, Location, Report, Severity

    findings = tuple(
        Finding(
            "sync",
            Severity.ERROR,
            f"both sides changed it ({conflict.what})",
            Location(conflict.path, line),
            _mend(conflict.path),
        )
        for conflict in conflicts
        for line in conflict.lines or (1,)
    )
    next_action = "merge the base in a clone, mend these files there, and push; nothing was changed."
    return Report(title, findings, next_action=next_action, outcomes=("merged", "refused"))


def _mend(path: str) -> str:
    name = PurePosixPath(path).name
    if name == "dvc.lock":
        return "take one side, then run `gitmlops pipeline run`"
    if name == "dvc.yaml":
        return "merge pipelines/ and what is hand-written, then run `gitmlops pipeline compile`"
    if path.startswith("features/locks/"):
        return "merge the definitions, then run `gitmlops feature lock`"
    return "choose between the sides"
