"""gitmlops model promote --request: a pull request whose reviews approve a promotion."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.cli import approval_source as sources
from gitmlops.cli.show import say
from gitmlops.errors import Refusal, UsageError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.approvals.requests import Request
    from gitmlops.registry.tags.history import Artifact, Version
    from gitmlops.report import Report
    from gitmlops.specs.project import DeploymentStage, Project


def ask(
    repo: "Repository",
    remote: str | None,
    base: "Project",
    artifact: "Artifact",
    version: "Version",
    stage: str,
    *,
    dry_run: bool,
) -> "Report":
    """What was asked, or would be. Raises UsageError where there is no GitHub, Refusal if nobody is missing."""
    from gitmlops.registry.approvals import requests
    from gitmlops.registry.changing.transitions import find_stage
    from gitmlops.render.formats import render
    from gitmlops.report import Report

    if remote is None or not sources.github_repository(repo, remote):
        mend = f"sign it: `gitmlops model approve {version.name}@{version.version} --role ROLE`"
        raise UsageError("a promotion is requested with a pull request, and origin is not on GitHub", mend=mend)
    wanted, place = requests.of_version(version, stage), find_stage(base.stages, stage)
    before = _asked_before(repo, remote, base, version, place)
    shown = requests.evidence(artifact, version, place, base.roles)
    text = wanted.text(render(shown, "markdown"), before)
    number, url = (None, "") if dry_run else _open(repo, remote, wanted, wanted.branch(before), text)
    then = (
        f"Have it reviewed and merged; then run `gitmlops model promote {version.name}@{version.version} --to {stage}`."
    )
    return Report(
        wanted.title,
        summary=("Nothing was written.",) if dry_run else (f"Requested: {url}",),
        facts=(("file", wanted.path), *((("pull request", number),) if number else ()), *shown.facts),
        tables=shown.tables,
        next_action="" if dry_run else then,
    )


def _asked_before(
    repo: "Repository", remote: str, base: "Project", version: "Version", stage: "DeploymentStage"
) -> str:
    """The commit that merged this request before, without enough reviews; empty if it was not asked yet.

    Raises Refusal if nobody is missing.
    """
    from gitmlops.registry.approvals import requests
    from gitmlops.registry.approvals.pull_requests import PullRequests
    from gitmlops.registry.approvals.votes import fill

    source = sources.approval_source(repo, remote, base)
    subject = sources.subject_of_version(repo, version, at=int(time.time()))
    if not fill(sources.of_promotion(source, subject, version, stage.name).votes, stage.approvals).missing:
        mend = f"run `gitmlops model promote {version.name}@{version.version} --to {stage.name}`"
        raise Refusal(f"everybody whom {stage.name} asks for has approved already", mend=mend)
    return source.merged(requests.of_version(version, stage.name)) if isinstance(source, PullRequests) else ""


def _open(repo: "Repository", remote: str, wanted: "Request", branch: str, text: str) -> tuple[int, str]:
    """Number and address of the one pull request that asks this."""
    from gitmlops.adapters.github import pull_requests

    _push(repo, remote, branch, wanted, text)
    proposal = pull_requests.Proposal(branch, repo.default_branch(), wanted.title, text, f"promote/{wanted.path}")
    pull, _ = pull_requests.upsert(sources.github_client(repo, remote), proposal)
    return pull.number, pull.url


def _push(repo: "Repository", remote: str, branch: str, wanted: "Request", text: str) -> None:
    """Put a branch with the file at the remote, unless one of that name is there."""
    from gitmlops.adapters.git import authoring, second_tree
    from gitmlops.cli.forge import workflow_run
    from gitmlops.registry.changing import candidates

    ref, run = f"refs/heads/{branch}", workflow_run()
    if repo.has_branch(branch, remote=remote):
        say(f"{branch} is at {remote} already and stays as it is; delete it there to ask anew")
        return
    authoring.require_identity(repo)
    with second_tree.at_commit(repo, repo.resolve(candidates.merged_ref(repo, remote))) as second:
        file = Path(second.root, wanted.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        # Whoever started the run that asks does not approve what it asks.
        authoring.commit(second, f"{wanted.title}\n\nRun: {run}" if run else wanted.title, paths=[wanted.path])
        second.git("push", "--quiet", "--no-follow-tags", f"--force-with-lease={ref}:", remote, f"HEAD:{ref}")
