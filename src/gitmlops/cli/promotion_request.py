"""gitmlops model promote --request: a pull request whose reviews approve a promotion."""

from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.cli import approval_source as sources
from gitmlops.cli.show import say
from gitmlops.errors import Refusal, UsageError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.approvals.requests import Request
    from gitmlops.registry.history import Artifact, Version
    from gitmlops.report import Report
    from gitmlops.specs.project import Project


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
    """What was asked, or would be. Raises UsageError where there is no GitHub, Refusal if it was merged already."""
    from gitmlops.registry.approvals import requests
    from gitmlops.registry.transitions import find_stage
    from gitmlops.render.formats import render
    from gitmlops.report import Report

    if remote is None or not sources.github_repository(repo, remote):
        mend = f"sign it: `gitmlops model approve {version.name}@{version.version} --role ROLE`"
        raise UsageError("a promotion is requested with a pull request, and origin is not on GitHub", mend=mend)
    wanted = requests.of_version(version, stage)
    shown = requests.evidence(artifact, version, find_stage(base.stages, stage), base.roles)
    text = wanted.text(render(shown, "markdown"))
    number, url = (None, "") if dry_run else _open(repo, remote, wanted, text)
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


def _open(repo: "Repository", remote: str, wanted: "Request", text: str) -> tuple[int, str]:
    """Number and address of the one pull request that asks this."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.adapters.github import pull_requests
    from gitmlops.registry import candidates

    client = sources.github_client(repo, remote)
    tip = repo.resolve(candidates.merged_ref(repo, remote))
    tree = CommitTree(repo, tip)
    if tree.digest(wanted.path) and wanted.is_in(tree.read(wanted.path)):
        mend = f"run `gitmlops model promote {wanted.model}@{wanted.version} --to {wanted.stage}`"
        raise Refusal("this was requested, and merged", where=wanted.path, mend=mend)
    branch = f"gitmlops/promote/{wanted.model}-{wanted.version}-{wanted.stage}"
    _push(repo, remote, branch, tip, wanted, text)
    proposal = pull_requests.Proposal(branch, repo.default_branch(), wanted.title, text, f"promote/{wanted.path}")
    pull, _ = pull_requests.upsert(client, proposal)
    return pull.number, pull.url


def _push(repo: "Repository", remote: str, branch: str, tip: str, wanted: "Request", text: str) -> None:
    """Put a branch with the file at the remote, unless one of that name is there."""
    from gitmlops.adapters.git import authoring, second_tree

    ref = f"refs/heads/{branch}"
    if repo.git("ls-remote", "--refs", remote, ref).strip():
        say(f"{branch} is at {remote} already and stays as it is; delete it there to ask anew")
        return
    authoring.require_identity(repo)
    with second_tree.at_commit(repo, tip) as second:
        file = Path(second.root, wanted.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        authoring.commit(second, wanted.title, paths=[wanted.path])
        second.git("push", "--quiet", "--no-follow-tags", f"--force-with-lease={ref}:", remote, f"HEAD:{ref}")
