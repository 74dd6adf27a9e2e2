"""gitmlops github retraining: the half of a retraining that has a token, and therefore runs nothing of the project."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import workspace
from gitmlops.cli.forge import github_client, workflow_run
from gitmlops.cli.github.reports import read
from gitmlops.cli.model.rollback import review
from gitmlops.cli.monitor import history as monitor_history
from gitmlops.cli.retrain import carrying
from gitmlops.cli.retrain.handover import REPORTS, RETRAINING
from gitmlops.cli.retrain.retraining import REMOTE
from gitmlops.cli.show import print_text, say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.github.client import Client
    from gitmlops.adapters.github.pull_requests import Pull
    from gitmlops.monitor.recording.history import History
    from gitmlops.records.monitoring_history import Retraining, RetrainingState
    from gitmlops.report import Report

_DAY = r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?"
_INCIDENT = re.compile(rf"{_DAY}(-to-{_DAY})?(\.[0-9]{{1,4}})?")
"""A window, or several that were put together; behind a dot a number, if an incident has begun there before."""
_LARGEST = 1 << 16
_LARGEST_FILE = 16 << 20
_MADE = ("trained", "refused")
_CLOSED = ("muted", "merged")
_HANDED = (*_MADE, *_CLOSED, "already there", "no alarm", "nothing new", "no labels", "broken feed", "failed")
_ATTEMPTS = 5
# What decides which code runs with which rights: a retraining moves parameters and data, and nothing else.
_NEVER = re.compile(r"(\.github|\.dvc)/.*|(.*/)?\.gitattributes|\.gitmodules|gitmlops\.yaml|(docs/)?CODEOWNERS")


@dataclass(frozen=True)
class _Work:
    """What was handed over, and where it goes."""

    repository: "Repository"
    client: "Client"
    handed: "Retraining"
    reports: "tuple[Report, ...]"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def retraining(folder: Path) -> None:
    """Push and propose what `gitmlops retrain --handover FOLDER` made, or remember why it made nothing.

    One branch and one pull request an incident: a later window updates them. The branch is left alone, and the pull
    request gets a comment, if it has commits of anybody else; if the pull request was closed, the incident is muted
    until it is opened again. Of the project's code nothing is run. The end is written to the history, where
    `gitmlops monitor alert` finds it; exit code 4 if something could not be pushed.
    """
    from gitmlops.errors import GitmlopsError, ToolError
    from gitmlops.specs.model import Model

    repository = workspace.repository()
    handed = _read(folder)
    workspace.definitions(repository).get(Model, handed.model)
    if handed.state not in (*_MADE, *_CLOSED):
        _finish(repository, handed)
        return
    _take_over(repository, handed, folder)
    _require_ours(repository, handed)
    try:
        ended = _ended(_Work(repository, github_client(), handed, _reports(folder)))
    except GitmlopsError as error:
        _finish(repository, _with(handed, "not pushed", str(error)))
        raise ToolError(f"not pushed: {error}") from error
    _finish(repository, ended)


def _read(folder: Path) -> "Retraining":
    """What was handed over: project code has run where it was written, so that it is a stranger's word."""
    from msgspec.structs import replace

    from gitmlops.adapters.files import read_regular
    from gitmlops.errors import InputError
    from gitmlops.monitor.retraining_plan import branch_of
    from gitmlops.records.canonical import decode
    from gitmlops.records.monitoring_history import Retraining

    path = folder / RETRAINING
    handed: Retraining = decode(read_regular(path, _LARGEST), Retraining, path=str(path))
    if handed.state not in _HANDED:
        raise InputError(f"{handed.state!r} is not how a retraining can end", where=str(path), mend="retrain again")
    for name, value in (("incident", handed.incident), ("window", handed.window)):
        if value and not _INCIDENT.fullmatch(value):
            raise InputError(f"{value!r} is no {name}", where=str(path), mend="retrain again")
    if handed.branch and handed.branch != branch_of(handed.model, handed.incident):
        mend = f"retrain again: it is {branch_of(handed.model, handed.incident)}"
        raise InputError(f"{handed.branch!r} is not the branch of its incident", where=str(path), mend=mend)
    # Only a commit that was looked at is ours: whatever is recorded as such may be overwritten.
    head = handed.head if handed.state in _MADE else ""
    return replace(
        handed, head=head, previous="", pull_request="", time=monitor_history.now(), run=workflow_run()
    )  # fmt: skip


def _reports(folder: Path) -> "tuple[Report, ...]":
    return tuple(read(folder / name) for name in REPORTS if (folder / name).exists())


def _take_over(repository: "Repository", handed: "Retraining", folder: Path) -> None:
    """Bring branch and data here. Raises ToolError if they are not what they should be, after it is written down."""
    from gitmlops.errors import GitmlopsError, ToolError

    if handed.state not in _MADE:
        return
    try:
        carrying.unpack(repository, handed.branch, folder)
    except GitmlopsError as error:
        _finish(repository, _with(handed, "not pushed", str(error)))
        raise ToolError(f"not pushed: {error}") from error


def _require_ours(repository: "Repository", handed: "Retraining") -> None:
    """Raises Refusal unless the branch is one commit on the base that changes nothing but what a retraining may."""
    from gitmlops.errors import Refusal
    from gitmlops.gate.sides.base_and_head import base_tip

    if handed.state not in _MADE:
        return
    head = repository.resolve(handed.branch)
    base = base_tip(repository, repository.default_branch())
    start = repository.git("merge-base", base, head).strip()
    if head != handed.head or repository.git("rev-list", "--count", f"{start}..{head}").strip() != "1":
        mend = "retrain again"
        raise Refusal(f"the branch {handed.branch} is not the one commit that was handed over", mend=mend)
    changed = repository.git("diff", "--name-only", "--no-renames", "-z", start, head).split("\0")[:-1]
    if never := [path for path in changed if _NEVER.fullmatch(path)]:
        mend = "see what in the pipeline writes there"
        raise Refusal(f"the retraining changed {', '.join(never)}: it is not pushed", mend=mend)
    for entry in repository.git("ls-tree", "-r", "-l", "-z", "--full-tree", head).split("\0"):
        about, _, path = entry.partition("\t")
        if path in changed and (odd := _odd(*about.split())):
            raise Refusal(f"the retraining made {path} {odd}: it is not pushed", mend="see what in the pipeline does")


def _odd(mode: str, kind: str, sha: str, size: str) -> str:
    """What a retraining has no business to make of a file in git: data belong under DVC."""
    if mode in ("120000", "160000"):
        return "a link" if mode == "120000" else "a submodule"
    return f"a file of {int(size) >> 20} MiB" if int(size) > _LARGEST_FILE else ""


def _ended(work: _Work) -> "Retraining":
    """How it ended, after everything was done. Raises Refusal, ToolError."""
    handed, branch = work.handed, work.handed.branch
    if closed := _closed(work):
        return closed
    if handed.state in _CLOSED:
        return _with(handed, "already there", f"the pull request of {branch} is open again")
    review.require_closed(work.repository, REMOTE, handed.model)
    for _ in range(_ATTEMPTS):
        history = monitor_history.gather(work.repository, handed.model)
        history.require_whole()
        there = _at_remote(work)
        ours = {one.head: one.window for one in history.retrainings if one.branch == branch and one.head}
        if there and there not in ours:
            return _commented(work)
        if there and there != handed.head and ours[there] == handed.window:
            pull, _ = _proposed(work)
            return _with(handed, "already there", f"another run was quicker for {handed.window}", pull)
        if _pushed(work, there):
            pull, opened = _proposed(work)
            state: RetrainingState = "proposed" if handed.state == "trained" else "refused"
            say(f"pull request {pull.number} {'opened' if opened else 'is up to date'}")
            return _with(handed, state, f"{handed.message}; pull request {pull.number}", pull)
    from gitmlops.errors import ToolError

    raise ToolError(f"somebody else pushes {branch} again and again", mend="find out who, then run it again")


def _closed(work: _Work) -> "Retraining | None":
    """How it ended if people have decided already: its pull request was closed, or merged."""
    from gitmlops.adapters.github import pull_requests

    pulls = pull_requests.of_branch(work.client, work.handed.branch, state="all")
    if not pulls or any(pull.state == "open" for pull in pulls):
        return None
    last = pulls[0]
    if last.state == "merged":
        return _with(work.handed, "merged", f"pull request {last.number} is merged: release what it brought", last)
    return _with(work.handed, "muted", f"pull request {last.number} was closed; open it again to go on", last)


def _pushed(work: _Work, there: str) -> bool:
    """Whether the branch and its data are at the remotes; False if somebody has moved the branch meanwhile."""
    from gitmlops.adapters.git import authoring

    if there == work.handed.head:
        return True
    # First of all: whoever finds the commit on the branch must know that it is ours.
    _remember(work.repository, _with(work.handed, "pushing", f"{work.handed.head[:12]} goes to {work.handed.branch}"))
    _push_data(work)
    return authoring.replace(
        work.repository, work.handed.branch, work.handed.head, remote=REMOTE, expected=there
    )  # fmt: skip


def _push_data(work: _Work) -> None:
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import sharing
    from gitmlops.adapters.git import second_tree

    sharing.require_remote(work.repository)
    with second_tree.at_commit(work.repository, work.handed.head) as second:
        sharing.share(work.repository, second)
        dvc.push(second)


def _at_remote(work: _Work) -> str:
    from gitmlops.adapters.git import remote_refs

    return remote_refs.at_remote(work.repository, f"refs/heads/{work.handed.branch}", REMOTE)


def _proposed(work: _Work) -> "tuple[Pull, bool]":
    from gitmlops.adapters.github import pull_requests

    title = f"Retrain {work.handed.model}: alarm since {work.handed.incident}, trained for {work.handed.window}"
    proposal = pull_requests.Proposal(
        work.handed.branch, work.repository.default_branch(), title, _text(work), key=work.handed.branch,
        draft=work.handed.state == "refused",
    )  # fmt: skip
    pull, opened = pull_requests.upsert(work.client, proposal, work.handed.run)
    print_text(pull.url)
    return pull, opened


def _commented(work: _Work) -> "Retraining":
    """The branch has commits of somebody else: they stay, and the pull request says what we would have pushed."""
    from gitmlops.adapters.github import comments, pull_requests

    window, branch = work.handed.window, work.handed.branch
    message = f"{branch} has commits that are not ours, and stays as it is"
    pulls = pull_requests.of_branch(work.client, branch)
    if not pulls:
        return _with(work.handed, "kept", f"{message}; it has no open pull request")
    text = f"The alarm stands in {window}, too. This branch has commits of somebody else: it was left as it is.\n\n"
    written = comments.upsert(work.client, pulls[0].number, f"retraining {branch}", text + _text(work), work.handed.run)
    print_text(written.html_url)
    return _with(work.handed, "kept", message, pulls[0])


def _text(work: _Work) -> str:
    from gitmlops.render.formats import render

    return "\n\n".join(render(report, "markdown") for report in work.reports)


def _with(handed: "Retraining", state: "RetrainingState", message: str, pull: "Pull | None" = None) -> "Retraining":
    from msgspec.structs import replace

    return replace(
        handed, state=state, message=message, time=monitor_history.now(), pull_request=pull.url if pull else ""
    )


def _finish(repository: "Repository", ended: "Retraining") -> None:
    say(f"{ended.model}: {ended.state}: {ended.message}")
    if ended.state != "no alarm":
        _remember(repository, ended)


def _remember(repository: "Repository", ended: "Retraining") -> None:
    """Add it to the history, unless that is what stands there last."""

    def lines(history: "History") -> "list[Retraining]":
        of_incident = [one for one in history.retrainings if one.incident == ended.incident]
        last = of_incident[-1] if of_incident else None
        news = ("state", "window", "head", "message", "pull_request")
        same = last and all(getattr(last, name) == getattr(ended, name) for name in news)
        return [] if same else [ended]

    monitor_history.add(repository, ended.model, lines, message=f"Retrain {ended.model}: {ended.state}")
